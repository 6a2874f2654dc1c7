// RUN: retort-opt %s --lower-compress-to-onnx=weights=contrib | FileCheck %s
// RUN: not retort-opt %s --lower-compress-to-onnx=weights=gguf 2>&1 | FileCheck %s --check-prefix=INVALID

// INVALID: error: expects 'weights' to be standard or contrib, found 'gguf'

// Signed codes lie around the middle, which is the zero point unless one is given: -8 becomes 0, 7 becomes 15.
// CHECK-LABEL: func.func @signed
// CHECK: %[[B:.*]] = onnx.initializer "w_q4" dense<{{\[\[\[}}128, 136, 136, 136, 136, 136, 136, 136]], {{\[\[}}143, 136, 136, 136, 136, 136, 136, 136]]]> : tensor<2x1x8xui8>
// CHECK: %[[S:.*]] = onnx.initializer "w_scales" dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32>
// CHECK: onnx.com.microsoft.MatMulNBits(%arg0, %[[B]], %[[S]]) {K = 16 : i64, N = 2 : i64, bits = 4 : i64, block_size = 16 : i64}
func.func @signed(%x: tensor<?x16xf32>) -> tensor<?x2xf32> {
  %codes = onnx.initializer "w_quantized" dense<[[-8, 7], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0]]> : tensor<16x2xi4>
  %scales = onnx.initializer "w_scale" dense<[[0.5, 0.25]]> : tensor<1x2xf32>
  %w = onnx.DequantizeLinear(%codes, %scales) {axis = 0 : i64, block_size = 16 : i64} : (tensor<16x2xi4>, tensor<1x2xf32>) -> tensor<16x2xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<?x16xf32>, tensor<16x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// Blocks of eight have no such operator.
// CHECK-LABEL: func.func @small_blocks
// CHECK: onnx.DequantizeLinear
func.func @small_blocks(%x: tensor<?x16xf32>) -> tensor<?x2xf32> {
  %codes = onnx.initializer "v_quantized" dense<1> : tensor<16x2xi4>
  %scales = onnx.initializer "v_scale" dense<1.0> : tensor<2x2xf32>
  %w = onnx.DequantizeLinear(%codes, %scales) {axis = 0 : i64, block_size = 8 : i64} : (tensor<16x2xi4>, tensor<2x2xf32>) -> tensor<16x2xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<?x16xf32>, tensor<16x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}
