// RUN: not retort-opt %s --compress-prune-magnitude=sparsity=1.5 2>&1 | FileCheck %s --check-prefix=SPARSITY
// RUN: not retort-opt %s --compress-prune-magnitude='include=none' 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not retort-opt %s --compress-prune-magnitude='include=(' 2>&1 | FileCheck %s --check-prefix=REGEX
// RUN: sed 's/onnx.MatMul(%%x, %%w)/onnx.node "MatMul"(%%x, %%w) to ["y"]/' %s | not retort-opt --compress-prune-magnitude 2>&1 | FileCheck %s --check-prefix=RAW

// SPARSITY: error: expects 'sparsity' in [0, 1), found 1.5{{$}}
// NONE: error: 'compress-prune-magnitude' matches no weight: 1 constant matrices feed products, include='none'
// RAW: error: 'compress-prune-magnitude' matches no weight: 0 constant matrices feed products, include='', exclude=''; nodes of a file are raised first, by retort-raise
// REGEX: error: expects a regular expression in 'include', found '('
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = onnx.initializer "w" dense<[[0.1, -3.0], [0.2, 2.0]]> : tensor<2x2xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %z = onnx.Relu(%y) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %z : tensor<1x2xf32>
}
