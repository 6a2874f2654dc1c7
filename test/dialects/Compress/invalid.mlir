// RUN: retort-opt %s --split-input-file --verify-diagnostics

func.func @width(%c: tensor<2x3xi9>, %s: tensor<3xf32>) {
  // expected-error@+1 {{expects codes of 2 to 8 bits, found 'tensor<2x3xi9>'}}
  %0 = compress.dequantize(%c, %s) : (tensor<2x3xi9>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @result(%c: tensor<2x3xi3>, %s: tensor<3xf16>) {
  // expected-error@+1 {{expects a result of type 'tensor<2x3xf16>', as the codes and scales have, found 'tensor<2x3xf32>'}}
  %0 = compress.dequantize(%c, %s) : (tensor<2x3xi3>, tensor<3xf16>) -> tensor<2x3xf32>
  return
}

// -----

func.func @scales_of_an_axis(%c: tensor<2x3xi3>, %s: tensor<2xf32>) {
  // expected-error@+1 {{expects scales of shape [3], found 'tensor<2xf32>'}}
  %0 = compress.dequantize(%c, %s) : (tensor<2x3xi3>, tensor<2xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @scales_of_blocks(%c: tensor<5x3xi3>, %s: tensor<2x3xf32>) {
  // expected-error@+1 {{expects scales of shape [3, 3], found 'tensor<2x3xf32>'}}
  %0 = compress.dequantize(%c, %s) {axis = 0 : i64, block_size = 2 : i64} : (tensor<5x3xi3>, tensor<2x3xf32>) -> tensor<5x3xf32>
  return
}

// -----

func.func @zero_points(%c: tensor<2x3xi3>, %s: tensor<3xf32>, %z: tensor<3xi4>) {
  // expected-error@+1 {{expects zero points of type 'tensor<3xi3>', as the scales and codes have, or as scales, found 'tensor<3xi4>'}}
  %0 = compress.dequantize(%c, %s, %z) : (tensor<2x3xi3>, tensor<3xf32>, tensor<3xi4>) -> tensor<2x3xf32>
  return
}

// -----

func.func @axis(%c: tensor<2x3xi3>, %s: tensor<3xf32>) {
  // expected-error@+1 {{expects 'axis' of a tensor of rank 2, found 2}}
  %0 = compress.dequantize(%c, %s) {axis = 2 : i64} : (tensor<2x3xi3>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @mask(%m: tensor<2xui8>, %v: tensor<3xf32>) {
  // expected-error@+1 {{expects a mask of 1 bytes for the 6 elements, found 'tensor<2xui8>'}}
  %0 = compress.decode_sparse(%m, %v) : (tensor<2xui8>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @too_many_values(%m: tensor<1xui8>, %v: tensor<7xf32>) {
  // expected-error@+1 {{expects a list of at most 6 values, found 'tensor<7xf32>'}}
  %0 = compress.decode_sparse(%m, %v) : (tensor<1xui8>, tensor<7xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @values_of_a_pattern(%m: tensor<1xui8>, %v: tensor<2x2xf32>) {
  // expected-error@+1 {{expects values of shape [3, 1] for 2 of each 4, found 'tensor<2x2xf32>'}}
  %0 = compress.decode_sparse(%m, %v) {n = 2 : i64, m = 4 : i64} : (tensor<1xui8>, tensor<2x2xf32>) -> tensor<5x1xf32>
  return
}

// -----

func.func @half_a_pattern(%m: tensor<1xui8>, %v: tensor<2x2xf32>) {
  // expected-error@+1 {{expects 'n' and 'm' together}}
  %0 = compress.decode_sparse(%m, %v) {n = 2 : i64} : (tensor<1xui8>, tensor<2x2xf32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @pattern(%m: tensor<1xui8>, %v: tensor<4x2xf32>) {
  // expected-error@+1 {{expects 0 < 'n' < 'm', found n = 4 and m = 4}}
  %0 = compress.decode_sparse(%m, %v) {n = 4 : i64, m = 4 : i64} : (tensor<1xui8>, tensor<4x2xf32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @values_that_the_mask_does_not_keep(%v: tensor<2xf32>) {
  %m = onnx.initializer "mask" dense<42> : tensor<1xui8>
  // expected-error@+1 {{expects as many values as the mask keeps (3), found 2}}
  %0 = compress.decode_sparse(%m, %v) : (tensor<1xui8>, tensor<2xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @type(%m: tensor<1xui8>, %v: tensor<3xf16>) {
  // expected-error@+1 {{expects values of the result's float type, found 'tensor<3xf16>' for 'tensor<2x3xf32>'}}
  %0 = compress.decode_sparse(%m, %v) : (tensor<1xui8>, tensor<3xf16>) -> tensor<2x3xf32>
  return
}

// -----

func.func @block(%c: tensor<2x3xi3>, %s: tensor<2x3xf32>) {
  // expected-error@+1 {{expects 'block_size' above zero, found -1}}
  %0 = compress.dequantize(%c, %s) {block_size = -1 : i64} : (tensor<2x3xi3>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @scales(%c: tensor<2x3xi3>, %s: tensor<3xi32>) {
  // expected-error@+1 {{expects scales that are floats, found 'tensor<3xi32>'}}
  %0 = compress.dequantize(%c, %s) : (tensor<2x3xi3>, tensor<3xi32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @level_codes(%c: tensor<4x2xi3>, %s: tensor<2x2xui6>, %l: tensor<2xi32>) {
  // expected-error@+1 {{expects codes of ui2 to ui8, found 'tensor<4x2xi3>'}}
  %0 = compress.decode_levels(%c, %s, %l) {block_size = 2 : i64} : (tensor<4x2xi3>, tensor<2x2xui6>, tensor<2xi32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @level_scales(%c: tensor<4x2xui3>, %s: tensor<2x2xui8>, %l: tensor<2xi32>) {
  // expected-error@+1 {{expects scales of ui6, found 'tensor<2x2xui8>'}}
  %0 = compress.decode_levels(%c, %s, %l) {block_size = 2 : i64} : (tensor<4x2xui3>, tensor<2x2xui8>, tensor<2xi32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @ladder(%c: tensor<4x2xui3>, %s: tensor<2x2xui6>, %l: tensor<2xf32>) {
  // expected-error@+1 {{expects a ladder of type tensor<2xi32>, found 'tensor<2xf32>'}}
  %0 = compress.decode_levels(%c, %s, %l) {block_size = 2 : i64} : (tensor<4x2xui3>, tensor<2x2xui6>, tensor<2xf32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @infinite_ladder(%c: tensor<4x2xui3>, %s: tensor<2x2xui6>) {
  %l = onnx.initializer "l" dense<[1065353216, 100000000]> : tensor<2xi32>
  // expected-error@+1 {{expects a ladder of finite scales above zero, found 1065353216 and 100000000}}
  %0 = compress.decode_levels(%c, %s, %l) {block_size = 2 : i64} : (tensor<4x2xui3>, tensor<2x2xui6>, tensor<2xi32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @level_result(%c: tensor<4x2xui3>, %s: tensor<2x2xui6>, %l: tensor<2xi32>) {
  // expected-error@+1 {{expects floats of the shape of the codes 'tensor<4x2xui3>', found 'tensor<2x4xf32>'}}
  %0 = compress.decode_levels(%c, %s, %l) {block_size = 2 : i64} : (tensor<4x2xui3>, tensor<2x2xui6>, tensor<2xi32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @level_axis(%c: tensor<4x2xui3>, %s: tensor<2x2xui6>, %l: tensor<2xi32>) {
  // expected-error@+1 {{expects 'axis' of a tensor of rank 2, found -3}}
  %0 = compress.decode_levels(%c, %s, %l) {axis = -3 : i64, block_size = 2 : i64} : (tensor<4x2xui3>, tensor<2x2xui6>, tensor<2xi32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @level_block(%c: tensor<4x2xui3>, %s: tensor<2x2xui6>, %l: tensor<2xi32>) {
  // expected-error@+1 {{expects 'block_size' above zero, found 0}}
  %0 = compress.decode_levels(%c, %s, %l) {block_size = 0 : i64} : (tensor<4x2xui3>, tensor<2x2xui6>, tensor<2xi32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @level_groups(%c: tensor<5x2xui3>, %s: tensor<2x2xui6>, %l: tensor<2xi32>) {
  // expected-error@+1 {{expects scales of shape [3, 2], found 'tensor<2x2xui6>'}}
  %0 = compress.decode_levels(%c, %s, %l) {block_size = 2 : i64} : (tensor<5x2xui3>, tensor<2x2xui6>, tensor<2xi32>) -> tensor<5x2xf32>
  return
}

// -----

func.func @fake_of_integers(%x: tensor<2x3xi8>, %s: tensor<i8>) {
  // expected-error@+1 {{expects floats, found 'tensor<2x3xi8>'}}
  %0 = compress.fake_quantize(%x, %s) {bits = 4 : i64} : (tensor<2x3xi8>, tensor<i8>) -> tensor<2x3xi8>
  return
}

// -----

func.func @fake_bits(%x: tensor<2x3xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{expects 'bits' from 2 to 8, found 1}}
  %0 = compress.fake_quantize(%x, %s) {bits = 1 : i64} : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @fake_block(%x: tensor<2x3xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{expects 'block_size' of 0 or more, found -2}}
  %0 = compress.fake_quantize(%x, %s) {bits = 4 : i64, block_size = -2 : i64} : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @fake_axis(%x: tensor<2x3xf32>, %s: tensor<2x1xf32>) {
  // expected-error@+1 {{expects 'axis' of a tensor of rank 2, found 2}}
  %0 = compress.fake_quantize(%x, %s) {bits = 4 : i64, axis = 2 : i64, block_size = 2 : i64} : (tensor<2x3xf32>, tensor<2x1xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @fake_scale_type(%x: tensor<2x3xf32>, %s: tensor<f16>) {
  // expected-error@+1 {{expects scales of the input's type 'f32', found 'tensor<f16>'}}
  %0 = compress.fake_quantize(%x, %s) {bits = 4 : i64} : (tensor<2x3xf32>, tensor<f16>) -> tensor<2x3xf32>
  return
}

// -----

func.func @fake_zero_point(%x: tensor<2x3xf32>, %s: tensor<2x1xf32>, %z: tensor<3xf32>) {
  // expected-error@+1 {{expects zero points of type 'tensor<2x1xf32>', as the scales have, found 'tensor<3xf32>'}}
  %0 = compress.fake_quantize(%x, %s, %z) {bits = 4 : i64} : (tensor<2x3xf32>, tensor<2x1xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @fake_stored_as(%x: tensor<2x3xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{expects 'scale_type' to be f16 or bf16, found 'f64'}}
  %0 = compress.fake_quantize(%x, %s) {bits = 4 : i64, scale_type = f64} : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @fake_scales_of_more_axes(%x: tensor<3xf32>, %s: tensor<2x3xf32>) {
  // expected-error@+1 {{expects scales of at most the 1 axes of the input, found 'tensor<2x3xf32>'}}
  %0 = compress.fake_quantize(%x, %s) {bits = 4 : i64} : (tensor<3xf32>, tensor<2x3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @fake_blocks(%x: tensor<5x3xf32>, %s: tensor<2x3xf32>) {
  // expected-error@+1 {{expects scales of size 1 or 3 along axis 0 of the input, found 'tensor<2x3xf32>'}}
  %0 = compress.fake_quantize(%x, %s) {bits = 4 : i64, block_size = 2 : i64} : (tensor<5x3xf32>, tensor<2x3xf32>) -> tensor<5x3xf32>
  return
}

// -----

func.func @fake_blocks_of_unknown(%x: tensor<?x3xf32>, %s: tensor<2x3xf32>) {
  // expected-error@+1 {{expects a known size along 'axis', which has blocks, found 'tensor<?x3xf32>' and scales 'tensor<2x3xf32>'}}
  %0 = compress.fake_quantize(%x, %s) {bits = 4 : i64, block_size = 2 : i64} : (tensor<?x3xf32>, tensor<2x3xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @fake_ladder(%x: tensor<2x3xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{expects a 'ladder' of two numbers, whose 64 scales are finite and above zero, found array<i32: -1, 5>}}
  %0 = compress.fake_quantize(%x, %s) {bits = 4 : i64, ladder = array<i32: -1, 5>} : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @fake_ladder_and_zero_points(%x: tensor<2x3xf32>, %s: tensor<f32>) {
  // expected-error@+1 {{expects f32 without zero points and 'scale_type' beside a 'ladder', found 'tensor<2x3xf32>' and zero points}}
  %0 = compress.fake_quantize(%x, %s, %s) {bits = 4 : i64, ladder = array<i32: 1000000000, 5>} : (tensor<2x3xf32>, tensor<f32>, tensor<f32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @fake_ladder_of_halves(%x: tensor<2x3xf16>, %s: tensor<f16>) {
  // expected-error@+1 {{expects f32 without zero points and 'scale_type' beside a 'ladder', found 'tensor<2x3xf16>'}}
  %0 = compress.fake_quantize(%x, %s) {bits = 4 : i64, ladder = array<i32: 1000000000, 5>} : (tensor<2x3xf16>, tensor<f16>) -> tensor<2x3xf16>
  return
}
