// Weights of a norm and of a matrix are divided by what their readers are multiplied with; what reads statistics behind it gets them of the inputs as they are then.
// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics up=8 both=8 sigmoid=8
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-scale-inputs="bits=3 group-size=8" -o %t.out.mlir --remarks-filter=compress --remark-format=emitRemark 2>%t.remarks
// RUN: FileCheck %s <%t.out.mlir
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks
// RUN: retort-opt %t.out.mlir --compress-quantize-gptq=bits=4 --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=BEHIND

// CHECK: module attributes {{.*}}retort.input_scales = {{{.*}}up = array<f32:
// CHECK-DAG: onnx.initializer "gamma" dense<{{\[}}
// CHECK-DAG: onnx.initializer "both" dense<1.000000e+00>
// REMARK-DAG: remark: [Passed] compress-scale-inputs {{.*}}weight=up
// REMARK-DAG: remark: [Missed] compress-scale-inputs {{.*}}'onnx.Relu' reads its input too{{.*}}weight=both
// REMARK-DAG: remark: [Missed] compress-scale-inputs {{.*}}'onnx.Sigmoid' makes its input, and does not pass on factors of channels{{.*}}weight=sigmoid
// REMARK-DAG: remark: [Missed] compress-scale-inputs {{.*}}the sample says nothing about its inputs{{.*}}weight=unseen
// BEHIND-DAG: remark: [Passed] compress-quantize-gptq {{.*}}weight=up
func.func @main(%x: tensor<?x8xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  %gamma = onnx.initializer "gamma" dense<1.0> : tensor<8xf32>
  %0 = llm.rms_norm(%x, %gamma) {epsilon = 1.0e-5 : f32} : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %up = onnx.initializer "up" dense<[[0.9, -0.1, 0.33, 0.51, 0.2, 0.7, -0.6, 0.15], [0.13, 0.7, -0.2, 0.4, 0.35, 0.1, 0.6, -0.8],
                                     [0.21, 0.5, 0.63, -0.3, 0.9, 0.12, 0.44, 0.3], [0.7, -0.21, 0.1, 0.6, 0.17, 0.33, 0.2, 0.5],
                                     [0.4, 0.31, -0.77, 0.2, 0.6, 0.5, 0.1, 0.23], [-0.35, 0.8, 0.4, 0.1, 0.27, 0.61, 0.3, 0.9],
                                     [0.11, 0.6, 0.25, 0.7, -0.4, 0.2, 0.83, 0.1], [0.13, -0.12, 0.14, 0.09, 0.21, -0.17, 0.08, 0.11]]> : tensor<8x8xf32>
  %1 = onnx.MatMul(%0, %up) : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  %both = onnx.initializer "both" dense<1.0> : tensor<8x2xf32>
  %2 = onnx.MatMul(%1, %both) : (tensor<?x8xf32>, tensor<8x2xf32>) -> tensor<?x2xf32>
  %3 = onnx.Relu(%1) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %4 = onnx.Sigmoid(%3) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %sigmoid = onnx.initializer "sigmoid" dense<1.0> : tensor<8x2xf32>
  %5 = onnx.MatMul(%4, %sigmoid) : (tensor<?x8xf32>, tensor<8x2xf32>) -> tensor<?x2xf32>
  %unseen = onnx.initializer "unseen" dense<1.0> : tensor<8x2xf32>
  %6 = onnx.MatMul(%3, %unseen) : (tensor<?x8xf32>, tensor<8x2xf32>) -> tensor<?x2xf32>
  %7 = onnx.Sum(%5, %6) : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %8 = onnx.Tanh(%7) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  %9 = onnx.Softmax(%8) {axis = -1 : i64} : (tensor<?x2xf32>) -> tensor<?x2xf32>
  %10 = onnx.Softmax(%2) {axis = -1 : i64} : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %9, %10 : tensor<?x2xf32>, tensor<?x2xf32>
}
