// RUN: not retort-opt %s --compress-scale-inputs 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not retort-opt %s --compress-scale-inputs=bits=9 2>&1 | FileCheck %s --check-prefix=BITS
// RUN: not retort-opt %s --compress-scale-inputs=group-size=-1 2>&1 | FileCheck %s --check-prefix=GROUP
// RUN: not retort-opt %s --compress-scale-inputs=steps=0 2>&1 | FileCheck %s --check-prefix=STEPS
// RUN: not retort-opt %s --compress-scale-inputs=rounding=up 2>&1 | FileCheck %s --check-prefix=ROUNDING
// RUN: not retort-opt %s --compress-scale-inputs=form=floats 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: not retort-opt %s --compress-scale-inputs="form=levels symmetric=false" 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: (echo 'module attributes {retort.input_scales = {w = 1}} {'; cat %s; echo '}') | not retort-opt 2>&1 | FileCheck %s --check-prefix=SCALES

// NONE: error: 'compress-scale-inputs' expects statistics of a sample
// BITS: error: expects 'bits' from 2 to 8, found 9
// GROUP: error: expects a 'group-size' of 0 or more, found -1
// STEPS: error: expects 'steps' from 1 to 1000, found 0
// ROUNDING: error: expects 'rounding' to be auto, nearest or sample, found 'up'
// KIND: error: expects 'form' to be integers or levels, found 'floats'
// ZERO: error: expects 'symmetric' with 'form=levels', which have no zero points
// SCALES: error: {{.*}}expects lists of numbers by the names of weights as 'retort.input_scales'
func.func @main(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  %w = onnx.initializer "w" dense<1.0> : tensor<4x2xf32>
  %0 = onnx.MatMul(%x, %w) : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  %1 = onnx.Relu(%0) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}
