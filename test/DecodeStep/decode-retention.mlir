// RUN: retort-opt %s --derive-decode-step=context=16 | FileCheck %s

// A retention's state is all that a step keeps: zeros before the first token, and overwritten in place.
// CHECK-LABEL: func.func @step
// CHECK-SAME: tensor<1x?xi64>
// CHECK-SAME: [[PAST:%[a-z0-9]+]]: tensor<i64> {onnx.name = "past"
// CHECK-SAME: [[STATE:%[a-z0-9]+]]: tensor<1x2x4x4xf32> {retort.state = 0 : i64}
// CHECK: %[[FIRST:.*]] = onnx.Equal([[PAST]], %{{.*}})
// CHECK: %[[BEFORE:.*]] = onnx.Where(%[[FIRST]], %{{.*}}, [[STATE]])
// CHECK: %{{.*}}, %[[AFTER:.*]] = llm.retention gated(%{{.*}}, %{{.*}}, %{{.*}} state %[[BEFORE]] decay
// CHECK: %[[KEPT:.*]] = onnx.TensorScatter([[STATE]], %[[AFTER]]
// CHECK: return %{{.*}}, %[[KEPT]]
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "input_ids", onnx.dims = ["batch", "sequence"]}) -> (tensor<?x?x10xf32> {onnx.name = "logits"}) {
  %embedding = onnx.Constant() {value = dense<1.0> : tensor<10x8xf32>} : () -> tensor<10x8xf32>
  %head = onnx.Constant() {value = dense<2.0> : tensor<8x10xf32>} : () -> tensor<8x10xf32>
  %project = onnx.Constant() {value = dense<3.0> : tensor<8x8xf32>} : () -> tensor<8x8xf32>
  %heads = onnx.Constant() {value = dense<[0, 0, 2, 4]> : tensor<4xi64>} : () -> tensor<4xi64>
  %flat = onnx.Constant() {value = dense<[0, 0, 8]> : tensor<3xi64>} : () -> tensor<3xi64>
  %g = onnx.Constant() {value = dense<[[[[-0.03]], [[-0.01]]]]> : tensor<1x2x1x1xf32>} : () -> tensor<1x2x1x1xf32>
  %x = onnx.Gather(%embedding, %ids) : (tensor<10x8xf32>, tensor<?x?xi64>) -> tensor<?x?x8xf32>
  %q = onnx.MatMul(%x, %project) : (tensor<?x?x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  %q4 = onnx.Reshape(%q, %heads) : (tensor<?x?x8xf32>, tensor<4xi64>) -> tensor<?x?x2x4xf32>
  %qt = onnx.Transpose(%q4) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x4xf32>) -> tensor<?x2x?x4xf32>
  %a, %s = llm.retention gated(%qt, %qt, %qt decay %g) {scale = 0.5 : f32}
      : (tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<1x2x1x1xf32>) -> (tensor<?x2x?x4xf32>, tensor<?x2x4x4xf32>)
  %at = onnx.Transpose(%a) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x4xf32>) -> tensor<?x?x2x4xf32>
  %rows = onnx.Reshape(%at, %flat) : (tensor<?x?x2x4xf32>, tensor<3xi64>) -> tensor<?x?x8xf32>
  %logits = onnx.MatMul(%rows, %head) : (tensor<?x?x8xf32>, tensor<8x10xf32>) -> tensor<?x?x10xf32>
  return %logits : tensor<?x?x10xf32>
}
