// Ranges of each activation as it comes, inputs that stay f32, weights of seven bits, and all that is divided before anything is rounded: the columns of `up` are divided by what `down` is multiplied with, though `up` becomes codes as well.
// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics up=8 down=8
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-quantize-smooth="activations=dynamic limit=0" | FileCheck %s --check-prefix=DYNAMIC
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-quantize-smooth=limit=1e-6 --remarks-filter=compress --remark-format=emitRemark 2>%t.remarks | FileCheck %s --check-prefix=LIMIT
// RUN: FileCheck %s --check-prefix=KEPT <%t.remarks
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-quantize-smooth="reduce-range alpha=0.5 limit=0" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=SEVEN
// RUN: not retort-opt %s --compress-quantize-smooth=activations=some 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: not retort-opt %s --compress-quantize-smooth=limit=-1 2>&1 | FileCheck %s --check-prefix=LEAST

// DYNAMIC: %[[CODES:.*]], %[[SCALE:.*]], %[[ZERO:.*]] = onnx.DynamicQuantizeLinear({{.*}} -> (tensor<?x8xui8>, tensor<f32>, tensor<ui8>)
// DYNAMIC: %[[INPUT:.*]] = onnx.DequantizeLinear(%[[CODES]], %[[SCALE]], %[[ZERO]])
// DYNAMIC: onnx.MatMul(%[[INPUT]],
// DYNAMIC-NOT: _input_scale
// LIMIT-NOT: onnx.QuantizeLinear
// KEPT-DAG: remark: [Passed] compress-quantize-smooth {{.*}}inputs stay f32: rounding them costs {{.*}} of the outputs, more than the limit{{.*}}weight=up
// SEVEN-DAG: remark: [Passed] compress-quantize-smooth {{.*}}alpha=5.000000e-01{{.*}}weight=down
// KIND: error: expects 'activations' to be static or dynamic, found 'some'
// LEAST: error: expects a 'limit' of 0 or more, found -1
func.func @main(%x: tensor<?x8xf32>) -> tensor<?x2xf32> {
  %gamma = onnx.initializer "gamma" dense<1.0> : tensor<8xf32>
  %0 = llm.rms_norm(%x, %gamma) {epsilon = 1.0e-5 : f32} : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %up = onnx.initializer "up" dense<[[0.9, -0.1, 0.33, 0.51, 0.2, 0.7, -0.6, 0.15], [0.13, 0.7, -0.2, 0.4, 0.35, 0.1, 0.6, -0.8],
                                     [0.21, 0.5, 0.63, -0.3, 0.9, 0.12, 0.44, 0.3], [0.7, -0.21, 0.1, 0.6, 0.17, 0.33, 0.2, 0.5],
                                     [0.4, 0.31, -0.77, 0.2, 0.6, 0.5, 0.1, 0.23], [-0.35, 0.8, 0.4, 0.1, 0.27, 0.61, 0.3, 0.9],
                                     [0.11, 0.6, 0.25, 0.7, -0.4, 0.2, 0.83, 0.1], [0.13, -0.12, 0.14, 0.09, 0.21, -0.17, 0.08, 0.11]]> : tensor<8x8xf32>
  %1 = onnx.MatMul(%0, %up) : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  %2 = onnx.Relu(%1) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %down = onnx.initializer "down" dense<[[0.9, -0.1], [0.13, 0.7], [0.21, 0.5], [0.7, -0.21], [0.4, 0.31], [-0.35, 0.8], [0.11, 0.6], [0.13, -0.12]]> : tensor<8x2xf32>
  %3 = onnx.MatMul(%2, %down) : (tensor<?x8xf32>, tensor<8x2xf32>) -> tensor<?x2xf32>
  %4 = onnx.Softmax(%3) {axis = -1 : i64} : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %4 : tensor<?x2xf32>
}
