// Statistics of outputs take a gradient: one that cannot be derived, or that is no number, is told.
// RUN: split-file %s %t
// RUN: echo 1 2 3 1 2 3 1 2 >%t/ids
// RUN: cd %t && not retort calibrate steps.mlir --tokens=ids --context=4 --statistics=two-sided --sensitivity=0 -o out 2>&1 | FileCheck %s --check-prefix=STEPS
// RUN: cd %t && not retort calibrate root.mlir --tokens=ids --context=4 --statistics=two-sided --sensitivity=0 -o out 2>&1 | FileCheck %s --check-prefix=ROOT

// STEPS: error: {{.*}}no gradient for two-sided statistics: {{.*}}'onnx.Hardmax' op
// ROOT: error: {{.*}}the gradient at the outputs of 'w' is not finite at row 2

//--- steps.mlir
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "t"]}) -> (tensor<1x?x5xf32> {onnx.name = "logits", onnx.dims = ["", "t", ""]}) {
  %table = onnx.initializer "table" dense<[[0.3, 0.2], [0.4, 0.6], [0.7, 0.1], [0.0, 0.0], [0.2, 0.4]]> : tensor<5x2xf32>
  %w = onnx.initializer "w" dense<[[0.5, 0.3], [0.6, 0.4]]> : tensor<2x2xf32>
  %head = onnx.initializer "head" dense<[[0.4, -0.6, 0.1, 0.3, -0.2], [-0.5, 0.2, 0.7, -0.1, 0.6]]> : tensor<2x5xf32>
  %e = onnx.Gather(%table, %ids) : (tensor<5x2xf32>, tensor<1x?xi64>) -> tensor<1x?x2xf32>
  %0 = onnx.MatMul(%e, %w) : (tensor<1x?x2xf32>, tensor<2x2xf32>) -> tensor<1x?x2xf32>
  %1 = onnx.Hardmax(%0) : (tensor<1x?x2xf32>) -> tensor<1x?x2xf32>
  %logits = onnx.MatMul(%1, %head) : (tensor<1x?x2xf32>, tensor<2x5xf32>) -> tensor<1x?x5xf32>
  return %logits : tensor<1x?x5xf32>
}
//--- root.mlir
// Token 3 is a row of zeros, whose roots have no finite slope.
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "t"]}) -> (tensor<1x?x5xf32> {onnx.name = "logits", onnx.dims = ["", "t", ""]}) {
  %table = onnx.initializer "table" dense<[[0.3, 0.2], [0.4, 0.6], [0.7, 0.1], [0.0, 0.0], [0.2, 0.4]]> : tensor<5x2xf32>
  %w = onnx.initializer "w" dense<[[0.5, 0.3], [0.6, 0.4]]> : tensor<2x2xf32>
  %head = onnx.initializer "head" dense<[[0.4, -0.6, 0.1, 0.3, -0.2], [-0.5, 0.2, 0.7, -0.1, 0.6]]> : tensor<2x5xf32>
  %e = onnx.Gather(%table, %ids) : (tensor<5x2xf32>, tensor<1x?xi64>) -> tensor<1x?x2xf32>
  %0 = onnx.MatMul(%e, %w) : (tensor<1x?x2xf32>, tensor<2x2xf32>) -> tensor<1x?x2xf32>
  %1 = onnx.Sqrt(%0) : (tensor<1x?x2xf32>) -> tensor<1x?x2xf32>
  %logits = onnx.MatMul(%1, %head) : (tensor<1x?x2xf32>, tensor<2x5xf32>) -> tensor<1x?x5xf32>
  return %logits : tensor<1x?x5xf32>
}
