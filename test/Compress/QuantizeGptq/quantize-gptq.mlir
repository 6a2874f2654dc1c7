// RUN: retort-opt %s --identify-model=statistics=%s.statistics --compress-quantize-gptq="bits=4 group-size=4" | FileCheck %s

// Groups lie along the inputs, as in round-to-nearest; codes and scales are those that change the outputs least.
// CHECK-LABEL: func.func @main
// CHECK-DAG: %[[CODES:.*]] = onnx.initializer "w_quantized" dense<{{.*}}> : tensor<8x2xi4>
// CHECK-DAG: %[[SCALES:.*]] = onnx.initializer "w_scale" dense<{{.*}}> : tensor<2x2xf32>
// CHECK: %[[W:.*]] = onnx.DequantizeLinear(%[[CODES]], %[[SCALES]]) {axis = 0 : i64, block_size = 4 : i64, onnx.outputs = ["w"]}
// CHECK: onnx.MatMul(%{{.*}}, %[[W]])
func.func @main(%x: tensor<?x8xf32>) -> tensor<?x2xf32> {
  %w = onnx.initializer "w" dense<[[0.5, -1.25], [1.0, 0.25], [-0.75, 0.5], [0.25, 1.5],
                                   [-0.5, 0.75], [1.5, -0.25], [0.125, 2.0], [-1.0, 0.375]]> : tensor<8x2xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<?x8xf32>, tensor<8x2xf32>) -> tensor<?x2xf32>
  %z = onnx.Relu(%y) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %z : tensor<?x2xf32>
}
