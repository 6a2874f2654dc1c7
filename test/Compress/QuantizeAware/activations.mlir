// Keys and values, and what products read, are rounded while the model trains, not in what is written.
// RUN: %{python} %{source}/test/Compress/Inputs/make_tokens.py %t.tokens 5 300
// RUN: retort-opt %s --compress-quantize-aware="bits=8 kv=4 activations=8 data=%t.tokens context=6 batch=2 steps=2" --remarks-filter=compress --remark-format=emitRemark -o %t.mlir 2>%t.remarks
// RUN: FileCheck %s <%t.mlir
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks

// CHECK-NOT: fake_quantize
// CHECK: llm.attention
// REMARK: remark: [Missed] compress-quantize-aware | {{.*}}inputs of products are rounded to 8 bits while the model trains, at 1 places; the model as written rounds weights alone: who runs it would round inputs of products with a scale for each token, max|x| / (2^7 - 1/2)
// REMARK: remark: [Missed] compress-quantize-aware | {{.*}}keys, behind their rotation, and values are rounded to 4 bits while the model trains, at 1 places; the model as written rounds weights alone: who runs it would round keys, behind their rotation, and values with a scale for each token and head, max|x| / (2^3 - 1/2)
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "t"], retort.role = "tokens"})
    -> (tensor<1x?x5xf32> {onnx.name = "logits", onnx.dims = ["", "t", ""], retort.role = "logits"}) {
  %axis = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %table = onnx.initializer "table" dense<[[0.3, -0.2, 0.5, 0.1], [-0.4, 0.6, 0.2, -0.3], [0.7, 0.1, -0.6, 0.4], [-0.1, -0.5, 0.3, 0.8], [0.2, 0.4, -0.7, -0.6]]> : tensor<5x4xf32>
  %w = onnx.initializer "w" dense<[[0.5, -0.3, 0.2, 0.7], [-0.6, 0.4, 0.1, -0.2], [0.3, 0.8, -0.5, 0.1], [0.2, -0.1, 0.6, -0.4]]> : tensor<4x4xf32>
  %head = onnx.initializer "head" dense<[[0.4, -0.6, 0.1, 0.3, -0.2], [-0.5, 0.2, 0.7, -0.1, 0.6], [0.3, 0.5, -0.4, 0.2, -0.7], [0.1, -0.3, 0.6, -0.8, 0.2]]> : tensor<4x5xf32>
  %e = onnx.Gather(%table, %ids) : (tensor<5x4xf32>, tensor<1x?xi64>) -> tensor<1x?x4xf32>
  %0 = onnx.MatMul(%e, %w) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %heads = onnx.Unsqueeze(%0, %axis) : (tensor<1x?x4xf32>, tensor<1xi64>) -> tensor<1x1x?x4xf32>
  %y, %k, %v = llm.attention(%heads, %heads, %heads) {scale = 0.5 : f32, causal} : (tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>) -> (tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>)
  %1 = onnx.Squeeze(%y, %axis) : (tensor<1x1x?x4xf32>, tensor<1xi64>) -> tensor<1x?x4xf32>
  %x = onnx.Add(%e, %1) : (tensor<1x?x4xf32>, tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %logits = onnx.MatMul(%x, %head) : (tensor<1x?x4xf32>, tensor<4x5xf32>) -> tensor<1x?x5xf32>
  return %logits : tensor<1x?x5xf32>
}
