// RUN: retort-opt %s --compress-prune-magnitude=sparsity=0.5 | FileCheck %s

// CHECK-LABEL: func.func @zeroes_the_smaller_half
// CHECK: onnx.initializer "w" dense<{{\[}}[0.{{0+}}e+00, -3.{{0+}}e+00], [0.{{0+}}e+00, 2.{{0+}}e+00]]>
func.func @zeroes_the_smaller_half(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = onnx.initializer "w" dense<[[0.1, -3.0], [0.2, 2.0]]> : tensor<2x2xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %z = onnx.Relu(%y) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %z : tensor<1x2xf32>
}
