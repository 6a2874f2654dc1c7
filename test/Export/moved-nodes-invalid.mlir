// RUN: retort-opt %s --lower-to-onnx-nodes=opset=19 --split-input-file --verify-diagnostics

// Volumes came with version 20.
module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 20 : i64>>} {
  func.func @volume(%x: tensor<1x2x4x4x4xf32>, %grid: tensor<1x3x3x3x3xf32>) -> tensor<*xf32> {
    // expected-error @+1 {{'GridSample' cannot be written at opset 19: expects an image of rank 4, as the older version does}}
    %0 = onnx.node "GridSample"(%x, %grid) to ["y"] : (tensor<1x2x4x4x4xf32>, tensor<1x3x3x3x3xf32>) -> tensor<*xf32>
    return %0 : tensor<*xf32>
  }
}

// -----

module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 20 : i64>>} {
  func.func @transform_along_an_input(%x: tensor<2x8x8x1xf32>, %axis: tensor<i64>) -> tensor<*xf32> {
    // expected-error @+1 {{'DFT' cannot be written at opset 19: expects a constant for 'axis', which is an attribute in the older version}}
    %0 = onnx.node "DFT"(%x, %axis) omitted [1] to ["y"] : (tensor<2x8x8x1xf32>, tensor<i64>) -> tensor<*xf32>
    return %0 : tensor<*xf32>
  }
}
