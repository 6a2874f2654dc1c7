// RUN: retort-opt %s --pack-codes --split-input-file | FileCheck %s

// Eight inputs of an output in a word. The large constant is one of integers, what comes of it a product with scales that are
// looked up; inputs belong to two groups in turn, and are sorted.
// CHECK-LABEL: @gptq
// CHECK-DAG: %[[CODES:.*]] = onnx.initializer "w_quantized" {{.*}} : tensor<16x256xui4>
// CHECK-DAG: %[[SCALES:.*]] = onnx.initializer "w_scale" {{.*}} : tensor<2x256xf32>
// CHECK-DAG: %[[ZEROS:.*]] = onnx.initializer "w_zero_point" {{.*}} : tensor<2x256xui4>
// CHECK: %[[W:.*]] = onnx.DequantizeLinear(%[[CODES]], %[[SCALES]], %[[ZEROS]]) {axis = 0 : i64, block_size = 8 : i64, onnx.sources = ["scales", "qweight", "zeros"]}
// CHECK: %[[ORDER:.*]] = onnx.Constant() {value = dense<[0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15]> : tensor<16xi64>}
// CHECK: %[[X:.*]] = onnx.Gather(%{{.*}}, %[[ORDER]]) {axis = -1 : i64}
// CHECK: onnx.MatMul(%[[X]], %[[W]])
func.func @gptq(%x: tensor<?x16xf32>) -> tensor<?x256xf32> {
  %words = onnx.initializer "qweight" dense<2271560481> : tensor<2x256xui32>
  %scales = onnx.initializer "scales" dense<[[0.5], [0.25]]> : tensor<2x1xf32>
  %zeros = onnx.initializer "zeros" dense<[[3], [5]]> : tensor<2x1xi32>
  %shift = onnx.Constant() {value = dense<[[[0], [4], [8], [12], [16], [20], [24], [28]]]> : tensor<1x8x1xui32>} : () -> tensor<1x8x1xui32>
  %mask = onnx.Constant() {value = dense<15> : tensor<ui32>} : () -> tensor<ui32>
  %one = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %shape = onnx.Constant() {value = dense<[16, 256]> : tensor<2xi64>} : () -> tensor<2xi64>
  %group = onnx.Constant() {value = dense<[0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]> : tensor<16xi64>} : () -> tensor<16xi64>
  %wide = onnx.Unsqueeze(%words, %one) : (tensor<2x256xui32>, tensor<1xi64>) -> tensor<2x1x256xui32>
  %moved = onnx.BitShift(%wide, %shift) {direction = "RIGHT"} : (tensor<2x1x256xui32>, tensor<1x8x1xui32>) -> tensor<2x8x256xui32>
  %low = onnx.BitwiseAnd(%moved, %mask) : (tensor<2x8x256xui32>, tensor<ui32>) -> tensor<2x8x256xui32>
  %whole = onnx.Reshape(%low, %shape) : (tensor<2x8x256xui32>, tensor<2xi64>) -> tensor<16x256xui32>
  %codes = onnx.Cast(%whole) {to = 6 : i64} : (tensor<16x256xui32>) -> tensor<16x256xi32>
  %z = onnx.Gather(%zeros, %group) : (tensor<2x1xi32>, tensor<16xi64>) -> tensor<16x1xi32>
  %s = onnx.Gather(%scales, %group) : (tensor<2x1xf32>, tensor<16xi64>) -> tensor<16x1xf32>
  %centered = onnx.Sub(%codes, %z) : (tensor<16x256xi32>, tensor<16x1xi32>) -> tensor<16x256xi32>
  %numbers = onnx.Cast(%centered) {to = 1 : i64} : (tensor<16x256xi32>) -> tensor<16x256xf32>
  %w = onnx.Mul(%s, %numbers) {onnx.outputs = ["w"]} : (tensor<16x1xf32>, tensor<16x256xf32>) -> tensor<16x256xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<?x16xf32>, tensor<16x256xf32>) -> tensor<?x256xf32>
  return %y : tensor<?x256xf32>
}

// -----

// Codes with a sign, and one scale for each output.
// CHECK-LABEL: @bytes
// CHECK: onnx.DequantizeLinear(%{{.*}}, %{{.*}}) {axis = 0 : i64, block_size = 16 : i64, {{.*}}} : (tensor<16x80xi4>, tensor<1x80xf32>)
func.func @bytes(%x: tensor<?x16xf32>) -> tensor<?x80xf32> {
  %codes = onnx.initializer "codes" dense<-7> : tensor<16x80xi8>
  %scale = onnx.initializer "scale" dense<0.5> : tensor<80xf32>
  %numbers = onnx.Cast(%codes) {to = 1 : i64} : (tensor<16x80xi8>) -> tensor<16x80xf32>
  %w = onnx.Mul(%numbers, %scale) : (tensor<16x80xf32>, tensor<80xf32>) -> tensor<16x80xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<?x16xf32>, tensor<16x80xf32>) -> tensor<?x80xf32>
  return %y : tensor<?x80xf32>
}

// -----

// A mask is no weight, and floats are no codes.
// CHECK-LABEL: @others
// CHECK-NOT: onnx.DequantizeLinear
func.func @others(%x: tensor<?x16xf32>, %s: tensor<16x80xf32>) -> (tensor<16x80xf32>, tensor<?x80xf32>) {
  %mask = onnx.initializer "mask" dense<1> : tensor<16x80xi8>
  %low = onnx.Constant() {value = dense<-1.5> : tensor<f32>} : () -> tensor<f32>
  %bits = onnx.Cast(%mask) {to = 1 : i64} : (tensor<16x80xi8>) -> tensor<16x80xf32>
  %hidden = onnx.Mul(%bits, %low) : (tensor<16x80xf32>, tensor<f32>) -> tensor<16x80xf32>
  %scores = onnx.Add(%s, %hidden) : (tensor<16x80xf32>, tensor<16x80xf32>) -> tensor<16x80xf32>
  %table = onnx.initializer "table" dense<0.5> : tensor<16x80xf32>
  %w = onnx.Mul(%table, %low) : (tensor<16x80xf32>, tensor<f32>) -> tensor<16x80xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<?x16xf32>, tensor<16x80xf32>) -> tensor<?x80xf32>
  return %scores, %y : tensor<16x80xf32>, tensor<?x80xf32>
}
