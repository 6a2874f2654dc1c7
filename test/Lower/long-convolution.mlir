// RUN: retort-opt %s --lower-to-linalg | FileCheck %s

// From 512 taps on a convolution over the rows before each row is a product of transforms: as many points as the next power of
// two, of which log2 gives the number of stages. Zeros in front may be a node of their own.
// CHECK-LABEL: @long_convolution
// CHECK: math.ctlz
// CHECK: math.cos
// CHECK: math.sin
// CHECK-COUNT-2: linalg.yield {{.*}} : f32, f32
func.func @long_convolution(%x: tensor<2x16x?xf32>, %w: tensor<16x1x512xf32>) -> tensor<2x16x?xf32> {
  %y = onnx.Conv(%x, %w) {group = 16, pads = array<i64: 511, 0>} : (tensor<2x16x?xf32>, tensor<16x1x512xf32>) -> tensor<2x16x?xf32>
  return %y : tensor<2x16x?xf32>
}

// CHECK-LABEL: @padded
// CHECK: math.ctlz
func.func @padded(%x: tensor<2x16x?xf32>, %w: tensor<16x1x512xf32>) -> tensor<2x16x?xf32> {
  %pads = onnx.Constant() {value = dense<[0, 0, 511, 0, 0, 0]> : tensor<6xi64>} : () -> tensor<6xi64>
  %p = onnx.Pad(%x, %pads) : (tensor<2x16x?xf32>, tensor<6xi64>) -> tensor<2x16x?xf32>
  %y = onnx.Conv(%p, %w) {group = 16} : (tensor<2x16x?xf32>, tensor<16x1x512xf32>) -> tensor<2x16x?xf32>
  return %y : tensor<2x16x?xf32>
}

// What looks at fewer taps, at rows behind, or at other channels, is summed.
// CHECK-LABEL: @short
// CHECK-NOT: math.ctlz
func.func @short(%x: tensor<2x16x?xf32>, %w: tensor<16x1x511xf32>) -> tensor<2x16x?xf32> {
  %y = onnx.Conv(%x, %w) {group = 16, pads = array<i64: 510, 0>} : (tensor<2x16x?xf32>, tensor<16x1x511xf32>) -> tensor<2x16x?xf32>
  return %y : tensor<2x16x?xf32>
}

// CHECK-LABEL: @centred
// CHECK-NOT: math.ctlz
func.func @centred(%x: tensor<2x16x?xf32>, %w: tensor<16x1x513xf32>) -> tensor<2x16x?xf32> {
  %y = onnx.Conv(%x, %w) {group = 16, pads = array<i64: 256, 256>} : (tensor<2x16x?xf32>, tensor<16x1x513xf32>) -> tensor<2x16x?xf32>
  return %y : tensor<2x16x?xf32>
}
