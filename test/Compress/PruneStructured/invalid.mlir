// RUN: not retort-opt %s --compress-prune-structured 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not retort-opt %s --compress-prune-structured=ratio=1 2>&1 | FileCheck %s --check-prefix=RATIO
// RUN: not retort-opt %s --compress-prune-structured=what=rows 2>&1 | FileCheck %s --check-prefix=WHAT
// RUN: not retort-opt %s --compress-prune-structured=score=taylor 2>&1 | FileCheck %s --check-prefix=SCORE
// RUN: not retort-opt %s --compress-prune-structured=multiple=0 2>&1 | FileCheck %s --check-prefix=MULTIPLE
// RUN: not retort-opt %s --compress-prune-structured=damping=-1 2>&1 | FileCheck %s --check-prefix=DAMPING
// RUN: not retort-opt %s --compress-prune-structured=sparsity=1 2>&1 | FileCheck %s --check-prefix=SPARSITY
// RUN: not retort-opt %s --compress-prune-structured=groups=layers 2>&1 | FileCheck %s --check-prefix=GROUPS
// RUN: not retort-opt %s --compress-prune-structured=importance=taylor 2>&1 | FileCheck %s --check-prefix=IMPORTANCE
// RUN: not retort-opt %s --compress-prune-structured=importance=vector 2>&1 | FileCheck %s --check-prefix=DATA
// RUN: not retort-opt %s --compress-prune-structured="importance=random samples=0" 2>&1 | FileCheck %s --check-prefix=SAMPLES
// RUN: not retort-opt %s --compress-prune-structured="importance=random sample-context=1" 2>&1 | FileCheck %s --check-prefix=CONTEXT
// RUN: not retort-opt %s --compress-prune-structured=importance=random 2>&1 | FileCheck %s --check-prefix=STAYS

// NONE: error: 'compress-prune-structured' expects statistics of a sample
// RATIO: error: expects 'ratio' in (0, 1), found 1
// WHAT: error: expects 'what' to be neurons, heads, kv-groups or all, found 'rows'
// SCORE: error: expects 'score' to be fluctuation, residual or magnitude, found 'taylor'
// MULTIPLE: error: expects 'multiple' of 1 or more, found 0
// DAMPING: error: expects 'damping' from 0 to 1, found -1
// SPARSITY: error: expects 'sparsity' in (0, 1), found 1
// GROUPS: error: expects 'groups' to be mlp, heads, kv-groups or mlp,kv-groups, found 'layers'
// IMPORTANCE: error: expects 'importance' to be random, magnitude, vector, element, second or mix, found 'taylor'
// DATA: error: expects 'data' to name tokens that 'importance=vector' is measured on, found none
// SAMPLES: error: expects 'samples' of 1 or more, found 0
// CONTEXT: error: expects 'sample-context' of 2 tokens or more, found 1
// STAYS: error: 'compress-prune-structured' removes no channels: none of the 1 selected weights reads channels that can go, in multiples of 32
func.func @main(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  %w = onnx.initializer "w" dense<1.0> : tensor<4x2xf32>
  %0 = onnx.MatMul(%x, %w) : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  %1 = onnx.Relu(%0) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}
