// Orientations, short groups, constant columns, and what stays as it is. The statistics are those of random rows.
// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics turned=12 constant=12 narrow=3 large=8
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-quantize-gptq="bits=4 group-size=8 symmetric=false" -o %t.out.mlir --remarks-filter=compress --remark-format=emitRemark 2>%t.remarks
// RUN: FileCheck %s <%t.out.mlir
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks

// REMARK-DAG: remark: [Passed] compress-quantize-gptq {{.*}}output_error={{.*}}output_error_rtn={{.*}}weight=turned
// REMARK-DAG: remark: {{.*}}groups of 3, which is all inputs that it has, in place of 8{{.*}}weight=narrow
// REMARK-DAG: remark: [Missed] compress-quantize-gptq {{.*}}the sample says nothing about its inputs{{.*}}weight=unseen
// REMARK-DAG: remark: [Missed] compress-quantize-gptq {{.*}}the sample was of another number of inputs{{.*}}weight=large
// REMARK-DAG: remark: [Missed] compress-quantize-gptq {{.*}}quantized already{{.*}}weight=done

// CHECK-DAG: %[[TURNED:.*]] = onnx.initializer "turned_quantized" {{.*}} : tensor<2x12xui4>
// CHECK-DAG: onnx.initializer "turned_zero_point" {{.*}} : tensor<2x2xui4>
// CHECK-DAG: onnx.DequantizeLinear(%[[TURNED]], %{{.*}}, %{{.*}}) {axis = 1 : i64, block_size = 8 : i64, onnx.outputs = ["turned"]}
// A column of zeros is one of zeros.
// CHECK-DAG: onnx.initializer "constant_quantized" dense<{{\[}}[0, 15], [0, 15],
// CHECK-DAG: onnx.initializer "narrow_scale" {{.*}} : tensor<2xf32>
// CHECK-DAG: onnx.initializer "unseen" dense
// CHECK-DAG: onnx.initializer "large" dense
func.func @main(%x: tensor<?x12xf32>, %y: tensor<?x3xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  %turned = onnx.initializer "turned" dense<[[0.5, 1.0, -2.0, 0.25, 3.0, -1.0, 0.75, 0.5, 1.5, -0.5, 2.0, 0.125],
                                             [-0.5, 2.0, 1.0, 0.75, -3.0, 1.0, 0.25, 1.5, 0.5, -1.5, 1.0, 0.625]]> : tensor<2x12xf32>
  %0 = onnx.Gemm(%x, %turned) {transB = 1 : i64} : (tensor<?x12xf32>, tensor<2x12xf32>) -> tensor<?x2xf32>
  %constant = onnx.initializer "constant" dense<[[0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0],
                                                 [0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]]> : tensor<12x2xf32>
  %1 = onnx.MatMul(%x, %constant) : (tensor<?x12xf32>, tensor<12x2xf32>) -> tensor<?x2xf32>
  %narrow = onnx.initializer "narrow" dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %2 = onnx.MatMul(%y, %narrow) : (tensor<?x3xf32>, tensor<3x2xf32>) -> tensor<?x2xf32>
  %unseen = onnx.initializer "unseen" dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %3 = onnx.MatMul(%y, %unseen) : (tensor<?x3xf32>, tensor<3x2xf32>) -> tensor<?x2xf32>
  %large = onnx.initializer "large" dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %4 = onnx.MatMul(%y, %large) : (tensor<?x3xf32>, tensor<3x2xf32>) -> tensor<?x2xf32>
  %codes = onnx.initializer "done" dense<[[1, 2], [3, 4], [5, 6]]> : tensor<3x2xi4>
  %scale = onnx.initializer "done_scale" dense<0.5> : tensor<f32>
  %done = onnx.DequantizeLinear(%codes, %scale) {onnx.outputs = ["done"]} : (tensor<3x2xi4>, tensor<f32>) -> tensor<3x2xf32>
  %5 = onnx.MatMul(%y, %done) : (tensor<?x3xf32>, tensor<3x2xf32>) -> tensor<?x2xf32>
  %6 = onnx.Sum(%0, %1) : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %7 = onnx.Sum(%2, %3, %4, %5) : (tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %8 = onnx.Relu(%6) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  %9 = onnx.Relu(%7) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %8, %9 : tensor<?x2xf32>, tensor<?x2xf32>
}
