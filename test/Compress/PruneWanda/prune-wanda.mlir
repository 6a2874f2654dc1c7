// RUN: retort-opt %s --identify-model=statistics=%s.statistics --compress-prune-wanda="sparsity=0.5" | FileCheck %s
// RUN: retort-opt %s --identify-model=statistics=%s.statistics --compress-prune-wanda="n=1 m=2" | FileCheck %s --check-prefix=BLOCKS
// RUN: not retort-opt %s --compress-prune-wanda 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not retort-opt %s --compress-prune-wanda=sparsity=1 2>&1 | FileCheck %s --check-prefix=SPARSITY
// RUN: not retort-opt %s --compress-prune-wanda="n=4 m=2" 2>&1 | FileCheck %s --check-prefix=PATTERN

// Later inputs of the sample are larger, so small weights of theirs stay where larger ones of earlier inputs go.
// CHECK: onnx.initializer "w" dense<{{\[}}[0.000000e+00, 0.000000e+00], [0.000000e+00, 0.000000e+00], [0.000000e+00, 0.000000e+00], [0.000000e+00, 1.500000e+00], [5.000000e-01, 7.500000e-01], [1.500000e+00, 0.000000e+00], [5.000000e-01, 2.000000e+00], [1.000000e+00, 1.000000e+00]]>
// BLOCKS: onnx.initializer "w_values" {{.*}} : tensor<4x2xf32>
// NONE: error: 'compress-prune-wanda' expects statistics of a sample
// SPARSITY: error: expects 'sparsity' in [0, 1), found 1
// PATTERN: error: expects 0 < 'n' < 'm', found n=4 and m=2
func.func @main(%x: tensor<?x8xf32>) -> tensor<?x2xf32> {
  %w = onnx.initializer "w" dense<[[1.0, -1.25], [1.0, 0.25], [0.5, 0.5], [0.25, 1.5],
                                   [0.5, 0.75], [1.5, -0.25], [0.5, 2.0], [1.0, 1.0]]> : tensor<8x2xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<?x8xf32>, tensor<8x2xf32>) -> tensor<?x2xf32>
  %z = onnx.Relu(%y) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %z : tensor<?x2xf32>
}
