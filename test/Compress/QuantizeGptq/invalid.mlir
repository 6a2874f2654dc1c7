// RUN: not retort-opt %s --compress-quantize-gptq 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not retort-opt %s --identify-model=statistics=%t.none --compress-quantize-gptq 2>&1 | FileCheck %s --check-prefix=ABSENT
// RUN: not retort-opt %s --identify-model=statistics=%s --compress-quantize-gptq 2>&1 | FileCheck %s --check-prefix=FORM
// RUN: not retort-opt %s --identify-model=statistics=%S/quantize-gptq.mlir.statistics --compress-quantize-gptq 2>&1 | FileCheck %s --check-prefix=OTHER
// RUN: (echo 'module attributes {retort.statistics = "a", retort.stale_statistics = "compress-extend-rope"} {'; cat %s; echo '}') | not retort-opt --compress-quantize-gptq 2>&1 | FileCheck %s --check-prefix=STALE
// RUN: not retort-opt %s --compress-quantize-gptq=bits=9 2>&1 | FileCheck %s --check-prefix=BITS
// RUN: not retort-opt %s --compress-quantize-gptq=group-size=-1 2>&1 | FileCheck %s --check-prefix=GROUP
// RUN: not retort-opt %s --compress-quantize-gptq=refine=-1 2>&1 | FileCheck %s --check-prefix=REFINE
// RUN: not retort-opt %s --compress-quantize-gptq=damping=2 2>&1 | FileCheck %s --check-prefix=DAMPING

// RUN: not retort-opt %s --compress-quantize-gptq=form=floats 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: not retort-opt %s --compress-quantize-gptq="form=levels symmetric=false" 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: not retort-opt %s --compress-quantize-gptq=sides=three 2>&1 | FileCheck %s --check-prefix=SIDES
// RUN: not retort-opt %s --compress-quantize-gptq="sides=two sequential=true" 2>&1 | FileCheck %s --check-prefix=ORDER
// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %S/../../Statistics/make_statistics.py %t.mlir %t.statistics w=4
// RUN: not retort-opt %s --identify-model=statistics=%t.statistics --compress-quantize-gptq="sides=two include=w" 2>&1 | FileCheck %s --check-prefix=ONE-SIDE

// NONE: error: 'compress-quantize-gptq' expects statistics of a sample: `retort calibrate` measures them, and --calibration, or identify-model{statistics=}, names them
// ABSENT: error: '{{.*}}.none': cannot be opened: No such file or directory
// FORM: error: '{{.*}}invalid.mlir': is no file of statistics: expects one that `retort calibrate` wrote
// OTHER: error: 'compress-quantize-gptq' expects statistics of this model, found those of another in '{{.*}}.statistics'
// STALE: error: 'compress-quantize-gptq' expects statistics of the model as it is, found those from before 'compress-extend-rope': that method may stand behind this one
// BITS: error: expects 'bits' from 2 to 8, found 9
// GROUP: error: expects a 'group-size' of 0 or more, found -1
// REFINE: error: expects 'refine' of 0 or more, found -1
// DAMPING: error: expects 'damping' from 0 to 1, found 2
// KIND: error: expects 'form' to be integers or levels, found 'floats'
// ZERO: error: expects 'symmetric' with 'form=levels', which have no zero points
// SIDES: error: 'compress-quantize-gptq' expects 'sides' to be auto, one or two, found 'three'
// ORDER: error: 'compress-quantize-gptq' expects 'sequential' to be false with 'sides=two', found true
// ONE-SIDE: error: 'compress-quantize-gptq' expects statistics of outputs for 'sides=two', found those of `retort calibrate --statistics=gram`
func.func @main(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  %w = onnx.initializer "w" dense<1.0> : tensor<4x2xf32>
  %0 = onnx.MatMul(%x, %w) : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  %1 = onnx.Relu(%0) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}
