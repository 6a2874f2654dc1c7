// What predicts the sample best is chosen by half of its windows, and told with what the others say.
// RUN: %{python} %{source}/test/Compress/Inputs/make_tokens.py %t.tokens 5 300
// RUN: %{python} %{source}/test/Compress/Inputs/make_tokens.py %t.short.tokens 5 9
// RUN: retort-opt %s --compress-extend-rope="method=search methods=pi,ntk factor=2 original-length=4 data=%t.tokens windows=4" -o %t.mlir 2>&1 | FileCheck %s
// RUN: not retort-opt %s --compress-extend-rope="method=search methods=pi factor=2 original-length=4 data=%t.short.tokens windows=4" 2>&1 | FileCheck %s --check-prefix=SHORT

// CHECK: remark: chooses {{pi|ntk}} with factor {{2|2.5}}: perplexity {{[0-9.]+}} on what it was chosen by, {{[0-9.]+}} on text behind it
// SHORT: error: expects 'data' of at least 2 windows, found 1
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "t"], retort.role = "tokens"}, %positions: tensor<1x?xi64> {onnx.name = "position_ids", onnx.dims = ["", "t"], retort.role = "positions"})
    -> (tensor<1x?x5xf32> {onnx.name = "logits", onnx.dims = ["", "t", ""], retort.role = "logits"}) {
  %axis = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %table = onnx.initializer "table" dense<[[0.3, -0.2, 0.5, 0.1], [-0.4, 0.6, 0.2, -0.3], [0.7, 0.1, -0.6, 0.4], [-0.1, -0.5, 0.3, 0.8], [0.2, 0.4, -0.7, -0.6]]> : tensor<5x4xf32>
  %head = onnx.initializer "head" dense<[[0.4, -0.6, 0.1, 0.3, -0.2], [-0.5, 0.2, 0.7, -0.1, 0.6], [0.3, 0.5, -0.4, 0.2, -0.7], [0.1, -0.3, 0.6, -0.8, 0.2]]> : tensor<4x5xf32>
  %cos = onnx.initializer "cos" dense<[[1.0, 1.0], [0.540302306, 0.995004165], [-0.416146837, 0.980066578], [-0.989992497, 0.955336489]]> : tensor<4x2xf32>
  %sin = onnx.initializer "sin" dense<[[0.0, 0.0], [0.841470985, 0.0998334166], [0.909297427, 0.198669331], [0.141120008, 0.295520207]]> : tensor<4x2xf32>
  %e = onnx.Gather(%table, %ids) : (tensor<5x4xf32>, tensor<1x?xi64>) -> tensor<1x?x4xf32>
  %heads = onnx.Unsqueeze(%e, %axis) : (tensor<1x?x4xf32>, tensor<1xi64>) -> tensor<1x1x?x4xf32>
  %turned = llm.rope(%heads, %cos, %sin at %positions) : (tensor<1x1x?x4xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<1x?xi64>) -> tensor<1x1x?x4xf32>
  %y, %k, %v = llm.attention(%turned, %turned, %heads) {scale = 0.5 : f32, causal} : (tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>) -> (tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>)
  %1 = onnx.Squeeze(%y, %axis) : (tensor<1x1x?x4xf32>, tensor<1xi64>) -> tensor<1x?x4xf32>
  %logits = onnx.MatMul(%1, %head) : (tensor<1x?x4xf32>, tensor<4x5xf32>) -> tensor<1x?x5xf32>
  return %logits : tensor<1x?x5xf32>
}
