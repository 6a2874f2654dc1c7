// RUN: not retort-opt %s --lower-compress-to-onnx 2>&1 | FileCheck %s

// CHECK: error: 'compress.fake_quantize' op expects codes that are integers where it is written in ONNX, found a 'ladder'
func.func @main(%x: tensor<2x3xf32>, %s: tensor<f32>) -> tensor<2x3xf32> {
  %0 = compress.fake_quantize(%x, %s) {bits = 4 : i64, ladder = array<i32: 1000000000, 5>} : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
