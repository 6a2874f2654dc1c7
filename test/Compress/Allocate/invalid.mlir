// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics w=4
// RUN: not retort-opt %s --compress-allocate 2>&1 | FileCheck %s --check-prefix=BUDGET
// RUN: not retort-opt %s --compress-allocate=target-bits=-3 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// RUN: not retort-opt %s --compress-allocate="target-bits=4 refine=-1" 2>&1 | FileCheck %s --check-prefix=REFINE
// RUN: not retort-opt %s --compress-allocate="target-bits=4 candidates=levels:3" 2>&1 | FileCheck %s --check-prefix=WORD
// RUN: not retort-opt %s --compress-allocate="target-bits=4 candidates=levels:9:32" 2>&1 | FileCheck %s --check-prefix=BITS
// RUN: not retort-opt %s --compress-allocate="target-bits=4 candidates=levels:4:-1" 2>&1 | FileCheck %s --check-prefix=GROUP
// RUN: not retort-opt %s --compress-allocate="target-bits=4 candidates=," 2>&1 | FileCheck %s --check-prefix=EMPTY
// RUN: not retort-opt %s --compress-allocate=target-bits=4 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not retort-opt %s --identify-model=statistics=%t.statistics --compress-allocate=target-bits=2 2>&1 | FileCheck %s --check-prefix=SMALL
// A file of that name that something else wrote stays.
// RUN: echo mine >%t.statistics.options
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-allocate=target-bits=16 -o %t.out.mlir
// RUN: FileCheck %s --check-prefix=MINE <%t.statistics.options

// BUDGET: error: 'compress-allocate' expects 'target-bits' above 0 and up to 32, found 0
// NEGATIVE: error: 'compress-allocate' expects 'target-bits' above 0 and up to 32, found -3
// REFINE: error: expects 'refine' of 0 or more, found -1
// WORD: error: 'compress-allocate' expects candidates such as levels:3:16 or integers:8:32, found 'levels:3'
// BITS: error: 'compress-allocate' expects candidates of 2 to 8 bits, found 'levels:9:32'
// GROUP: error: 'compress-allocate' expects candidates with groups of 0 or more, found 'levels:4:-1'
// EMPTY: error: 'compress-allocate' expects at least one candidate
// NONE: error: 'compress-allocate' expects statistics of a sample
// SMALL: error: 'compress-allocate' expects 'target-bits' of at least 12, which the smallest candidates take, found 2
// MINE: mine
func.func @main(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  %w = onnx.initializer "w" dense<1.0> : tensor<4x2xf32>
  %0 = onnx.MatMul(%x, %w) : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  %1 = onnx.Relu(%0) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}
