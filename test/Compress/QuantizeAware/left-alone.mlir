// Matrices that are codes already, or were made of others, are not trained: nothing is left to round.
// RUN: %{python} %{source}/test/Compress/Inputs/make_tokens.py %t.tokens 5 300
// RUN: retort-opt %s --compress-quantize-rtn=bits=4 --compress-quantize-aware="data=%t.tokens context=6" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s

// CHECK: remark: [Missed] compress-quantize-aware | {{.*}}Reason="quantized already", weight=w
// CHECK: onnx.initializer "w_quantized" {{.*}} : tensor<4x4xi4>
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "t"], retort.role = "tokens"})
    -> (tensor<1x?x5xf32> {onnx.name = "logits", onnx.dims = ["", "t", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<[[0.3, -0.2, 0.5, 0.1], [-0.4, 0.6, 0.2, -0.3], [0.7, 0.1, -0.6, 0.4], [-0.1, -0.5, 0.3, 0.8], [0.2, 0.4, -0.7, -0.6]]> : tensor<5x4xf32>
  %w = onnx.initializer "w" dense<[[0.5, -0.3, 0.2, 0.7], [-0.6, 0.4, 0.1, -0.2], [0.3, 0.8, -0.5, 0.1], [0.2, -0.1, 0.6, -0.4]]> : tensor<4x4xf32>
  %head = onnx.initializer "head" dense<[[0.4, -0.6, 0.1, 0.3, -0.2], [-0.5, 0.2, 0.7, -0.1, 0.6], [0.3, 0.5, -0.4, 0.2, -0.7], [0.1, -0.3, 0.6, -0.8, 0.2]]> : tensor<4x5xf32>
  %e = onnx.Gather(%table, %ids) : (tensor<5x4xf32>, tensor<1x?xi64>) -> tensor<1x?x4xf32>
  %0 = onnx.MatMul(%e, %w) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %1 = onnx.Tanh(%0) : (tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %x = onnx.Add(%e, %1) : (tensor<1x?x4xf32>, tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %logits = onnx.MatMul(%x, %head) : (tensor<1x?x4xf32>, tensor<4x5xf32>) -> tensor<1x?x5xf32>
  return %logits : tensor<1x?x5xf32>
}
