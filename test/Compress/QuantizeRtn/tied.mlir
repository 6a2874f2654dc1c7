// RUN: retort-opt %s --compress-quantize-rtn="bits=8 include=." | FileCheck %s
// RUN: not retort-opt %s --compress-quantize-rtn="bits=8" 2>&1 | FileCheck %s --check-prefix=ALONE

// An embedding that also makes the logits is one matrix, before and after: rows share a scale in both uses.
// CHECK: %[[W:.*]] = onnx.DequantizeLinear(%{{.*}}, %{{.*}}) {axis = 0 : i64, onnx.outputs = ["w"]} : (tensor<3x2xi8>, tensor<3xf32>) -> tensor<3x2xf32>
// CHECK: onnx.Gather(%[[W]]
// CHECK: onnx.Transpose(%[[W]])
// CHECK-NOT: onnx.DequantizeLinear

// It is left alone unless asked for.
// ALONE: error: 'compress-quantize-rtn' matches no weight: 1 constant matrices feed products, include='', exclude=''
func.func @main(%ids: tensor<1x4xi64>) -> tensor<1x4x3xf32> {
  %w = onnx.initializer "w" dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %x = onnx.Gather(%w, %ids) : (tensor<3x2xf32>, tensor<1x4xi64>) -> tensor<1x4x2xf32>
  %t = onnx.Transpose(%w) {perm = array<i64: 1, 0>} : (tensor<3x2xf32>) -> tensor<2x3xf32>
  %y = onnx.MatMul(%x, %t) : (tensor<1x4x2xf32>, tensor<2x3xf32>) -> tensor<1x4x3xf32>
  return %y : tensor<1x4x3xf32>
}
