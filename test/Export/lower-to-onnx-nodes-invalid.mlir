// RUN: retort-opt %s --lower-to-onnx-nodes=opset=13 --split-input-file --verify-diagnostics

func.func @too_old(%x: tensor<2x3xf32>) -> tensor<2x3xi32> {
  // expected-error @+1 {{'onnx.BitCast' op cannot be written at opset 13: does not exist at opset 13}}
  %0 = onnx.BitCast(%x) {to = 6 : i64} : (tensor<2x3xf32>) -> tensor<2x3xi32>
  return %0 : tensor<2x3xi32>
}

// -----

module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 21 : i64>>} {
  func.func @node_too_new(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
    // expected-error @+1 {{'Gelu' cannot be written at opset 13: does not exist at opset 13}}
    %0 = onnx.node "Gelu"(%x) to ["y"] : (tensor<2x3xf32>) -> tensor<2x3xf32>
    return %0 : tensor<2x3xf32>
  }
}
