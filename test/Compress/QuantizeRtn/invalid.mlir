// RUN: not retort-opt %s --compress-quantize-rtn=form=floats 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: not retort-opt %s --compress-quantize-rtn=range=min 2>&1 | FileCheck %s --check-prefix=RANGE
// RUN: not retort-opt %s --compress-quantize-rtn="form=levels symmetric=false" 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: not retort-opt %s --compress-quantize-rtn="range=mse per-tensor" 2>&1 | FileCheck %s --check-prefix=ONE
// RUN: not retort-opt %s --compress-quantize-rtn=bits=1 2>&1 | FileCheck %s --check-prefix=BITS
// RUN: not retort-opt %s --compress-quantize-rtn=group-size=-2 2>&1 | FileCheck %s --check-prefix=GROUP
// RUN: not retort-opt %s --compress-quantize-rtn="group-size=2 per-tensor=true" 2>&1 | FileCheck %s --check-prefix=BOTH
// RUN: not retort-opt %s --compress-quantize-rtn="include=nan" 2>&1 | FileCheck %s --check-prefix=NAN
// RUN: not retort-opt %s --compress-quantize-rtn="include=inf" 2>&1 | FileCheck %s --check-prefix=INF

// KIND: error: expects 'form' to be integers or levels, found 'floats'
// RANGE: error: expects 'range' to be max or mse, found 'min'
// ZERO: error: expects 'symmetric' with 'form=levels', which have no zero points
// ONE: error: expects 'per-tensor' with 'form=integers' and 'range=max' alone
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
