// RUN: not retort-opt %s --compress-prune-sparsegpt 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not retort-opt %s --compress-prune-sparsegpt=sparsity=1 2>&1 | FileCheck %s --check-prefix=SPARSITY
// RUN: not retort-opt %s --compress-prune-sparsegpt="n=4 m=2" 2>&1 | FileCheck %s --check-prefix=PATTERN
// RUN: not retort-opt %s --compress-prune-sparsegpt=refine=-1 2>&1 | FileCheck %s --check-prefix=REFINE
// RUN: not retort-opt %s --compress-prune-sparsegpt=damping=-1 2>&1 | FileCheck %s --check-prefix=DAMPING

// NONE: error: 'compress-prune-sparsegpt' expects statistics of a sample
// SPARSITY: error: expects 'sparsity' in [0, 1), found 1
// PATTERN: error: expects 0 < 'n' < 'm', found n=4 and m=2
// REFINE: error: expects 'refine' of 0 or more, found -1
// DAMPING: error: expects 'damping' from 0 to 1, found -1
func.func @main(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  %w = onnx.initializer "w" dense<1.0> : tensor<4x2xf32>
  %0 = onnx.MatMul(%x, %w) : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  %1 = onnx.Relu(%0) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}
