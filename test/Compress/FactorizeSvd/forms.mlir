// Which side the inputs lie on, ranks that are asked for, samples that say little, and what stays as it is. The statistics
// are those of random rows; `short` saw 2 of them and `dead` none but zeros in 3 of its 6 inputs, `nothing` in all; `changed`
// saw one input alone where it was fitted, and all of them in what was held back.
// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics turned=6 short=6@2 dead=6@64:3 nothing=6@64:6 changed=6@64:5:0 small=2 done=6 read=6
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-factorize-svd=rank=1 -o %t.out.mlir --remarks-filter=compress --remark-format=emitRemark 2>%t.remarks
// RUN: FileCheck %s <%t.out.mlir
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-factorize-svd="energy=0.99 damping=0.01" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=ENERGY
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-factorize-svd="ratio=0.1" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=LEAST

// CHECK-DAG: onnx.initializer "turned_left" {{.*}} : tensor<4x1xf32>
// CHECK-DAG: onnx.initializer "turned_right" {{.*}} : tensor<1x6xf32>
// CHECK-DAG: onnx.initializer "short_left" {{.*}} : tensor<6x1xf32>
// CHECK-DAG: onnx.initializer "short_right" {{.*}} : tensor<1x4xf32>
// CHECK-DAG: onnx.initializer "dead_left" {{.*}} : tensor<6x1xf32>
// CHECK-DAG: onnx.initializer "nothing_left" {{.*}} : tensor<6x1xf32>
// CHECK-NOT: nan
// REMARK-DAG: remark: [Passed] compress-factorize-svd {{.*}}damping=1.000000e-04{{.*}}full_rank=4{{.*}}output_error={{.*}}output_error_plain={{.*}}rank=1{{.*}}weight=turned
// REMARK-DAG: remark: [Passed] compress-factorize-svd {{.*}}damping=3.000000e-01{{.*}}weight=short
// REMARK-DAG: remark: [Passed] compress-factorize-svd {{.*}}damping=1.000000e-04{{.*}}weight=dead
// REMARK-DAG: remark: [Passed] compress-factorize-svd {{.*}}the second moments have no factor: plain singular values{{.*}}weight=nothing
// REMARK-DAG: remark: [Passed] compress-factorize-svd {{.*}}plain singular values, which are closer on the rows held back{{.*}}weight=changed
// REMARK-DAG: remark: [Missed] compress-factorize-svd {{.*}}factors of rank 1 would take 16 bytes in place of 16{{.*}}weight=small
// REMARK-DAG: remark: [Missed] compress-factorize-svd {{.*}}is written as an expression: statistics fit plain weights{{.*}}weight=done
// REMARK-DAG: remark: [Missed] compress-factorize-svd {{.*}}the sample says nothing about its inputs{{.*}}weight=unseen
// REMARK-DAG: remark: [Missed] compress-factorize-svd {{.*}}used by 'onnx.Add', which cannot take two factors{{.*}}weight=read
// Two rows have two directions; of inputs that are zero only the damping speaks.
// ENERGY-DAG: remark: [Missed] compress-factorize-svd {{.*}}stays dense: at rank 2, the highest that makes it smaller, its outputs would be off by 0.{{[0-9]+}}{{.*}}weight=turned
// ENERGY-DAG: remark: [Passed] compress-factorize-svd {{.*}}damping=1.000000e-02{{.*}}rank=2{{.*}}weight=short
// Rank 1 for all is the least there is.
// LEAST-DAG: remark: [Passed] {{.*}}rank=1{{.*}}weight=turned
// LEAST-DAG: remark: [Passed] {{.*}}rank=1{{.*}}weight=short
func.func @main(%x: tensor<?x6xf32>, %y: tensor<?x2xf32>) -> (tensor<?x4xf32>, tensor<?x2xf32>, tensor<6x4xf32>) {
  %turned = onnx.initializer "turned" dense<[[-0.61, -0.96, -1.44, 0.82, -1.27, -1.24], [-1.05, 1.42, 1.19, 1.14, 0.54, -0.96], [0.90, 1.04, -1.21, -0.80, -0.53, -0.91], [-0.67, 1.15, -1.07, 1.44, 1.25, 0.96]]> : tensor<4x6xf32>
  %0 = onnx.Gemm(%x, %turned) {transB = 1 : i64} : (tensor<?x6xf32>, tensor<4x6xf32>) -> tensor<?x4xf32>
  %short = onnx.initializer "short" dense<[[0.70, 1.41, 1.33, -1.12], [1.13, 1.34, 1.09, 1.22], [1.12, -0.91, -1.28, 1.48], [0.89, 1.40, 0.89, -1.12], [1.37, -1.50, 1.42, -0.74], [-0.57, -0.84, -1.37, -1.46]]> : tensor<6x4xf32>
  %1 = onnx.MatMul(%x, %short) : (tensor<?x6xf32>, tensor<6x4xf32>) -> tensor<?x4xf32>
  %dead = onnx.initializer "dead" dense<[[-0.84, -0.76, -1.04, -0.57], [0.96, -0.81, -0.60, -0.58], [-0.55, -0.97, 0.66, -1.44], [-1.16, -0.99, -0.81, -0.54], [-0.94, -0.86, 1.12, -0.89], [1.20, -0.83, 1.29, -1.10]]> : tensor<6x4xf32>
  %2 = onnx.MatMul(%x, %dead) : (tensor<?x6xf32>, tensor<6x4xf32>) -> tensor<?x4xf32>
  %nothing = onnx.initializer "nothing" dense<[[-0.61, 0.63, -1.07, -1.16], [1.12, 0.68, 0.83, 1.27], [1.33, -1.39, -1.35, -0.82], [-0.66, -0.71, -1.08, -1.15], [-0.81, -1.41, 0.59, 0.60], [-1.29, 0.82, 0.85, -0.69]]> : tensor<6x4xf32>
  %3 = onnx.MatMul(%x, %nothing) : (tensor<?x6xf32>, tensor<6x4xf32>) -> tensor<?x4xf32>
  %small = onnx.initializer "small" dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %4 = onnx.MatMul(%y, %small) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  %codes = onnx.initializer "done_codes" dense<1> : tensor<6x4xi4>
  %scale = onnx.initializer "done_scale" dense<0.5> : tensor<f32>
  %done = onnx.DequantizeLinear(%codes, %scale) {onnx.outputs = ["done"]} : (tensor<6x4xi4>, tensor<f32>) -> tensor<6x4xf32>
  %5 = onnx.MatMul(%x, %done) : (tensor<?x6xf32>, tensor<6x4xf32>) -> tensor<?x4xf32>
  %unseen = onnx.initializer "unseen" dense<[[-0.99, 0.70, -1.15, -0.80], [-0.62, -0.73, -0.63, -0.53], [1.08, 1.18, 0.77, -1.43], [1.04, -1.24, -1.03, -0.62], [0.96, -1.16, -1.28, 0.87], [0.89, -1.37, 0.62, -0.89]]> : tensor<6x4xf32>
  %6 = onnx.MatMul(%x, %unseen) : (tensor<?x6xf32>, tensor<6x4xf32>) -> tensor<?x4xf32>
  %read = onnx.initializer "read" dense<[[-1.49, -1.07, -1.02, 1.09], [-1.25, -0.50, 0.53, 0.89], [-0.78, 0.74, -1.23, 1.00], [0.67, 1.00, -0.82, -0.65], [-1.28, 1.32, 0.77, -0.53], [1.49, -1.42, 0.87, 1.08]]> : tensor<6x4xf32>
  %7 = onnx.MatMul(%x, %read) : (tensor<?x6xf32>, tensor<6x4xf32>) -> tensor<?x4xf32>
  %changed = onnx.initializer "changed" dense<[[0.0, 2.0, 1.0, 1.0], [0.0, -2.0, -1.0, -1.0], [0.0, 2.0, 1.0, 1.0], [0.0, -2.0, -1.0, -1.0], [0.0, 2.0, 1.0, 1.0], [0.1, 0.0, 0.0, 0.0]]> : tensor<6x4xf32>
  %12 = onnx.MatMul(%x, %changed) : (tensor<?x6xf32>, tensor<6x4xf32>) -> tensor<?x4xf32>
  %8 = onnx.Add(%read, %read) : (tensor<6x4xf32>, tensor<6x4xf32>) -> tensor<6x4xf32>
  %9 = onnx.Sum(%0, %1, %2, %3, %5, %6, %7, %12) : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %10 = onnx.Relu(%9) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %11 = onnx.Relu(%4) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %10, %11, %8 : tensor<?x4xf32>, tensor<?x2xf32>, tensor<6x4xf32>
}
