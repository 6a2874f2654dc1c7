// RUN: retort-opt %s | retort-opt | FileCheck %s
// RUN: retort-opt %s --emit-bytecode | retort-opt | FileCheck %s
// RUN: retort-opt %s --emit-bytecode | retort-opt --compress-expand | FileCheck %s --check-prefix=BYTES

// CHECK-LABEL: @dequantize
// CHECK: onnx.initializer "codes" dense<{{\[}}[-4, 3, 1], [0, -1, 2]]> : tensor<2x3xi3>
// CHECK: compress.dequantize(%{{.*}}, %{{.*}}) {axis = 0 : i64} : (tensor<2x3xi3>, tensor<2xf32>) -> tensor<2x3xf32>
// CHECK: compress.dequantize(%{{.*}}, %{{.*}}, %{{.*}}) {block_size = 2 : i64} : (tensor<2x3xui5>, tensor<2x2xf16>, tensor<2x2xui5>) -> tensor<2x3xf16>
func.func @dequantize() -> (tensor<2x3xf32>, tensor<2x3xf16>) {
  %codes = onnx.initializer "codes" dense<[[-4, 3, 1], [0, -1, 2]]> : tensor<2x3xi3>
  %scales = onnx.initializer "scales" dense<[0.5, 1.0]> : tensor<2xf32>
  %0 = compress.dequantize(%codes, %scales) {axis = 0 : i64} : (tensor<2x3xi3>, tensor<2xf32>) -> tensor<2x3xf32>
  %wide = onnx.initializer "wide" dense<[[31, 3, 1], [0, 17, 2]]> : tensor<2x3xui5>
  %halves = onnx.initializer "halves" dense<[[0.5, 1.0], [2.0, 4.0]]> : tensor<2x2xf16>
  %zeros = onnx.initializer "zeros" dense<[[16, 0], [31, 1]]> : tensor<2x2xui5>
  %1 = compress.dequantize(%wide, %halves, %zeros) {block_size = 2 : i64} : (tensor<2x3xui5>, tensor<2x2xf16>, tensor<2x2xui5>) -> tensor<2x3xf16>
  return %0, %1 : tensor<2x3xf32>, tensor<2x3xf16>
}

// Three bits each, as a stream: some lie across two bytes.
// BYTES-LABEL: @across_bytes
// BYTES: onnx.initializer "w" dense<{{\[}}[0.000000e+00, 1.000000e+00, 2.000000e+00, 3.000000e+00, -4.000000e+00, -3.000000e+00, -2.000000e+00, -1.000000e+00], [
func.func @across_bytes() -> tensor<3x8xf32> {
  %codes = onnx.initializer "w_quantized" dense_resource<codes> : tensor<3x8xi3>
  %scale = onnx.initializer "w_scale" dense<1.0> : tensor<f32>
  %w = compress.dequantize(%codes, %scale) : (tensor<3x8xi3>, tensor<f32>) -> tensor<3x8xf32>
  return %w : tensor<3x8xf32>
}

// CHECK-LABEL: @decode_sparse
// CHECK: compress.decode_sparse(%{{.*}}, %{{.*}}) : (tensor<1xui8>, tensor<3xf32>) -> tensor<2x3xf32>
// CHECK: compress.decode_sparse(%{{.*}}, %{{.*}}) {axis = 1 : i64, m = 3 : i64, n = 1 : i64} : (tensor<1xui8>, tensor<2x1xf32>) -> tensor<2x3xf32>
func.func @decode_sparse() -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  %mask = onnx.initializer "mask" dense<42> : tensor<1xui8>
  %values = onnx.initializer "values" dense<[7.0, 8.0, 9.0]> : tensor<3xf32>
  %0 = compress.decode_sparse(%mask, %values) : (tensor<1xui8>, tensor<3xf32>) -> tensor<2x3xf32>
  %mask2 = onnx.initializer "mask2" dense<34> : tensor<1xui8>
  %values2 = onnx.initializer "values2" dense<[[7.0], [8.0]]> : tensor<2x1xf32>
  %1 = compress.decode_sparse(%mask2, %values2) {n = 1 : i64, m = 3 : i64, axis = 1 : i64} : (tensor<1xui8>, tensor<2x1xf32>) -> tensor<2x3xf32>
  return %0, %1 : tensor<2x3xf32>, tensor<2x3xf32>
}

// The levels of two bits are -1, -.29977, .29977, 1; the ladder is 1, 1.5, 2, 3, ...
// CHECK-LABEL: @decode_levels
// CHECK: compress.decode_levels(%{{.*}}, %{{.*}}, %{{.*}}) {block_size = 2 : i64} : (tensor<3x2xui2>, tensor<2x2xui6>, tensor<2xi32>) -> tensor<3x2xf32>
// BYTES-LABEL: @decode_levels
// BYTES: onnx.initializer "w" dense<{{\[}}[-1.000000e+00, -0.449657{{[0-9]*}}], [0.299771{{[0-9]*}}, 1.500000e+00], [2.000000e+00, -0.899314{{[0-9]*}}]]>
func.func @decode_levels() -> tensor<3x2xf32> {
  %codes = onnx.initializer "w_codes" dense<[[0, 1], [2, 3], [3, 1]]> : tensor<3x2xui2>
  %scales = onnx.initializer "w_scale" dense<[[0, 1], [2, 3]]> : tensor<2x2xui6>
  %ladder = onnx.initializer "w_ladder" dense<[1065353216, 4194304]> : tensor<2xi32>
  %w = compress.decode_levels(%codes, %scales, %ladder) {block_size = 2 : i64} : (tensor<3x2xui2>, tensor<2x2xui6>, tensor<2xi32>) -> tensor<3x2xf32>
  return %w : tensor<3x2xf32>
}

// CHECK-LABEL: @fake_quantize
// CHECK: compress.fake_quantize(%{{.*}}, %{{.*}}) {bits = 3 : i64, block_size = 2 : i64} : (tensor<5x3xf32>, tensor<3x3xf32>) -> tensor<5x3xf32>
// CHECK: compress.fake_quantize(%{{.*}}, %{{.*}}, %{{.*}}) {bits = 8 : i64, is_signed = false, learned, scale_type = f16} : (tensor<?x4xf32>, tensor<?x1xf32>, tensor<?x1xf32>) -> tensor<?x4xf32>
func.func @fake_quantize(%w: tensor<5x3xf32>, %scales: tensor<3x3xf32>, %x: tensor<?x4xf32>, %of_rows: tensor<?x1xf32>) -> (tensor<5x3xf32>, tensor<?x4xf32>) {
  %0 = compress.fake_quantize(%w, %scales) {bits = 3 : i64, block_size = 2 : i64} : (tensor<5x3xf32>, tensor<3x3xf32>) -> tensor<5x3xf32>
  %1 = compress.fake_quantize(%x, %of_rows, %of_rows) {bits = 8 : i64, is_signed = false, learned, scale_type = f16}
      : (tensor<?x4xf32>, tensor<?x1xf32>, tensor<?x1xf32>) -> tensor<?x4xf32>
  return %0, %1 : tensor<5x3xf32>, tensor<?x4xf32>
}

{-#
  dialect_resources: {
    builtin: { codes: "0x0400000088c6fa88c6fa88c6fa" }
  }
#-}
