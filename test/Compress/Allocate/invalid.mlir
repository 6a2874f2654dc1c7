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
// RUN: not retort-opt %s --compress-allocate="target-bits=4 candidates=sparse:4:2" 2>&1 | FileCheck %s --check-prefix=SPARSE
// RUN: not retort-opt %s --compress-allocate="target-bits=4 candidates=rank:2" 2>&1 | FileCheck %s --check-prefix=RANK
// RUN: not retort-opt %s --compress-allocate="target-bits=4 target-size=5MB" 2>&1 | FileCheck %s --check-prefix=BOTH
// RUN: not retort-opt %s --compress-allocate="target-size='5 apples'" 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: not retort-opt %s --identify-model=statistics=%t.statistics --compress-allocate=target-size=5 2>&1 | FileCheck %s --check-prefix=FEW
// RUN: not retort-opt %s --identify-model=statistics=%t.statistics --compress-allocate=target-size=5kB --compress-allocate=target-size=5kB 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: not retort-opt %s --compress-allocate="target-bits=4 max-kl=0.1" 2>&1 | FileCheck %s --check-prefix=KL-BOTH
// RUN: not retort-opt %s --compress-allocate=max-kl=-1 2>&1 | FileCheck %s --check-prefix=KL
// RUN: not retort-opt %s --identify-model=statistics=%t.statistics --compress-allocate=max-kl=0.1 2>&1 | FileCheck %s --check-prefix=KL-TEXT
// A file of that name that something else wrote stays.
// RUN: echo mine >%t.statistics.options
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-allocate=target-bits=16 -o %t.out.mlir
// RUN: FileCheck %s --check-prefix=MINE <%t.statistics.options

// BUDGET: error: 'compress-allocate' expects 'target-bits' above 0 and up to 32, found 0
// NEGATIVE: error: 'compress-allocate' expects 'target-bits' above 0 and up to 32, found -3
// KL-BOTH: error: 'compress-allocate' expects one of 'target-bits', 'target-size' and 'max-kl', found 2
// KL: error: 'compress-allocate' expects 'max-kl' above 0, found -1
// KL-TEXT: error: 'compress-allocate' cannot run the model for 'max-kl': {{.+}}
// REFINE: error: expects 'refine' of 0 or more, found -1
// WORD: error: 'compress-allocate' expects candidates such as levels:3:16, integers:8:32, integers:4:32:rtn, sparse:2:4, rank:0.5 or plain, found 'levels:3'
// SPARSE: error: 'compress-allocate' expects sparse candidates with 0 < n < m, found 'sparse:4:2'
// RANK: error: 'compress-allocate' expects the share of a candidate of low rank above 0 and below 1, found 'rank:2'
// BOTH: error: 'compress-allocate' expects 'target-bits' or 'target-size', found both
// SIZE: error: 'compress-allocate' expects 'target-size' in bytes, such as 5000000, 90MB or 1.5GiB, found '5 apples'
// FEW: error: 'compress-allocate' expects 'target-size' of at least 14 bytes, which the smallest candidates and the rest of the model take, found 5
// TWICE: error: 'compress-allocate' expects one 'target-size' for a model, found a second one
// BITS: error: 'compress-allocate' expects candidates of 2 to 8 bits, found 'levels:9:32'
// GROUP: error: 'compress-allocate' expects candidates with groups of 0 or more, found 'levels:4:-1'
// EMPTY: error: 'compress-allocate' expects at least one candidate
// NONE: error: 'compress-allocate' expects statistics of a sample
// SMALL: error: 'compress-allocate' expects 'target-bits' of at least 14, which the smallest candidates take, found 2
// MINE: mine
func.func @main(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  %w = onnx.initializer "w" dense<1.0> : tensor<4x2xf32>
  %0 = onnx.MatMul(%x, %w) : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  %1 = onnx.Relu(%0) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}
