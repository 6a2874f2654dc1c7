// RUN: retort-opt %s --compress-prune-magnitude="sparsity=0.5 scope=row include=^w" | FileCheck %s --check-prefix=ROW
// RUN: retort-opt %s --compress-prune-magnitude="sparsity=0.5 scope=model" | FileCheck %s --check-prefix=MODEL
// RUN: retort-opt %s --compress-prune-magnitude="n=1 m=2 include=^w" | FileCheck %s --check-prefix=PATTERN
// RUN: retort-opt %s --compress-prune-magnitude="n=1 m=2" --compress-expand | FileCheck %s --check-prefix=EXPANDED
// RUN: retort-opt %s --compress-quantize-rtn="bits=4 per-tensor=true symmetric=false" --compress-prune-magnitude="sparsity=0.5 include=^w" | FileCheck %s --check-prefix=QUANTIZED
// RUN: retort-opt %s --compress-prune-magnitude="n=1 m=2 include=^w" --compress-prune-magnitude="sparsity=0.75 include=^w" | FileCheck %s --check-prefix=AGAIN
// RUN: not retort-opt %s --compress-prune-magnitude="n=2 m=2" 2>&1 | FileCheck %s --check-prefix=NM
// RUN: not retort-opt %s --compress-prune-magnitude="scope=head" 2>&1 | FileCheck %s --check-prefix=SCOPE

// Of each output (a column) the smaller half goes.
// ROW: onnx.initializer "w" dense<{{\[}}[0.000000e+00, 0.000000e+00], [-4.000000e+00, 8.000000e+00], [0.000000e+00, -9.000000e+00], [3.000000e+00, 0.000000e+00]]>

// Of both matrices together: the six largest stay.
// MODEL: onnx.initializer "w" dense<{{\[}}[0.000000e+00, 6.000000e+00], [0.000000e+00, 8.000000e+00], [0.000000e+00, -9.000000e+00], [0.000000e+00, 7.000000e+00]]>
// MODEL: onnx.initializer "v" dense<{{\[}}[5.000000e+00, 2.000000e+01], [0.000000e+00, 0.000000e+00]]>

// One of each two inputs stays: a mask of one bit each, and the values.
// PATTERN-DAG: %[[VALUES:.*]] = onnx.initializer "w_values" dense<{{\[}}[-4.000000e+00, 8.000000e+00], [3.000000e+00, -9.000000e+00]]> : tensor<2x2xf32>
// PATTERN-DAG: %[[MASK:.*]] = onnx.initializer "w_mask" dense<108> : tensor<1xui8>
// PATTERN: compress.decode_sparse(%[[MASK]], %[[VALUES]]) {m = 2 : i64, n = 1 : i64, onnx.outputs = ["w"]}

// EXPANDED: onnx.initializer "w" dense<{{\[}}[0.000000e+00, 0.000000e+00], [-4.000000e+00, 8.000000e+00], [0.000000e+00, -9.000000e+00], [3.000000e+00, 0.000000e+00]]>

// Codes of what is pruned are the zero point: here 5.
// QUANTIZED: onnx.initializer "w_quantized" dense<{{\[}}[8, 13], [8, 15], [8, 0], [8, 14]]> : tensor<4x2xui4>

// Of the four values that are left two more go.
// AGAIN: onnx.initializer "w_values" dense<{{\[}}[0.000000e+00, 8.000000e+00], [0.000000e+00, -9.000000e+00]]>
// AGAIN: onnx.initializer "w_mask" dense<108>

// NM: error: expects 0 < 'n' < 'm', found n=2 and m=2
// SCOPE: error: expects 'scope' to be layer, row or model, found 'head'
func.func @main(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  %w = onnx.initializer "w" dense<[[1.0, 6.0], [-4.0, 8.0], [2.0, -9.0], [3.0, 7.0]]> : tensor<4x2xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  %v = onnx.initializer "v" dense<[[5.0, 20.0], [0.5, 4.5]]> : tensor<2x2xf32>
  %u = onnx.MatMul(%y, %v) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %z = onnx.Relu(%u) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %z : tensor<1x2xf32>
}
