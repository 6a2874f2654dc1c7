// RUN: retort-opt %s --expose-weights --split-input-file | FileCheck %s

// Codes stay as they lie; the middle of the codes, which is the zero point where there is none, is said.
// CHECK-LABEL: @product
// CHECK-DAG: %[[CODES:.*]] = onnx.initializer "b_quantized" dense<{{\[\[}}1, 2, 1, 2, {{.*}}> : tensor<2x16xui4>
// CHECK-DAG: %[[SCALES:.*]] = onnx.initializer "s_scale" dense<{{.*}}> : tensor<2x1xf32>
// CHECK-DAG: %[[ZEROS:.*]] = onnx.initializer "b_zero_point" dense<8> : tensor<2x1xui4>
// CHECK: %[[W:.*]] = onnx.DequantizeLinear(%[[CODES]], %[[SCALES]], %[[ZEROS]]) {axis = 1 : i64, block_size = 16 : i64, compress.given}
// CHECK: %[[T:.*]] = onnx.Transpose(%[[W]]) {perm = array<i64: 1, 0>}
// CHECK: %[[Y:.*]] = onnx.MatMul(%{{.*}}, %[[T]]) {compress.n_bits = 4 : i64}
// CHECK: onnx.Add(%[[Y]], %{{.*}}) {onnx.outputs = ["y"]}
func.func @product(%x: tensor<?x16xf32>, %bias: tensor<2xf32>) -> tensor<?x2xf32> {
  %b = onnx.initializer "b" dense<33> : tensor<2x1x8xui8>
  %s = onnx.initializer "s" dense<[0.5, 0.25]> : tensor<2xf32>
  %y = onnx.com.microsoft.MatMulNBits(%x, %b, %s, _, _, %bias) {K = 16 : i64, N = 2 : i64, accuracy_level = 4 : i64, block_size = 16 : i64, onnx.outputs = ["y"]}
    : (tensor<?x16xf32>, tensor<2x1x8xui8>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

// Inputs that belong to groups out of order are sorted, and so are those of the activation. What fills up the last block goes.
// CHECK-LABEL: @order
// CHECK-DAG: onnx.initializer "b_quantized" dense<{{\[\[}}0, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 1, 3]]> : tensor<1x18xui4>
// CHECK-DAG: onnx.initializer "z_zero_point" dense<{{\[\[}}5, 6]]> : tensor<1x2xui4>
// CHECK: %[[ORDER:.*]] = onnx.Constant() {value = dense<[0, 2, 4, 5, 6, {{.*}}, 17, 1, 3]> : tensor<18xi64>}
// CHECK: %[[X:.*]] = onnx.Gather(%{{.*}}, %[[ORDER]]) {axis = -1 : i64}
// CHECK: onnx.MatMul(%[[X]],
func.func @order(%x: tensor<?x18xf32>) -> tensor<?x1xf32> {
  %b = onnx.initializer "b" dense<[[[16, 50, 84, 118, 152, 186, 220, 254], [16, 0, 0, 0, 0, 0, 0, 0]]]> : tensor<1x2x8xui8>
  %s = onnx.initializer "s" dense<[0.5, 0.25]> : tensor<2xf32>
  %z = onnx.initializer "z" dense<101> : tensor<1xui8>
  %g = onnx.initializer "g" dense<[0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]> : tensor<18xi32>
  %y = onnx.com.microsoft.MatMulNBits(%x, %b, %s, %z, %g) {K = 18 : i64, N = 1 : i64, block_size = 16 : i64}
    : (tensor<?x18xf32>, tensor<1x2x8xui8>, tensor<2xf32>, tensor<1xui8>, tensor<18xi32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// -----

// Zero points that no code is.
// CHECK-LABEL: @between
// CHECK: compress.dequantize(%{{.*}}, %{{.*}}, %{{.*}}) {block_size = 16 : i64, compress.given} : (tensor<1x16xui2>, tensor<1x1xf32>, tensor<1x1xf32>)
func.func @between(%x: tensor<?x16xf32>) -> tensor<?x1xf32> {
  %b = onnx.initializer "b" dense<27> : tensor<1x1x4xui8>
  %s = onnx.initializer "s" dense<0.5> : tensor<1xf32>
  %z = onnx.initializer "z" dense<1.5> : tensor<1x1xf32>
  %y = onnx.com.microsoft.MatMulNBits(%x, %b, %s, %z) {K = 16 : i64, N = 1 : i64, bits = 2 : i64, block_size = 16 : i64}
    : (tensor<?x16xf32>, tensor<1x1x4xui8>, tensor<1xf32>, tensor<1x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// -----

// A lookup in a table of codes, and a product with the same table in another shape: both read one.
// CHECK-LABEL: @lookup
// CHECK: %[[W:.*]] = onnx.DequantizeLinear(%{{.*}}, %{{.*}}, %{{.*}}) {axis = 1 : i64, block_size = 16 : i64, compress.given} : (tensor<3x16xui4>, tensor<3x1xf32>, tensor<3x1xui4>)
// CHECK: onnx.Gather(%[[W]], %{{.*}}) {axis = 0 : i64}
// CHECK: onnx.DequantizeLinear({{.*}}) {axis = 1 : i64, block_size = 16 : i64, compress.given} : (tensor<3x16xui4>, tensor<3x1xf32>, tensor<3x1xui4>)
func.func @lookup(%ids: tensor<?xi64>) -> tensor<?x3xf32> {
  %b = onnx.initializer "b" dense<33> : tensor<3x8xui8>
  %s = onnx.initializer "s" dense<0.5> : tensor<3x1xf32>
  %x = onnx.com.microsoft.GatherBlockQuantized(%b, %ids, %s) {bits = 4 : i64, block_size = 16 : i64, gather_axis = 0 : i64, quantize_axis = 1 : i64}
    : (tensor<3x8xui8>, tensor<?xi64>, tensor<3x1xf32>) -> tensor<?x16xf32>
  %shape = onnx.Constant() {value = dense<[3, 1, 8]> : tensor<3xi64>} : () -> tensor<3xi64>
  %codes = onnx.Reshape(%b, %shape) : (tensor<3x8xui8>, tensor<3xi64>) -> tensor<3x1x8xui8>
  %y = onnx.com.microsoft.MatMulNBits(%x, %codes, %s) {K = 16 : i64, N = 3 : i64, block_size = 16 : i64}
    : (tensor<?x16xf32>, tensor<3x1x8xui8>, tensor<3x1xf32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// -----

// What does not fit stays, and so does what is no constant: groups of 1 and of 17 inputs; codes that are an argument.
// CHECK-LABEL: @stays
// CHECK: onnx.com.microsoft.MatMulNBits(%{{.*}}, %{{.*}}, %{{.*}}, _, %{{.*}})
// CHECK: onnx.com.microsoft.MatMulNBits(
func.func @stays(%x: tensor<?x18xf32>, %c: tensor<1x2x8xui8>) -> (tensor<?x1xf32>, tensor<?x1xf32>) {
  %b = onnx.initializer "b" dense<33> : tensor<1x2x8xui8>
  %s = onnx.initializer "s" dense<[0.5, 0.25]> : tensor<2xf32>
  %g = onnx.initializer "g" dense<[0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]> : tensor<18xi32>
  %y = onnx.com.microsoft.MatMulNBits(%x, %b, %s, _, %g) {K = 18 : i64, N = 1 : i64, block_size = 16 : i64}
    : (tensor<?x18xf32>, tensor<1x2x8xui8>, tensor<2xf32>, tensor<18xi32>) -> tensor<?x1xf32>
  %z = onnx.com.microsoft.MatMulNBits(%x, %c, %s) {K = 18 : i64, N = 1 : i64, block_size = 16 : i64}
    : (tensor<?x18xf32>, tensor<1x2x8xui8>, tensor<2xf32>) -> tensor<?x1xf32>
  return %y, %z : tensor<?x1xf32>, tensor<?x1xf32>
}
