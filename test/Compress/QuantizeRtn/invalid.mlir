// RUN: not retort-opt %s --compress-quantize-rtn=bits=1 2>&1 | FileCheck %s --check-prefix=BITS
// RUN: not retort-opt %s --compress-quantize-rtn=group-size=-2 2>&1 | FileCheck %s --check-prefix=GROUP
// RUN: not retort-opt %s --compress-quantize-rtn="group-size=2 per-tensor=true" 2>&1 | FileCheck %s --check-prefix=BOTH
// RUN: not retort-opt %s --compress-quantize-rtn="include=nan" 2>&1 | FileCheck %s --check-prefix=NAN
// RUN: not retort-opt %s --compress-quantize-rtn="include=inf" 2>&1 | FileCheck %s --check-prefix=INF

// BITS: error: expects 'bits' from 2 to 8, found 1
// GROUP: error: expects a 'group-size' of 0 or more, found -2
// BOTH: error: expects 'per-tensor' or a 'group-size', found both
// NAN: error: weight 'nan' holds nan at element 3: expects finite numbers
// INF: error: weight 'infinite' holds -INF at element 5: expects finite numbers
func.func @main(%x: tensor<1x4xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>) {
  %w = onnx.initializer "w" dense<1.0> : tensor<4x2xf32>
  %0 = onnx.MatMul(%x, %w) : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  %nan = onnx.initializer "nan" dense<[[1.0, 1.0], [1.0, 0x7FC00000], [1.0, 1.0], [1.0, 1.0]]> : tensor<4x2xf32>
  %1 = onnx.MatMul(%x, %nan) : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  %inf = onnx.initializer "infinite" dense<[[1.0, 1.0], [1.0, 1.0], [1.0, 0xFF800000], [1.0, 1.0]]> : tensor<4x2xf32>
  %2 = onnx.MatMul(%x, %inf) : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  return %0, %1, %2 : tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>
}
