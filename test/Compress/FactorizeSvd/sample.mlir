// The statistics are those of random rows of 8 inputs, of which later ones are larger.
// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics first=8 second=8 third=8
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-factorize-svd=ratio=0.8 -o %t.out.mlir --remarks-filter=compress --remark-format=emitRemark 2>%t.remarks
// RUN: FileCheck %s <%t.out.mlir
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-factorize-svd="ratio=0.5 whiten=false" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=PLAIN

// Of three matrices of 8 x 8 the one that is nearly of rank one, as far as the sample tells, becomes factors: 16 + 64 + 64
// elements are 3/4 of 192. The others stay as they are.
// CHECK-LABEL: func.func @main
// CHECK-DAG: onnx.initializer "first" dense<{{.*}}> : tensor<8x8xf32>
// CHECK-DAG: onnx.initializer "third" dense<{{.*}}> : tensor<8x8xf32>
// CHECK-DAG: %[[A:.*]] = onnx.initializer "second_left" dense<{{.*}}> : tensor<8x[[R:1]]xf32>
// CHECK-DAG: %[[B:.*]] = onnx.initializer "second_right" dense<{{.*}}> : tensor<[[R]]x8xf32>
// CHECK: %[[P:.*]] = onnx.MatMul(%{{.*}}, %[[A]])
// CHECK: onnx.MatMul(%[[P]], %[[B]])
// REMARK-DAG: remark: [Missed] compress-factorize-svd {{.*}}stays dense: at rank 3, the highest that makes it smaller, its outputs would be off by 0.{{[0-9]+}}, and other weights shrink at less{{.*}}weight=first
// REMARK-DAG: remark: [Passed] compress-factorize-svd {{.*}}output_error={{.*}}output_error_plain={{.*}}rank=1{{.*}}weight=second
// PLAIN-COUNT-3: remark: [Passed] compress-factorize-svd {{.*}}rank=2
func.func @main(%x: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) {
  %first = onnx.initializer "first" dense<[[-1.22, -0.82, -1.13, 1.10, 1.50, -0.62, 0.53, 1.05],
                                             [-1.39, 0.84, -1.25, -0.90, -0.52, -1.33, -0.98, -1.04],
                                             [-1.17, -1.47, 1.13, -0.94, -1.36, -1.47, 0.87, -1.03],
                                             [-0.73, 0.65, 1.42, 1.14, -0.88, 1.25, 1.14, 1.25],
                                             [-1.11, -1.45, 1.03, -0.96, 0.61, 1.34, -1.49, -1.16],
                                             [0.97, 1.43, -1.10, -0.89, 1.32, -0.71, -0.51, -1.19],
                                             [-1.01, 1.23, 1.08, 1.34, -0.99, -1.16, -1.04, -1.11],
                                             [1.22, -1.14, 1.12, 1.03, 0.50, 1.08, -0.79, -1.20]]> : tensor<8x8xf32>
  %second = onnx.initializer "second" dense<[[0.95, 0.45, -0.95, 1.95, -0.55, 0.95, 1.45, -1.95],
                                             [-0.55, -0.20, 0.45, -0.95, 0.20, -0.55, -0.70, 1.05],
                                             [0.70, 0.33, -0.80, 1.55, -0.42, 0.80, 1.18, -1.45],
                                             [-0.95, -0.45, 1.05, -2.05, 0.45, -0.95, -1.45, 2.05],
                                             [0.55, 0.20, -0.45, 0.95, -0.20, 0.45, 0.80, -1.05],
                                             [0.95, 0.45, -0.95, 1.95, -0.55, 0.95, 1.55, -1.95],
                                             [-0.80, -0.33, 0.70, -1.55, 0.42, -0.70, -1.07, 1.45],
                                             [0.55, 0.20, -0.55, 0.95, -0.20, 0.45, 0.70, -0.95]]> : tensor<8x8xf32>
  %third = onnx.initializer "third" dense<[[1.45, -1.03, 0.66, -1.21, -1.25, -1.22, 0.71, -0.98],
                                             [-0.94, -0.76, 1.25, -1.13, -1.35, 0.87, 0.52, 1.28],
                                             [0.86, -0.70, -0.91, -0.93, 0.77, 1.36, -0.98, 1.37],
                                             [1.48, -0.58, -0.60, -0.71, -1.18, -0.84, 1.26, 0.97],
                                             [0.93, -0.87, -1.27, 0.67, -0.91, -1.02, -0.98, -0.66],
                                             [0.64, 0.59, -1.22, -0.84, 0.87, -1.08, 0.63, -0.87],
                                             [-1.28, -0.61, 0.64, -0.74, -1.50, 0.70, -1.07, -1.37],
                                             [-0.70, -1.05, 1.19, 1.20, 1.41, 0.90, -0.76, 0.55]]> : tensor<8x8xf32>
  %0 = onnx.MatMul(%x, %first) : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  %1 = onnx.MatMul(%x, %second) : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  %2 = onnx.MatMul(%x, %third) : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  %3 = onnx.Relu(%0) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %4 = onnx.Relu(%1) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %5 = onnx.Relu(%2) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %3, %4, %5 : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>
}
