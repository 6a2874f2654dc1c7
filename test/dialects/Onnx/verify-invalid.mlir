// What the attributes and ranks of typed operations contradict.
// RUN: retort-opt %s --split-input-file --verify-diagnostics

func.func @strides(%x: tensor<1x2x5x5xf32>) {
  // expected-error@+1 {{'onnx.AveragePool' op expects 'strides' of at least 1, found 0}}
  %0 = onnx.AveragePool(%x) {kernel_shape = array<i64: 2, 2>, strides = array<i64: 0, 1>} : (tensor<1x2x5x5xf32>) -> tensor<1x2x5x4xf32>
  return
}

// -----

func.func @dilations(%x: tensor<1x2x5xf32>, %w: tensor<3x2x2xf32>) {
  // expected-error@+1 {{expects 'dilations' of at least 1, found -1}}
  %0 = onnx.Conv(%x, %w) {dilations = array<i64: -1>} : (tensor<1x2x5xf32>, tensor<3x2x2xf32>) -> tensor<1x3x4xf32>
  return
}

// -----

func.func @group(%x: tensor<1x2x5xf32>, %w: tensor<3x2x2xf32>) {
  // expected-error@+1 {{expects 'group' of at least 1, found 0}}
  %0 = onnx.Conv(%x, %w) {group = 0 : i64} : (tensor<1x2x5xf32>, tensor<3x2x2xf32>) -> tensor<1x3x4xf32>
  return
}

// -----

func.func @more_than_bits(%x: tensor<1x32xf32>, %w: tensor<4x1x16xui8>, %s: tensor<4xf32>) {
  // expected-error@+1 {{expects 'bits' of at most 8, found 9}}
  %0 = onnx.com.microsoft.MatMulNBits(%x, %w, %s) {K = 32 : i64, N = 4 : i64, bits = 9 : i64, block_size = 32 : i64} : (tensor<1x32xf32>, tensor<4x1x16xui8>, tensor<4xf32>) -> tensor<1x4xf32>
  return
}

// -----

func.func @blocks_of_nothing(%x: tensor<1x32xf32>, %w: tensor<4x1x16xui8>, %s: tensor<4xf32>) {
  // expected-error@+1 {{expects 'block_size' of at least 16, found 0}}
  %0 = onnx.com.microsoft.MatMulNBits(%x, %w, %s) {K = 32 : i64, N = 4 : i64, bits = 4 : i64, block_size = 0 : i64} : (tensor<1x32xf32>, tensor<4x1x16xui8>, tensor<4xf32>) -> tensor<1x4xf32>
  return
}

// -----

func.func @blocks_of_24(%x: tensor<1x32xf32>, %w: tensor<4x1x16xui8>, %s: tensor<4xf32>) {
  // expected-error@+1 {{expects 'block_size' to be a power of two, found 24}}
  %0 = onnx.com.microsoft.MatMulNBits(%x, %w, %s) {K = 32 : i64, N = 4 : i64, bits = 4 : i64, block_size = 24 : i64} : (tensor<1x32xf32>, tensor<4x1x16xui8>, tensor<4xf32>) -> tensor<1x4xf32>
  return
}

// -----

func.func @too_few_codes(%x: tensor<1x64xf32>, %w: tensor<4x1x16xui8>, %s: tensor<8xf32>) {
  // expected-error@+1 {{expects 128 bytes of codes, found 64}}
  %0 = onnx.com.microsoft.MatMulNBits(%x, %w, %s) {K = 64 : i64, N = 4 : i64, bits = 4 : i64, block_size = 32 : i64} : (tensor<1x64xf32>, tensor<4x1x16xui8>, tensor<8xf32>) -> tensor<1x4xf32>
  return
}

// -----

func.func @too_few_scales(%x: tensor<1x64xf32>, %w: tensor<4x2x16xui8>, %s: tensor<7xf32>) {
  // expected-error@+1 {{expects 8 scales, found 7}}
  %0 = onnx.com.microsoft.MatMulNBits(%x, %w, %s) {K = 64 : i64, N = 4 : i64, bits = 4 : i64, block_size = 32 : i64} : (tensor<1x64xf32>, tensor<4x2x16xui8>, tensor<7xf32>) -> tensor<1x4xf32>
  return
}

// -----

func.func @too_many_zero_points(%x: tensor<1x64xf32>, %w: tensor<4x2x16xui8>, %s: tensor<8xf32>, %z: tensor<8xui8>) {
  // expected-error@+1 {{expects 4 bytes of zero points, found 8}}
  %0 = onnx.com.microsoft.MatMulNBits(%x, %w, %s, %z) {K = 64 : i64, N = 4 : i64, bits = 4 : i64, block_size = 32 : i64} : (tensor<1x64xf32>, tensor<4x2x16xui8>, tensor<8xf32>, tensor<8xui8>) -> tensor<1x4xf32>
  return
}

// -----

func.func @table_of_another_rank(%x: tensor<8x16xui8>, %i: tensor<3xi64>, %s: tensor<8xf32>) {
  // expected-error@+1 {{expects scales and zero points of the data's rank (2), found 'tensor<8xf32>'}}
  %0 = onnx.com.microsoft.GatherBlockQuantized(%x, %i, %s) {bits = 4 : i64, block_size = 32 : i64} : (tensor<8x16xui8>, tensor<3xi64>, tensor<8xf32>) -> tensor<3x32xf32>
  return
}

// -----

func.func @type_of_number_99(%x: tensor<2xf32>) {
  // expected-error@+1 {{expects 'to' to be the number of an element type, found 99}}
  %0 = onnx.Cast(%x) {to = 99 : i64} : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @direction(%x: tensor<2xui8>) {
  // expected-error@+1 {{expects 'direction' to be one of LEFT, RIGHT, found 'UP'}}
  %0 = onnx.BitShift(%x, %x) {direction = "UP"} : (tensor<2xui8>, tensor<2xui8>) -> tensor<2xui8>
  return
}

// -----

func.func @axis(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{'onnx.Softmax' op expects 'axis' within rank 2, found 2}}
  %0 = onnx.Softmax(%x) {axis = 2 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @axis_of_a_scalar(%x: tensor<f32>) {
  // expected-error@+1 {{expects 'axis' within rank 0, found -1}}
  %0 = onnx.Hardmax(%x) : (tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @axis_of_scales(%x: tensor<2x3xi8>, %s: tensor<3xf32>) {
  // expected-error@+1 {{expects 'axis' within rank 2, found -3}}
  %0 = onnx.DequantizeLinear(%x, %s) {axis = -3 : i64} : (tensor<2x3xi8>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @rank_of_scales(%x: tensor<2x3xi8>, %s: tensor<2x3xf32>) {
  // expected-error@+1 {{expects scales of rank 1, found 'tensor<2x3xf32>'}}
  %0 = onnx.DequantizeLinear(%x, %s) : (tensor<2x3xi8>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @rank_of_zero_points(%x: tensor<2x3xi8>, %s: tensor<3xf32>, %z: tensor<1x3xi8>) {
  // expected-error@+1 {{expects scales and zero points of one rank, found 'tensor<3xf32>' and 'tensor<1x3xi8>'}}
  %0 = onnx.DequantizeLinear(%x, %s, %z) : (tensor<2x3xi8>, tensor<3xf32>, tensor<1x3xi8>) -> tensor<2x3xf32>
  return
}

// -----

func.func @pads_of_the_kernel(%x: tensor<1x2x5xf32>) {
  // expected-error@+1 {{expects 'pads' below the size of the kernel (2), found 2}}
  %0 = onnx.MaxPool(%x) {kernel_shape = array<i64: 2>, pads = array<i64: 0, 2>} : (tensor<1x2x5xf32>) -> tensor<1x2x6xf32>
  return
}

// -----

func.func @image_without_axes(%x: tensor<2x5xf32>) {
  // expected-error@+1 {{expects data of rank 3 or more, found 'tensor<2x5xf32>'}}
  %0 = onnx.MaxPool(%x) {kernel_shape = array<i64: 2>} : (tensor<2x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @pads_of_one_side(%x: tensor<1x2x5x5xf32>) {
  // expected-error@+1 {{expects 'pads' of 4 numbers, found 2}}
  %0 = onnx.MaxPool(%x) {kernel_shape = array<i64: 2, 2>, pads = array<i64: 0, 1>} : (tensor<1x2x5x5xf32>) -> tensor<1x2x4x5xf32>
  return
}

// -----

func.func @heads(%q: tensor<1x2x48xf32>) {
  // expected-error@+1 {{expects 'kv_num_heads' (2) to divide 'q_num_heads' (3)}}
  %0, %1, %2 = onnx.Attention(%q, %q, %q) {q_num_heads = 3 : i64, kv_num_heads = 2 : i64} : (tensor<1x2x48xf32>, tensor<1x2x48xf32>, tensor<1x2x48xf32>) -> (tensor<1x2x48xf32>, tensor<1x2x2x24xf32>, tensor<1x2x2x24xf32>)
  return
}

// -----

func.func @rank_of_a_bias(%x: tensor<1x2x5xf32>, %w: tensor<3x2x2xf32>, %b: tensor<1x3xf32>) {
  // expected-error@+1 {{expects 'B' of rank 1, found 'tensor<1x3xf32>'}}
  %0 = onnx.Conv(%x, %w, %b) : (tensor<1x2x5xf32>, tensor<3x2x2xf32>, tensor<1x3xf32>) -> tensor<1x3x4xf32>
  return
}

// -----

func.func @rank_of_a_scale(%x: tensor<2x3xf32>, %w: tensor<1x2x3xf32>) {
  // expected-error@+1 {{expects 'Scale' of rank 2 or less, found 'tensor<1x2x3xf32>'}}
  %0 = onnx.LayerNormalization(%x, %w) : (tensor<2x3xf32>, tensor<1x2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @rank_of_rows(%x: tensor<3xf32>, %t: tensor<4x2xf32>) {
  // expected-error@+1 {{expects 'X' of rank 3 or more, found 'tensor<3xf32>'}}
  %0 = onnx.RotaryEmbedding(%x, %t, %t) : (tensor<3xf32>, tensor<4x2xf32>, tensor<4x2xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @lists_of_a_scan(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{expects at most 1 inputs to scan, found 2}}
  %0 = onnx.Scan(%x) {
  ^bb0(%row: tensor<3xf32>):
    onnx.yield %row : tensor<3xf32>
  } {num_scan_inputs = 2 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @lists_of_no_rows(%x: tensor<f32>) {
  // expected-error@+1 {{expects inputs to scan of rank 1 or more, found 'tensor<f32>'}}
  %0 = onnx.Scan(%x) {
  ^bb0(%row: tensor<f32>):
    onnx.yield %row : tensor<f32>
  } {num_scan_inputs = 1 : i64} : (tensor<f32>) -> tensor<2xf32>
  return
}

// -----

func.func @no_lists(%x: tensor<2xf32>) {
  // expected-error@+1 {{expects 'num_scan_inputs' of at least 1, found 0}}
  %0 = onnx.Scan(%x) {
  ^bb0(%state: tensor<2xf32>):
    onnx.yield %state : tensor<2xf32>
  } {num_scan_inputs = 0 : i64} : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @arguments_of_a_body(%n: tensor<i64>, %c: tensor<i1>, %x: tensor<2xf32>) {
  // expected-error@+1 {{expects a body of 3 arguments, found 2}}
  %0 = onnx.Loop(%n, %c, %x) {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>):
    onnx.yield %go, %x : tensor<i1>, tensor<2xf32>
  } : (tensor<i64>, tensor<i1>, tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @results_of_a_branch(%c: tensor<i1>, %x: tensor<2xf32>) {
  // expected-error@+1 {{expects a body of 1 results, found 2}}
  %0 = onnx.If(%c) {
    onnx.yield %x : tensor<2xf32>
  } {
    onnx.yield %x, %x : tensor<2xf32>, tensor<2xf32>
  } : (tensor<i1>) -> tensor<2xf32>
  return
}

// -----

func.func @results_of_states(%n: tensor<i64>, %c: tensor<i1>, %x: tensor<2xf32>) {
  // expected-error@+1 {{expects a result for each of 1 states, found 0}}
  onnx.Loop(%n, %c, %x) {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %y: tensor<2xf32>):
    onnx.yield %go : tensor<i1>
  } : (tensor<i64>, tensor<i1>, tensor<2xf32>) -> ()
  return
}

// -----

func.func @group_that_does_not_divide(%x: tensor<1x4x5x5xf32>) {
  // expected-note@+1 {{weight of shape 8x2x3x3 defined here}}
  %w = onnx.Constant() {value = dense<1.0> : tensor<8x2x3x3xf32>} : () -> tensor<8x2x3x3xf32>
  // expected-error@+1 {{'onnx.Conv' op expects 'group' (3) to divide the 4 input channels}}
  %0 = onnx.Conv(%x, %w) {group = 3 : i64} : (tensor<1x4x5x5xf32>, tensor<8x2x3x3xf32>) -> tensor<1x8x3x3xf32>
  return
}

// -----

// What is not known of a weight is told as such.
// expected-note@+1 {{weight of shape 5x?x3x3 defined here}}
func.func @group_of_outputs(%x: tensor<1x4x5x5xf32>, %w: tensor<5x?x3x3xf32>) {
  // expected-error@+1 {{expects 'group' (2) to divide the 5 output channels}}
  %0 = onnx.Conv(%x, %w) {group = 2 : i64} : (tensor<1x4x5x5xf32>, tensor<5x?x3x3xf32>) -> tensor<1x5x3x3xf32>
  return
}

// -----

func.func @strides_of_a_convolution(%x: tensor<1x4x5xf32>, %w: tensor<2x4x3xf32>) {
  // expected-error@+1 {{'onnx.Conv' op expects 'strides' of at least 1, found 0}}
  %0 = onnx.Conv(%x, %w) {strides = array<i64: 0>} : (tensor<1x4x5xf32>, tensor<2x4x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @weight_of_another_rank(%x: tensor<1x4x5xf32>, %w: tensor<2x4x3x3xf32>) {
  // expected-error@+1 {{expects data and weight of one rank, found 'tensor<1x4x5xf32>' and 'tensor<2x4x3x3xf32>'}}
  %0 = onnx.Conv(%x, %w) : (tensor<1x4x5xf32>, tensor<2x4x3x3xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @other_elements(%x: tensor<2x3xf32>, %y: tensor<2x3xi64>) {
  // expected-error@+1 {{'onnx.Add' op expects 'B' of 'f32', like 'A', found 'tensor<2x3xi64>'}}
  %0 = onnx.Add(%x, %y) : (tensor<2x3xf32>, tensor<2x3xi64>) -> tensor<2x3xf32>
  return
}

// -----

func.func @elements_that_it_does_not_take(%x: tensor<2x3xi1>) {
  // expected-error@+1 {{'onnx.Softmax' op expects 'input' of another element type, found 'tensor<2x3xi1>'}}
  %0 = onnx.Softmax(%x) : (tensor<2x3xi1>) -> tensor<2x3xi1>
  return
}

// -----

func.func @mode_of_resize(%x: tensor<1x1x4xf32>, %scales: tensor<3xf32>) {
  // expected-error@+1 {{expects 'mode' to be one of nearest, linear, cubic, found 'bilinear'}}
  %0 = onnx.Resize(%x, _, %scales) {mode = "bilinear"} : (tensor<1x1x4xf32>, tensor<3xf32>) -> tensor<*xf32>
  return
}

// -----

// A branch that is never taken may hold for other types: an axis that there is not is told where it is lowered. What no
// type makes right is wrong there, too.
func.func @branches(%c: tensor<i1>, %x: tensor<2x3xf32>) -> tensor<*xf32> {
  %0 = onnx.If(%c) {
    %1 = onnx.Softmax(%x) {axis = 2 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
    onnx.yield %1 : tensor<2x3xf32>
  } {
    // expected-error@+1 {{'onnx.Cast' op expects 'to' to be the number of an element type, found 99}}
    %1 = onnx.Cast(%x) {to = 99 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
    onnx.yield %1 : tensor<2x3xf32>
  } : (tensor<i1>) -> tensor<*xf32>
  return %0 : tensor<*xf32>
}

// -----

func.func @direction_of_a_scan(%x: tensor<3x2xf32>) {
  // expected-error@+1 {{'onnx.Scan' op expects 'scan_input_directions' of at most 1, found 2}}
  %0 = onnx.Scan(%x) {
  ^bb0(%row: tensor<2xf32>):
    onnx.yield %row : tensor<2xf32>
  } {num_scan_inputs = 1 : i64, scan_input_directions = array<i64: 2>} : (tensor<3x2xf32>) -> tensor<3x2xf32>
  return
}
