// An expert that no token chose keeps the largest magnitudes.
// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics few=12@8 none=12@0
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-wanda="n=1 m=4" -o %t.out.mlir --remarks-filter=compress --remark-format=emitRemark 2>%t.remarks
// RUN: FileCheck %s <%t.out.mlir
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks

// REMARK-DAG: remark: [Passed] {{.*}}weight=few
// REMARK-DAG: remark: [Passed] {{.*}}no row of the sample reached it: the smallest magnitudes went{{.*}}weight=none

// CHECK-DAG: onnx.initializer "none_values" dense<{{\[}}[-2.000000e+00, 2.000000e+00], [3.000000e+00, -3.000000e+00], [2.000000e+00, -1.500000e+00]]> : tensor<3x2xf32>
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
