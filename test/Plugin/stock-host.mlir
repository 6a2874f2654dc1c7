// A stock mlir-opt loads Retort's library, parses its dialects and runs its passes.
// REQUIRES: stock-hosts
// RUN: mlir-opt-22 %s --load-dialect-plugin=%{passes} --load-pass-plugin=%{passes} \
// RUN:   --pass-pipeline='builtin.module(compress-prune-magnitude{sparsity=0.5})' | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK: onnx.initializer "w" dense<{{\[}}[0.{{0+}}e+00, -3.{{0+}}e+00], [0.{{0+}}e+00, 2.{{0+}}e+00]]>
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = onnx.initializer "w" dense<[[0.1, -3.0], [0.2, 2.0]]> : tensor<2x2xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %z = onnx.Relu(%y) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %z : tensor<1x2xf32>
}
