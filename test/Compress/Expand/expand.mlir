// RUN: retort-opt %s --compress-expand | FileCheck %s


// CHECK-LABEL: func.func @three_bits
// CHECK: onnx.initializer "w" dense<{{\[}}[-2.000000e+00, 3.000000e+00], [5.000000e-01, 0.000000e+00]]> : tensor<2x2xf32>
func.func @three_bits(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %codes = onnx.initializer "w_quantized" dense<[[-4, 3], [1, 0]]> : tensor<2x2xi3>
  %scales = onnx.initializer "w_scale" dense<[0.5, 1.0]> : tensor<2xf32>
  %w = compress.dequantize(%codes, %scales) {axis = 1 : i64} : (tensor<2x2xi3>, tensor<2xf32>) -> tensor<2x2xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// 2 of 4 along the rows: of column 0 rows 1 and 3, of column 1 rows 0 and 1. The mask is 0b01001110.
// CHECK-LABEL: func.func @two_of_four
// CHECK: onnx.initializer "w" dense<{{\[}}[0.000000e+00, 2.000000e+00], [1.000000e+00, 4.000000e+00], [0.000000e+00, 0.000000e+00], [3.000000e+00, 0.000000e+00]]>
func.func @two_of_four(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  %mask = onnx.initializer "w_mask" dense<78> : tensor<1xui8>
  %values = onnx.initializer "w_values" dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %w = compress.decode_sparse(%mask, %values) {n = 2 : i64, m = 4 : i64} : (tensor<1xui8>, tensor<2x2xf32>) -> tensor<4x2xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// The kept ones of four inputs shared a scale, and so do the four inputs.
// CHECK-LABEL: func.func @quantized_two_of_four
// CHECK: onnx.initializer "w" dense<{{\[}}[0.000000e+00, 4.000000e+00], [-1.000000e+00, 8.000000e+00], [0.000000e+00, 0.000000e+00], [1.000000e+00, 0.000000e+00]]>
func.func @quantized_two_of_four(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  %mask = onnx.initializer "w_mask" dense<78> : tensor<1xui8>
  %codes = onnx.initializer "w_values_quantized" dense<[[1, 4], [3, 6]]> : tensor<2x2xui3>
  %scales = onnx.initializer "w_values_scale" dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  %zeros = onnx.initializer "w_values_zero_point" dense<2> : tensor<1x2xui3>
  %values = compress.dequantize(%codes, %scales, %zeros) {axis = 0 : i64, block_size = 2 : i64}
      : (tensor<2x2xui3>, tensor<1x2xf32>, tensor<1x2xui3>) -> tensor<2x2xf32>
  %w = compress.decode_sparse(%mask, %values) {n = 2 : i64, m = 4 : i64} : (tensor<1xui8>, tensor<2x2xf32>) -> tensor<4x2xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// A list of values in the order of the rows.
// CHECK-LABEL: func.func @unstructured
// CHECK: onnx.initializer "w" dense<{{\[}}[0.000000e+00, 7.000000e+00, 0.000000e+00], [8.000000e+00, 0.000000e+00, 9.000000e+00]]>
func.func @unstructured(%x: tensor<1x2xf32>) -> tensor<1x3xf32> {
  %mask = onnx.initializer "w_mask" dense<42> : tensor<1xui8>
  %values = onnx.initializer "w_values" dense<[7.0, 8.0, 9.0]> : tensor<3xf32>
  %w = compress.decode_sparse(%mask, %values) : (tensor<1xui8>, tensor<3xf32>) -> tensor<2x3xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<1x2xf32>, tensor<2x3xf32>) -> tensor<1x3xf32>
  return %y : tensor<1x3xf32>
}

// Any sum or product of constants is computed: a quantized weight and its low-rank correction.
// CHECK-LABEL: func.func @corrected
// CHECK: onnx.initializer {{.*}} dense<{{\[}}[3.000000e+00, 2.000000e+00], [5.000000e+00, 6.000000e+00]]>
// CHECK-NEXT: onnx.MatMul
func.func @corrected(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %codes = onnx.initializer "w_quantized" dense<[[2, 1], [3, 4]]> : tensor<2x2xi8>
  %scale = onnx.initializer "w_scale" dense<1.0> : tensor<f32>
  %q = onnx.DequantizeLinear(%codes, %scale) : (tensor<2x2xi8>, tensor<f32>) -> tensor<2x2xf32>
  %a = onnx.initializer "a" dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  %b = onnx.initializer "b" dense<[[1.0, 1.0]]> : tensor<1x2xf32>
  %ab = onnx.MatMul(%a, %b) : (tensor<2x1xf32>, tensor<1x2xf32>) -> tensor<2x2xf32>
  %w = onnx.Add(%q, %ab) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}
