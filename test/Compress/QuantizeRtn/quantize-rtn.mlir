// RUN: retort-opt %s --compress-quantize-rtn="bits=4 group-size=2" | FileCheck %s

// Two inputs of an output share a scale. The largest magnitude of the first two of output 0 is 7.5, so the scale is 1:
// -7.5 becomes -8, the other extreme would become 7.
// CHECK-LABEL: func.func @groups_along_the_inputs
// CHECK-DAG: %[[CODES:.*]] = onnx.initializer "w_quantized" dense<{{\[}}[2, 3], [-8, 7], [1, 7], [7, -1]]> : tensor<4x2xi4>
// CHECK-DAG: %[[SCALES:.*]] = onnx.initializer "w_scale" dense<{{\[}}[1.000000e+00, 2.000000e+00], [2.000000e+00, 1.000000e+00]]> : tensor<2x2xf32>
// CHECK: %[[W:.*]] = onnx.DequantizeLinear(%[[CODES]], %[[SCALES]]) {axis = 0 : i64, block_size = 2 : i64, onnx.outputs = ["w"]}
// CHECK: onnx.MatMul(%{{.*}}, %[[W]])
func.func @groups_along_the_inputs(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  %w = onnx.initializer "w" dense<[[1.6, 6.4], [-7.5, 15.0], [2.4, 7.5], [15.0, -1.0]]> : tensor<4x2xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  %z = onnx.Relu(%y) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %z : tensor<1x2xf32>
}
