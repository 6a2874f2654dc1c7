// What no machine can address is refused when it is compiled, whatever memory this one has.
// RUN: not retort-opt %s --lower-to-linalg 2>&1 | FileCheck %s

// CHECK: error: 'onnx.Expand' op has a result of type 'tensor<35184372088832xf32>', larger than what memory can be addressed
func.func @main(%x: tensor<1xf32>) -> tensor<1xf32> {
  %s = onnx.initializer "s" dense<35184372088832> : tensor<1xi64>
  %k = onnx.Expand(%x, %s) : (tensor<1xf32>, tensor<1xi64>) -> tensor<35184372088832xf32>
  %y = onnx.ReduceSum(%k) {keepdims = 1 : i64} : (tensor<35184372088832xf32>) -> tensor<1xf32>
  return %y : tensor<1xf32>
}
