// RUN: retort-opt %s --lower-to-onnx-nodes=opset=13 --split-input-file | FileCheck %s

// What the older opset does not have is written as the function that it is; a condition chooses the body.
// CHECK-LABEL: @activation
// CHECK-NOT: "Gelu"
// CHECK: onnx.node "Div"
// CHECK: onnx.node "Erf"
// CHECK: onnx.node "Mul"
// CHECK-NOT: onnx.node "CastLike"
// CHECK: return
func.func @activation(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = onnx.Gelu(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// The body's reduction has axes as an input, which are an attribute again.
// CHECK-LABEL: @norm
// CHECK: onnx.node "ReduceMean" {{.*}}"axes" = array<i64: -1>
// CHECK: onnx.node "Sqrt"
// CHECK-NOT: onnx.node "LayerNormalization"
func.func @norm(%x: tensor<2x8xf32>, %w: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<2x8xf32> {
  %0 = onnx.LayerNormalization(%x, %w, %b) {epsilon = 1.0e-6 : f32} : (tensor<2x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<2x8xf32>
  return %0 : tensor<2x8xf32>
}
