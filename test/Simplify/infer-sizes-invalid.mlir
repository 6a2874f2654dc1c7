// Sizes that contradict each other.
// RUN: retort-opt %s --onnx-infer-shapes --split-input-file --verify-diagnostics

func.func @product_of_a_scalar(%a: tensor<f32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{expects operands of rank 1 or more, found a scalar}}
  %0 = onnx.MatMul(%a, %b) : (tensor<f32>, tensor<2xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @gemm_of_a_vector(%a: tensor<2xf32>, %b: tensor<2x3xf32>) {
  // expected-error@+1 {{expects matrices, found an operand of rank 1}}
  %0 = onnx.Gemm(%a, %b) : (tensor<2xf32>, tensor<2x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @equation(%a: tensor<2x3xf32>) {
  // expected-error@+1 {{expects an equation that fits the operands, found 'ij->ik'}}
  %0 = onnx.Einsum(%a) {equation = "ij->ik"} : (tensor<2x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @label(%a: tensor<2x3xf32>) {
  // expected-error@+1 {{expects one size for 'j', found 3 and 2}}
  %0 = onnx.Einsum(%a, %a) {equation = "ij,jk->ik"} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @groups(%x: tensor<1x4x5x5xf32>) {
  // expected-note@+1 {{weight of shape 8x2x3x3 defined here}}
  %w = onnx.initializer "w" dense<1.0> : tensor<8x2x3x3xf32>
  // expected-error@+1 {{'onnx.Conv' op expects 'group' (3) to divide the 4 input channels}}
  %0 = onnx.Conv(%x, %w) {group = 3 : i64} : (tensor<1x4x5x5xf32>, tensor<8x2x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

// expected-note@+1 {{weight of shape}}
func.func @bias(%x: tensor<1x4x5xf32>, %w: tensor<8x4x3xf32>, %b: tensor<2xf32>) {
  // expected-error@+1 {{expects a bias for each output channel, found 'tensor<2xf32>'}}
  %0 = onnx.Conv(%x, %w, %b) : (tensor<1x4x5xf32>, tensor<8x4x3xf32>, tensor<2xf32>) -> tensor<*xf32>
  return
}

// -----

// expected-note@+1 {{weight of shape}}
func.func @kernel(%x: tensor<1x4x5xf32>, %w: tensor<8x4x3xf32>) {
  // expected-error@+1 {{expects a weight of the size of 'kernel_shape', found 3 and 2}}
  %0 = onnx.Conv(%x, %w) {kernel_shape = array<i64: 2>} : (tensor<1x4x5xf32>, tensor<8x4x3xf32>) -> tensor<*xf32>
  return
}

// -----

// expected-note@+1 {{weight of shape}}
func.func @channels(%x: tensor<1x4x5xf32>, %w: tensor<8x3x3xf32>) {
  // expected-error@+1 {{expects 4 input channels in 2 groups, found a weight of 3 channels}}
  %0 = onnx.Conv(%x, %w) {group = 2 : i64} : (tensor<1x4x5xf32>, tensor<8x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @weight_of_another_rank(%x: tensor<1x4x5xf32>, %w: tensor<8x4x3x3xf32>) {
  // expected-error@+1 {{expects data and weight of one rank, found}}
  %0 = onnx.Conv(%x, %w) : (tensor<1x4x5xf32>, tensor<8x4x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @scales(%x: tensor<6x2xi8>, %s: tensor<4xf32>) {
  // expected-error@+1 {{expects a scale for each of 6 places of the axis, found 4}}
  %0 = onnx.DequantizeLinear(%x, %s) {axis = 0 : i64} : (tensor<6x2xi8>, tensor<4xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @recurrent_weight(%x: tensor<5x2x3xf32>, %w: tensor<1x16x3xf32>, %r: tensor<1x16x5xf32>) {
  // expected-error@+1 {{expects 'R' of shape [1, 16, 4], found [1, 16, 5]}}
  %0 = onnx.LSTM(%x, %w, %r) {hidden_size = 4 : i64} : (tensor<5x2x3xf32>, tensor<1x16x3xf32>, tensor<1x16x5xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @nothing_to_concatenate() {
  // expected-error@+1 {{expects at least one operand, found none}}
  %0 = onnx.Concat() {axis = 0 : i64} : () -> tensor<*xf32>
  return
}

// -----

func.func @parts_of_several_ranks(%a: tensor<2xf32>, %b: tensor<2x3xf32>) {
  // expected-error@+1 {{expects operands of one rank, found 1 and 2}}
  %0 = onnx.Concat(%a, %b) {axis = 0 : i64} : (tensor<2xf32>, tensor<2x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @parts_of_other_sizes(%a: tensor<2x2xf32>, %b: tensor<2x3xf32>) {
  // expected-error@+1 {{expects equal sizes at axis 1, found 2 and 3}}
  %0 = onnx.Concat(%a, %b) {axis = 0 : i64} : (tensor<2x2xf32>, tensor<2x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @two_free_sizes(%a: tensor<2x3xf32>) {
  %s = onnx.Constant() {value = dense<[-1, -1]> : tensor<2xi64>} : () -> tensor<2xi64>
  // expected-error@+1 {{expects at most one size of -1, found two}}
  %0 = onnx.Reshape(%a, %s) : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @size_of_minus_2(%a: tensor<2x3xf32>) {
  %s = onnx.Constant() {value = dense<[-2, -3]> : tensor<2xi64>} : () -> tensor<2xi64>
  // expected-error@+1 {{expects sizes of at least -1, found -2}}
  %0 = onnx.Reshape(%a, %s) : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @size_to_keep(%a: tensor<2x3xf32>) {
  %s = onnx.Constant() {value = dense<[2, 3, 0]> : tensor<3xi64>} : () -> tensor<3xi64>
  // expected-error@+1 {{expects a size to keep at axis 2}}
  %0 = onnx.Reshape(%a, %s) : (tensor<2x3xf32>, tensor<3xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @axis_of_no_1(%a: tensor<2x3xf32>) {
  %s = onnx.Constant() {value = dense<[1]> : tensor<1xi64>} : () -> tensor<1xi64>
  // expected-error@+1 {{expects size 1 at axis 1, found 3}}
  %0 = onnx.Squeeze(%a, %s) : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @axis_twice(%a: tensor<2x3xf32>) {
  %s = onnx.Constant() {value = dense<[0, 0]> : tensor<2xi64>} : () -> tensor<2xi64>
  // expected-error@+1 {{expects different axes, found 0 twice}}
  %0 = onnx.Unsqueeze(%a, %s) : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<*xf32>
  return
}

// -----

func.func @skip_of_a_larger_batch(%x: tensor<1x2x4xf32>, %k: tensor<3x2x4xf32>, %w: tensor<4xf32>) -> tensor<*xf32> {
  // expected-error@+1 {{expects a skip of shape [1, 2, 4], or of a batch of 1, found [3, 2, 4]}}
  %y = onnx.com.microsoft.SkipLayerNormalization(%x, %k, %w) : (tensor<1x2x4xf32>, tensor<3x2x4xf32>, tensor<4xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// -----

func.func @skip_that_broadcasts(%x: tensor<3x2x4xf32>, %k: tensor<3x1x4xf32>, %w: tensor<4xf32>) -> tensor<*xf32> {
  // expected-error@+1 {{expects a skip of shape [3, 2, 4], or of a batch of 1, found [3, 1, 4]}}
  %y = onnx.com.microsoft.SkipSimplifiedLayerNormalization(%x, %k, %w) : (tensor<3x2x4xf32>, tensor<3x1x4xf32>, tensor<4xf32>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}
