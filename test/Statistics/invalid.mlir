// RUN: not retort-opt %s --expose-activations 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: sed 's/@step/@main/' %s | retort-opt --expose-activations --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=WITHIN

// NONE: error: expects a function 'main'
// Values in the graph of an If are not reached by the function.
// WITHIN: remark: {{.*}}is used within the graph of another operation{{.*}}weight=w
func.func @step(%c: tensor<i1>, %x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = onnx.initializer "w" dense<[[2.0, 1.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %y = onnx.If(%c) {
    %p = onnx.Relu(%x) : (tensor<1x2xf32>) -> tensor<1x2xf32>
    %q = onnx.MatMul(%p, %w) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
    onnx.yield %q : tensor<1x2xf32>
  } {
    onnx.yield %x : tensor<1x2xf32>
  } : (tensor<i1>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}
