// RUN: retort-opt %s --lower-to-linalg | FileCheck %s

// The state lies in front of the data; what is left of both at the end is the next state.
// CHECK: #[[$WINDOW:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2 + d3)>
// CHECK-LABEL: @causal_convolution
// CHECK: tensor.insert_slice {{.*}} : tensor<2x4x2xf32> into tensor<2x4x5xf32>
// CHECK: %[[ROWS:.*]] = tensor.insert_slice {{.*}} : tensor<2x4x3xf32> into tensor<2x4x5xf32>
// CHECK: linalg.generic {indexing_maps = [#[[$WINDOW]], {{.*}} ins(%[[ROWS]]
// CHECK: arith.addf
// CHECK: math.exp
// CHECK: tensor.extract_slice %[[ROWS]][0, 0, 3] [2, 4, 2] [1, 1, 1]
func.func @causal_convolution(%x: tensor<2x4x3xf32>, %w: tensor<4x1x3xf32>, %b: tensor<4xf32>, %past: tensor<2x4x2xf32>)
    -> (tensor<2x4x3xf32>, tensor<2x4x2xf32>) {
  %y, %state = onnx.CausalConvWithState(%x, %w, %b, %past) {activation = "silu"}
      : (tensor<2x4x3xf32>, tensor<4x1x3xf32>, tensor<4xf32>, tensor<2x4x2xf32>) -> (tensor<2x4x3xf32>, tensor<2x4x2xf32>)
  return %y, %state : tensor<2x4x3xf32>, tensor<2x4x2xf32>
}
