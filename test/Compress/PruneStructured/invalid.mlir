// RUN: not retort-opt %s --compress-prune-structured 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not retort-opt %s --compress-prune-structured=ratio=1 2>&1 | FileCheck %s --check-prefix=RATIO
// RUN: not retort-opt %s --compress-prune-structured=what=rows 2>&1 | FileCheck %s --check-prefix=WHAT
// RUN: not retort-opt %s --compress-prune-structured=score=taylor 2>&1 | FileCheck %s --check-prefix=SCORE
// RUN: not retort-opt %s --compress-prune-structured=multiple=0 2>&1 | FileCheck %s --check-prefix=MULTIPLE
// RUN: not retort-opt %s --compress-prune-structured=damping=-1 2>&1 | FileCheck %s --check-prefix=DAMPING

// NONE: error: 'compress-prune-structured' expects statistics of a sample
// RATIO: error: expects 'ratio' in (0, 1), found 1
// WHAT: error: expects 'what' to be neurons, heads, kv-groups or all, found 'rows'
// SCORE: error: expects 'score' to be fluctuation, residual or magnitude, found 'taylor'
// MULTIPLE: error: expects 'multiple' of 1 or more, found 0
// DAMPING: error: expects 'damping' from 0 to 1, found -1
func.func @main(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  %w = onnx.initializer "w" dense<1.0> : tensor<4x2xf32>
  %0 = onnx.MatMul(%x, %w) : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  %1 = onnx.Relu(%0) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}
