// RUN: retort-opt --plugin=%{plugin} %s --compress-round-power-of-two | FileCheck %s
// RUN: retort-opt --plugin=%{plugin} %s --compress-round-power-of-two=bits=2 | FileCheck %s --check-prefix=TERNARY
// RUN: not retort-opt --plugin=%{plugin} %s --compress-round-power-of-two=bits=9 2>&1 | FileCheck %s --check-prefix=BITS

// Powers of the two outputs: 1 down to 1/64, and 4 down to 1/16. What is nearer to zero than to the last becomes zero.
// CHECK: onnx.initializer "w" dense<{{\[}}[1.000000e+00, -4.000000e+00], [0.000000e+00, 0.000000e+00]]>

// Two bits are a sign or zero.
// TERNARY: onnx.initializer "w" dense<{{\[}}[1.000000e+00, -4.000000e+00], [0.000000e+00, 0.000000e+00]]>

// BITS: error: expects 'bits' from 2 to 8, found 9
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = onnx.initializer "w" dense<[[0.9, -3.1], [0.0, 0.01]]> : tensor<2x2xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %z = onnx.Relu(%y) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %z : tensor<1x2xf32>
}
