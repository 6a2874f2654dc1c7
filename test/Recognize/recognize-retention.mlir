// RUN: retort-opt %s --recognize-retention | FileCheck %s

// CHECK-LABEL: func.func @gated
// CHECK-DAG: %[[Q:.*]] = onnx.Transpose(%{{.*}}) {perm = array<i64: 0, 2, 1, 3>} : {{.*}} -> tensor<?x4x?x4xf32>
// CHECK-DAG: %[[K:.*]] = onnx.Transpose(%{{.*}}) {perm = array<i64: 0, 2, 1, 3>} : {{.*}} -> tensor<?x2x?x4xf32>
// CHECK-DAG: %[[V:.*]] = onnx.Transpose(%{{.*}}) {perm = array<i64: 0, 2, 1, 3>} : {{.*}} -> tensor<?x2x?x5xf32>
// CHECK-DAG: %[[G:.*]] = onnx.Transpose(%{{.*}}) {perm = array<i64: 0, 2, 1, 3>} : {{.*}} -> tensor<?x2x?x1xf32>
// CHECK: %[[Y:.*]], %[[S:.*]] = llm.retention gated(%[[Q]], %[[K]], %[[V]] decay %[[G]]) {chunk_size = 16 : i64, scale = 5.000000e-01 : f32}
// CHECK: %[[ROWS:.*]] = onnx.Reshape(%{{.*}}, %{{.*}}) : {{.*}} -> tensor<?x?x20xf32>
// CHECK: return %[[ROWS]], %[[S]]
func.func @gated(%q: tensor<?x?x16xf32>, %k: tensor<?x?x8xf32>, %v: tensor<?x?x10xf32>, %g: tensor<?x?x2xf32>) -> (tensor<?x?x20xf32>, tensor<?x2x4x5xf32>) {
  %0, %1 = onnx.LinearAttention(%q, %k, %v, _, %g) {chunk_size = 16 : i64, kv_num_heads = 2 : i64, q_num_heads = 4 : i64, update_rule = "gated"}
      : (tensor<?x?x16xf32>, tensor<?x?x8xf32>, tensor<?x?x10xf32>, tensor<?x?x2xf32>) -> (tensor<?x?x20xf32>, tensor<?x2x4x5xf32>)
  return %0, %1 : tensor<?x?x20xf32>, tensor<?x2x4x5xf32>
}
