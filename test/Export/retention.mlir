// RUN: retort-opt %s --lower-llm-to-onnx | FileCheck %s
// RUN: retort-opt %s --lower-llm-to-onnx=retention=expanded | FileCheck %s --check-prefix=EXPANDED
// RUN: retort-opt %s --lower-llm-to-onnx=retention=contrib | FileCheck %s --check-prefix=CONTRIB
// RUN: not retort-opt %s --lower-llm-to-onnx=retention=scan 2>&1 | FileCheck %s --check-prefix=INVALID

// LinearAttention takes heads packed, and a decay for each row.
// CHECK-LABEL: @main
// CHECK-DAG: %[[Q:.*]] = onnx.Reshape(%{{.*}}, %{{.*}}) : {{.*}} -> tensor<?x?x16xf32>
// CHECK-DAG: %[[GATE:.*]] = onnx.Reshape(%{{.*}}, %{{.*}}) : {{.*}} -> tensor<?x?x2xf32>
// CHECK: %[[Y:.*]], %[[STATE:.*]] = onnx.LinearAttention(%[[Q]], %{{.*}}, %{{.*}}, %arg3, %[[GATE]]) {chunk_size = 64 : i64, kv_num_heads = 2 : i64, q_num_heads = 4 : i64, scale = 5.000000e-01 : f32, update_rule = "gated"}
// CHECK: onnx.Reshape(%[[Y]], %{{.*}}) : {{.*}} -> tensor<?x?x4x5xf32>

// (Q K' (.) D) V + D_0 Q S
// EXPANDED-LABEL: @main
// EXPANDED-NOT: onnx.LinearAttention
// EXPANDED: onnx.Exp
// EXPANDED: onnx.Where
// EXPANDED: onnx.MatMul
// EXPANDED: return

// CONTRIB-LABEL: @main
// CONTRIB: onnx.com.microsoft.LinearAttention(%{{.*}}, %{{.*}}, %{{.*}}, %arg3, %{{.*}}) {{{.*}}kv_num_heads = 2 : i64, q_num_heads = 4 : i64, scale = 5.000000e-01 : f32, {{.*}}update_rule = "gated"}

// INVALID: error: expects 'retention' to be standard, contrib or expanded, found 'scan'
func.func @main(%q: tensor<?x4x?x4xf32>, %k: tensor<?x2x?x4xf32>, %v: tensor<?x2x?x5xf32>, %s: tensor<?x2x4x5xf32>) -> (tensor<?x4x?x5xf32>, tensor<?x2x4x5xf32>) {
  %g = onnx.Constant() {value = dense<[[[[-0.03]], [[-0.01]]]]> : tensor<1x2x1x1xf32>} : () -> tensor<1x2x1x1xf32>
  %0, %1 = llm.retention gated(%q, %k, %v state %s decay %g) {scale = 0.5 : f32}
      : (tensor<?x4x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x5xf32>, tensor<?x2x4x5xf32>, tensor<1x2x1x1xf32>) -> (tensor<?x4x?x5xf32>, tensor<?x2x4x5xf32>)
  return %0, %1 : tensor<?x4x?x5xf32>, tensor<?x2x4x5xf32>
}
