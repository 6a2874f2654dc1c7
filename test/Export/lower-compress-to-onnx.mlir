// RUN: retort-opt %s --lower-compress-to-onnx | FileCheck %s

// ONNX has no codes of three bits: the same codes in four.
// CHECK-LABEL: func.func @three_bits
// CHECK: %[[CODES:.*]] = onnx.initializer "w_quantized" dense<{{\[}}[-4, 3], [1, 0]]> : tensor<2x2xi4>
// CHECK: onnx.DequantizeLinear(%[[CODES]], %{{.*}}) {axis = 1 : i64}
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

// The kept ones of four inputs shared a scale, and so do the four inputs; what was pruned gets the code of zero.
// CHECK-LABEL: func.func @quantized_two_of_four
// CHECK-DAG: %[[CODES:.*]] = onnx.initializer "w_values_quantized" dense<{{\[}}[2, 4], [1, 6], [2, 2], [3, 2]]> : tensor<4x2xui4>
// CHECK: onnx.DequantizeLinear(%[[CODES]], %{{.*}}, %{{.*}}) {axis = 0 : i64, block_size = 4 : i64}
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


// Levels and scales are looked up: codes of three bits in four, scales of six in eight.
// CHECK-LABEL: func.func @levels
// CHECK-DAG: %[[CODES:.*]] = onnx.initializer "w_codes" dense<{{\[}}[0, 1], [2, 7], [3, 4]]> : tensor<3x2xui4>
// CHECK-DAG: %[[LEVELS:.*]] = onnx.initializer "w_levels" dense<[-1.000000e+00, -0.624508{{[0-9]*}}, {{.*}}, 1.000000e+00]> : tensor<8xf32>
// CHECK-DAG: %[[SCALES:.*]] = onnx.initializer "w_scale" dense<{{\[}}[0, 1], [2, 63]]> : tensor<2x2xui8>
// CHECK-DAG: %[[LADDER:.*]] = onnx.initializer "w_ladder" dense<[1.000000e+00, 1.500000e+00, 2.000000e+00, {{.*}}]> : tensor<64xf32>
// CHECK-DAG: %[[GROUPS:.*]] = onnx.initializer "w_groups" dense<[0, 0, 1]> : tensor<3xi64>
// CHECK-DAG: %[[CODE:.*]] = onnx.Cast(%[[CODES]]) {to = 7 : i64}
// CHECK-DAG: %[[NUMBERS:.*]] = onnx.Gather(%[[LEVELS]], %[[CODE]])
// CHECK-DAG: %[[PLACE:.*]] = onnx.Cast(%[[SCALES]]) {to = 7 : i64}
// CHECK-DAG: %[[OF_GROUPS:.*]] = onnx.Gather(%[[LADDER]], %[[PLACE]])
// CHECK-DAG: %[[OF_ROWS:.*]] = onnx.Gather(%[[OF_GROUPS]], %[[GROUPS]])
// CHECK: %[[W:.*]] = onnx.Mul(%[[NUMBERS]], %[[OF_ROWS]])
// CHECK: onnx.MatMul(%{{.*}}, %[[W]])
func.func @levels(%x: tensor<1x3xf32>) -> tensor<1x2xf32> {
  %codes = onnx.initializer "w_codes" dense<[[0, 1], [2, 7], [3, 4]]> : tensor<3x2xui3>
  %scales = onnx.initializer "w_scale" dense<[[0, 1], [2, 63]]> : tensor<2x2xui6>
  %ladder = onnx.initializer "w_ladder" dense<[1065353216, 4194304]> : tensor<2xi32>
  %w = compress.decode_levels(%codes, %scales, %ladder) {block_size = 2 : i64} : (tensor<3x2xui3>, tensor<2x2xui6>, tensor<2xi32>) -> tensor<3x2xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<1x3xf32>, tensor<3x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// ONNX has codes of 2 bits too.
// CHECK-LABEL: func.func @levels_of_two_bits
// CHECK-DAG: %[[CODES:.*]] = onnx.initializer "v_codes" dense<{{.*}}> : tensor<2x4xui2>
// CHECK-DAG: %[[CODE:.*]] = onnx.Cast(%[[CODES]]) {to = 7 : i64}
// CHECK-DAG: onnx.Gather(%{{.*}}, %[[CODE]])
func.func @levels_of_two_bits(%x: tensor<1x2xf32>) -> tensor<1x4xf32> {
  %codes = onnx.initializer "v_codes" dense<[[0, 1, 2, 3], [2, 3, 1, 0]]> : tensor<2x4xui2>
  %scales = onnx.initializer "v_scale" dense<[[0, 1, 2, 63]]> : tensor<1x4xui6>
  %ladder = onnx.initializer "v_ladder" dense<[1065353216, 4194304]> : tensor<2xi32>
  %w = compress.decode_levels(%codes, %scales, %ladder) {block_size = 2 : i64} : (tensor<2x4xui2>, tensor<1x4xui6>, tensor<2xi32>) -> tensor<2x4xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<1x2xf32>, tensor<2x4xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

// Four bits, in groups: ONNX has these codes and scales.
// CHECK-LABEL: func.func @fake_of_four_bits
// CHECK: %[[CODES:.*]] = onnx.QuantizeLinear(%{{.*}}, %[[S:.*]], %[[Z:.*]]) {axis = 0 : i64, block_size = 2 : i64} : (tensor<4x3xf32>, tensor<2x3xf32>, tensor<2x3xi4>) -> tensor<4x3xi4>
// CHECK: onnx.DequantizeLinear(%[[CODES]], %[[S]], %[[Z]]) {axis = 0 : i64, block_size = 2 : i64} : (tensor<4x3xi4>, tensor<2x3xf32>, tensor<2x3xi4>) -> tensor<4x3xf32>
func.func @fake_of_four_bits(%x: tensor<4x3xf32>, %s: tensor<2x3xf32>) -> tensor<4x3xf32> {
  %0 = compress.fake_quantize(%x, %s) {bits = 4 : i64, block_size = 2 : i64} : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x3xf32>
  return %0 : tensor<4x3xf32>
}

// Three bits: it has none.
// CHECK-LABEL: func.func @fake_of_three_bits
// CHECK: %[[EACH:.*]] = onnx.Gather(%{{.*}}, %{{.*}}) {{.*}}: (tensor<2x3xf32>, tensor<3xi64>) -> tensor<3x3xf32>
// CHECK: %[[V:.*]] = onnx.Div(%{{.*}}, %[[EACH]])
// CHECK: %[[CODE:.*]] = onnx.Round(%[[V]])
// CHECK: %[[IN:.*]] = onnx.Clip(%[[CODE]], %{{.*}}, %{{.*}})
// CHECK: onnx.Mul(%[[IN]], %[[EACH]])
func.func @fake_of_three_bits(%x: tensor<3x3xf32>, %s: tensor<2x3xf32>) -> tensor<3x3xf32> {
  %0 = compress.fake_quantize(%x, %s) {bits = 3 : i64, block_size = 2 : i64} : (tensor<3x3xf32>, tensor<2x3xf32>) -> tensor<3x3xf32>
  return %0 : tensor<3x3xf32>
}

// A scale for each token, which QuantizeLinear does not take, and zero points.
// CHECK-LABEL: func.func @fake_of_rows
// CHECK: onnx.Cast(%{{.*}}) {to = 10 : i64} : (tensor<?x1xf32>) -> tensor<?x1xf16>
// CHECK: onnx.Div
// CHECK: onnx.Add
// CHECK: onnx.Clip
// CHECK: onnx.Sub
// CHECK: onnx.Mul
func.func @fake_of_rows(%x: tensor<?x4xf32>, %s: tensor<?x1xf32>, %z: tensor<?x1xf32>) -> tensor<?x4xf32> {
  %0 = compress.fake_quantize(%x, %s, %z) {bits = 8 : i64, is_signed = false, scale_type = f16} : (tensor<?x4xf32>, tensor<?x1xf32>, tensor<?x1xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
