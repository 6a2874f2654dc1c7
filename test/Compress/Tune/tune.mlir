// Trained on the tokens by cross entropy; the table alone is named.
// RUN: %{python} %{source}/test/Compress/Inputs/make_tokens.py %t.tokens 5 600
// RUN: retort-opt %s --compress-tune="parameters=table data=%t.tokens context=8 batch=4 steps=20 learning-rate=0.02" -o - | FileCheck %s

// CHECK-NOT: onnx.initializer "table" dense<{{\[\[}}3.000000e-01, -2.000000e-01
// CHECK: onnx.initializer "w" dense<{{\[\[}}0.000000e+00, -3.000000e-01
// CHECK: onnx.initializer "head" dense<{{\[\[}}4.000000e-01, -6.000000e-01
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "t"], retort.role = "tokens"})
    -> (tensor<1x?x5xf32> {onnx.name = "logits", onnx.dims = ["", "t", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<[[0.3, -0.2, 0.5, 0.1], [-0.4, 0.6, 0.2, -0.3], [0.7, 0.1, -0.6, 0.4], [-0.1, -0.5, 0.3, 0.8], [0.2, 0.4, -0.7, -0.6]]> : tensor<5x4xf32>
  %w = onnx.initializer "w" dense<[[0.0, -0.3, 0.0, 0.7], [-0.6, 0.0, 0.0, -0.2], [0.3, 0.8, -0.5, 0.0], [0.0, 0.0, 0.6, -0.4]]> : tensor<4x4xf32>
  %head = onnx.initializer "head" dense<[[0.4, -0.6, 0.1, 0.3, -0.2], [-0.5, 0.2, 0.7, -0.1, 0.6], [0.3, 0.5, -0.4, 0.2, -0.7], [0.1, -0.3, 0.6, -0.8, 0.2]]> : tensor<4x5xf32>
  %e = onnx.Gather(%table, %ids) : (tensor<5x4xf32>, tensor<1x?xi64>) -> tensor<1x?x4xf32>
  %0 = onnx.MatMul(%e, %w) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %1 = onnx.Tanh(%0) : (tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %x = onnx.Add(%e, %1) : (tensor<1x?x4xf32>, tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %logits = onnx.MatMul(%x, %head) : (tensor<1x?x4xf32>, tensor<4x5xf32>) -> tensor<1x?x5xf32>
  return %logits : tensor<1x?x5xf32>
}
