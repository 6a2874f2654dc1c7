// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics w=8
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-quantize-smooth=alpha=0.5 -o %t.out.mlir --remarks-filter=compress --remark-format=emitRemark 2>%t.remarks
// RUN: FileCheck %s <%t.out.mlir
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks
// RUN: not retort-opt %s --compress-quantize-smooth 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not retort-opt %s --compress-quantize-smooth=alpha=2 2>&1 | FileCheck %s --check-prefix=ALPHA

// REMARK-DAG: remark: [Passed] compress-quantize-smooth {{.*}}alpha=5.000000e-01{{.*}}weight=w
// REMARK-DAG: remark: [Missed] compress-quantize-smooth {{.*}}the sample says nothing about its inputs{{.*}}weight=unseen
// NONE: error: 'compress-quantize-smooth' expects statistics of a sample
// ALPHA: error: expects 'alpha' from 0 to 1, or -1, found 2
// CHECK: %[[NORM:.*]] = llm.rms_norm
// CHECK: %[[SCALE:.*]] = onnx.initializer "w_input_scale" {{.*}} : tensor<f32>
// CHECK: %[[ZERO:.*]] = onnx.initializer "w_input_zero_point" {{.*}} : tensor<ui8>
// CHECK: %[[CODES:.*]] = onnx.QuantizeLinear(%[[NORM]], %[[SCALE]], %[[ZERO]]) {{.*}} -> tensor<?x8xui8>
// CHECK: %[[INPUT:.*]] = onnx.DequantizeLinear(%[[CODES]], %[[SCALE]], %[[ZERO]])
// CHECK: onnx.initializer "w_quantized" {{.*}} : tensor<8x2xi8>
// CHECK: onnx.MatMul(%[[INPUT]],
func.func @main(%x: tensor<?x8xf32>, %y: tensor<?x8xf32>) -> tensor<?x2xf32> {
  %gamma = onnx.initializer "gamma" dense<1.0> : tensor<8xf32>
  %0 = llm.rms_norm(%x, %gamma) {epsilon = 1.0e-5 : f32} : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %w = onnx.initializer "w" dense<[[0.9, -0.1], [0.13, 0.7], [0.21, 0.5], [0.7, -0.21], [0.4, 0.31], [-0.35, 0.8], [0.11, 0.6], [0.13, -0.12]]> : tensor<8x2xf32>
  %1 = onnx.MatMul(%0, %w) : (tensor<?x8xf32>, tensor<8x2xf32>) -> tensor<?x2xf32>
  %first = onnx.initializer "first" dense<0.5> : tensor<8x2xf32>
  %2 = onnx.MatMul(%y, %first) : (tensor<?x8xf32>, tensor<8x2xf32>) -> tensor<?x2xf32>
  %unseen = onnx.initializer "unseen" dense<0.5> : tensor<8x2xf32>
  %3 = onnx.MatMul(%y, %unseen) : (tensor<?x8xf32>, tensor<8x2xf32>) -> tensor<?x2xf32>
  %4 = onnx.Sum(%1, %2, %3) : (tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %5 = onnx.Softmax(%4) {axis = -1 : i64} : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %5 : tensor<?x2xf32>
}
