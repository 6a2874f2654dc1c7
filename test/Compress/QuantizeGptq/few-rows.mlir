// An expert that few tokens chose, and one that none chose: the second moments say little, or nothing.
// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics few=12@7 none=12@0
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-quantize-gptq="bits=4 group-size=4" -o %t.out.mlir --remarks-filter=compress --remark-format=emitRemark 2>%t.remarks
// RUN: FileCheck %s <%t.out.mlir
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks

// REMARK-DAG: remark: [Passed] {{.*}}7 rows of the sample reached its 12 inputs, fewer than there are{{.*}}damping=1.714286e-01{{.*}}output_error={{.*}}weight=few
// REMARK-DAG: remark: [Passed] {{.*}}no row of the sample reached it: rounded to nearest, with scales of least squares{{.*}}damping=0.000000e+00,{{.*}}weight=none
// REMARK-NOT: output_error={{.*}}weight=none

// CHECK-DAG: onnx.initializer "few_quantized" {{.*}} : tensor<12x2xi4>
// CHECK-DAG: onnx.initializer "none_quantized" {{.*}} : tensor<12x2xi4>
func.func @main(%x: tensor<?x12xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  %few = onnx.initializer "few" dense<[[0.5, -0.5], [1.0, 2.0], [-2.0, 1.0], [0.25, 0.75], [3.0, -3.0], [-1.0, 1.0],
                                       [0.75, 0.25], [0.5, 1.5], [1.5, 0.5], [-0.5, -1.5], [2.0, 1.0], [0.125, 0.625]]> : tensor<12x2xf32>
  %0 = onnx.MatMul(%x, %few) : (tensor<?x12xf32>, tensor<12x2xf32>) -> tensor<?x2xf32>
  %none = onnx.initializer "none" dense<[[0.5, -0.5], [1.0, 2.0], [-2.0, 1.0], [0.25, 0.75], [3.0, -3.0], [-1.0, 1.0],
                                         [0.75, 0.25], [0.5, 1.5], [1.5, 0.5], [-0.5, -1.5], [2.0, 1.0], [0.125, 0.625]]> : tensor<12x2xf32>
  %1 = onnx.MatMul(%x, %none) : (tensor<?x12xf32>, tensor<12x2xf32>) -> tensor<?x2xf32>
  %2 = onnx.Tanh(%0) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  %3 = onnx.Softmax(%2) {axis = -1 : i64} : (tensor<?x2xf32>) -> tensor<?x2xf32>
  %4 = onnx.Softmax(%1) {axis = -1 : i64} : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %3, %4 : tensor<?x2xf32>, tensor<?x2xf32>
}
