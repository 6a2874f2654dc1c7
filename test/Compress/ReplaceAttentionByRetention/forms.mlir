// RUN: retort-opt %s --compress-replace-attention-by-retention=layers=0 --split-input-file | FileCheck %s

// Queries and keys get a coordinate that is 1, so that their product is 1 + s; the sum is divided by that of the decay.
// CHECK-LABEL: func.func @expansion
// CHECK: %[[Q:.*]] = onnx.Concat({{.*}}) {axis = 3 : i64} : {{.*}} -> tensor<?x4x?x9xf32>
// CHECK: %[[K:.*]] = onnx.Concat(%arg1, {{.*}}) {axis = 3 : i64} : {{.*}} -> tensor<?x2x?x9xf32>
// CHECK: %[[SUM:.*]], %{{.*}} = llm.retention gated(%[[Q]], %[[K]], %arg2 decay %{{.*}}) {scale = 1.000000e+00 : f32}
// CHECK: onnx.Range
// CHECK: onnx.Exp
// CHECK: onnx.Div(%[[SUM]], %{{.*}})
func.func @expansion(%q: tensor<?x4x?x8xf32>, %k: tensor<?x2x?x8xf32>, %v: tensor<?x2x?x8xf32>) -> tensor<?x4x?x8xf32> {
  %0, %k0, %v0 = llm.attention(%q, %k, %v) {causal, scale = 0.5 : f32} : (tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>)
      -> (tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>)
  return %0 : tensor<?x4x?x8xf32>
}

// -----

// Columns that a mask hides add nothing: their keys are zero.
// CHECK-LABEL: func.func @mask
// CHECK: %[[ONES:.*]] = onnx.Cast(%arg3)
// CHECK: %[[COLUMN:.*]] = onnx.Transpose(%[[ONES]]) {perm = array<i64: 0, 1, 3, 2>}
// CHECK: %[[KEYS:.*]] = onnx.Mul(%{{.*}}, %[[COLUMN]])
// CHECK: llm.retention gated(%{{.*}}, %[[KEYS]], %arg2
// CHECK: onnx.CumSum
func.func @mask(%q: tensor<?x4x?x8xf32>, %k: tensor<?x2x?x8xf32>, %v: tensor<?x2x?x8xf32>, %m: tensor<?x1x1x?xi1>) -> tensor<?x4x?x8xf32> {
  %0, %k0, %v0 = llm.attention(%q, %k, %v mask %m) {causal, scale = 0.5 : f32} : (tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x1x1x?xi1>)
      -> (tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>)
  return %0 : tensor<?x4x?x8xf32>
}

// -----

// The state is that of the past; the model's caches are still what they were.
// CHECK-LABEL: func.func @past
// CHECK: %[[KEYS:.*]] = onnx.Concat(%arg3, %arg1)
// CHECK: %[[VALUES:.*]] = onnx.Concat(%arg4, %arg2)
// CHECK: %{{.*}}, %[[STATE:.*]] = llm.retention gated
// CHECK: llm.retention gated(%{{.*}}, %{{.*}}, %{{.*}} state %[[STATE]] decay
// CHECK: return %{{.*}}, %[[KEYS]], %[[VALUES]]
func.func @past(%q: tensor<?x4x?x8xf32>, %k: tensor<?x2x?x8xf32>, %v: tensor<?x2x?x8xf32>, %pk: tensor<?x2x?x8xf32>, %pv: tensor<?x2x?x8xf32>)
    -> (tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>) {
  %0, %k0, %v0 = llm.attention(%q, %k, %v past %pk, %pv) {causal, scale = 0.5 : f32}
      : (tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>)
      -> (tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>)
  return %0, %k0, %v0 : tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>
}
