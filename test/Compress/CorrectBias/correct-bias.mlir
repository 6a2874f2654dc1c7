// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics summed=16@512:0:0:1 gemm=16@512:0:0:1 none=16@512:0:0:1 plain=16
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-quantize-rtn="bits=2 exclude=plain" -o %t.codes.mlir
// RUN: retort-opt %t.codes.mlir --compress-correct-bias --remarks-filter=compress --remark-format=emitRemark -o %t.out.mlir 2>%t.remarks
// RUN: FileCheck %s <%t.out.mlir
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks
// RUN: retort-opt %t.codes.mlir --compress-correct-bias=create | FileCheck %s --check-prefix=CREATE
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.other.statistics summed=16@64:0:16:1
// RUN: retort-opt %s --identify-model=statistics=%t.other.statistics --compress-quantize-rtn=bits=2 --compress-correct-bias --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=HELD
// RUN: retort-opt %t.out.mlir --compress-correct-bias --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: not retort-opt %s --compress-correct-bias 2>&1 | FileCheck %s --check-prefix=NONE

// CHECK-NOT: onnx.initializer "b" dense<0.000000e+00>
// CHECK-NOT: onnx.initializer "c" dense<0.000000e+00>
// CHECK: onnx.initializer "b" dense<
// CHECK: onnx.initializer "c" dense<
// CHECK-NOT: onnx.initializer "none_bias"
// CREATE: %[[BIAS:.*]] = onnx.initializer "none_bias" {{.*}} : tensor<2xf32>
// CREATE: %[[READ:.*]] = onnx.DequantizeLinear({{.*}}onnx.outputs = ["none"]
// CREATE: %[[Y:.*]] = onnx.MatMul(%{{.*}}, %[[READ]])
// CREATE-NEXT: %[[SUM:.*]] = onnx.Add(%[[Y]], %[[BIAS]])
// CREATE: onnx.Sum(%{{.*}}, %{{.*}}, %[[SUM]],
// REMARK-DAG: remark: [Passed] compress-correct-bias {{.*}}weight=summed
// REMARK-DAG: remark: [Passed] compress-correct-bias {{.*}}weight=gemm
// REMARK-DAG: remark: [Missed] compress-correct-bias {{.*}}its product has no bias: 'create' would let an Add come behind it{{.*}}weight=none
// REMARK-DAG: remark: [Missed] compress-correct-bias {{.*}}is a plain matrix: nothing has changed it{{.*}}weight=plain
// HELD-DAG: remark: [Missed] compress-correct-bias {{.*}}no closer on the rows held back: {{.*}}weight=summed
// TWICE-NOT: [Passed]
// NONE: error: 'compress-correct-bias' expects statistics of a sample
func.func @main(%x: tensor<?x16xf32>) -> tensor<?x2xf32> {
  %summed = onnx.initializer "summed" dense<[[-0.52, 0.09], [-0.26, 0.21], [0.25, -0.87], [-0.97, 0.67], [-0.48, -0.53], [0.99, -0.06], [0.67, -0.05], [0.28, -0.70], [0.27, 0.74], [0.05, 0.48], [0.34, -0.87], [0.52, 0.18], [-0.40, -0.94], [0.73, -0.05], [0.44, 0.76], [0.43, 0.84]]> : tensor<16x2xf32>
  %gemm = onnx.initializer "gemm" dense<[[-0.21, 0.60], [-0.11, 0.87], [0.76, -0.81], [-0.73, -0.57], [0.93, -0.13], [0.25, -0.40], [0.01, -0.23], [-0.30, 0.17], [0.17, 0.81], [0.36, 0.86], [0.71, 0.98], [0.34, -0.67], [0.72, 0.93], [0.81, 0.14], [0.43, -0.58], [0.66, 0.15]]> : tensor<16x2xf32>
  %none = onnx.initializer "none" dense<[[-0.43, -0.87], [0.71, 0.98], [-0.82, 0.60], [-0.18, -0.70], [-0.41, 0.54], [0.75, -0.91], [0.23, -0.91], [0.44, -0.34], [0.76, 0.96], [0.01, 1.00], [-0.38, -0.85], [0.20, -0.94], [-0.61, -0.18], [0.22, -0.69], [-0.92, 0.74], [-0.37, 0.92]]> : tensor<16x2xf32>
  %plain = onnx.initializer "plain" dense<[[0.79, -0.24], [-0.08, 0.04], [0.29, 0.19], [0.12, 0.24], [0.88, 0.01], [-0.14, 0.44], [-0.52, -0.40], [0.96, 0.04], [0.10, -0.98], [-0.17, 0.16], [-0.96, 0.23], [0.26, -0.88], [0.25, -0.07], [0.36, -0.29], [0.41, 0.48], [-0.96, -0.88]]> : tensor<16x2xf32>
  %b = onnx.initializer "b" dense<0.0> : tensor<2xf32>
  %c = onnx.initializer "c" dense<0.0> : tensor<2xf32>
  %0 = onnx.MatMul(%x, %summed) : (tensor<?x16xf32>, tensor<16x2xf32>) -> tensor<?x2xf32>
  %1 = onnx.Add(%0, %b) : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %2 = onnx.Gemm(%x, %gemm, %c) : (tensor<?x16xf32>, tensor<16x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %3 = onnx.MatMul(%x, %none) : (tensor<?x16xf32>, tensor<16x2xf32>) -> tensor<?x2xf32>
  %4 = onnx.MatMul(%x, %plain) : (tensor<?x16xf32>, tensor<16x2xf32>) -> tensor<?x2xf32>
  %5 = onnx.Sum(%1, %2, %3, %4) : (tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %6 = onnx.Softmax(%5) {axis = -1 : i64} : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %6 : tensor<?x2xf32>
}
