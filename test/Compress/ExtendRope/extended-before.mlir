// Frequencies that follow from the length of the text are those of no table: they are not changed again.
// RUN: retort-opt %s --compress-extend-rope="method=dynamic-ntk factor=2 original-length=256" -o %t.mlir
// RUN: not retort-opt %t.mlir --compress-extend-rope="method=pi factor=2 original-length=256" 2>&1 | FileCheck %s
// RUN: not retort-opt %t.mlir --compress-stream-attention 2>&1 | FileCheck %s --check-prefix=STREAM

// CHECK: error: rotary embedding cannot be extended: its frequencies depend on the length of the text already (dynamic NTK)
// STREAM: error: attention cannot be streamed: its rotary embedding depends on the length of the text
func.func @main(%q: tensor<1x2x?x4xf32>, %k: tensor<1x2x?x4xf32>, %v: tensor<1x2x?x4xf32>, %position_ids: tensor<1x?xi64>) -> tensor<1x2x?x4xf32> {
  %cos = onnx.initializer "cos" dense<[[1.0, 1.0], [0.540302306, 0.995004165], [-0.416146837, 0.980066578], [-0.989992497, 0.955336489]]> : tensor<4x2xf32>
  %sin = onnx.initializer "sin" dense<[[0.0, 0.0], [0.841470985, 0.0998334166], [0.909297427, 0.198669331], [0.141120008, 0.295520207]]> : tensor<4x2xf32>
  %0 = llm.rope(%q, %cos, %sin at %position_ids) : (tensor<1x2x?x4xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<1x?xi64>) -> tensor<1x2x?x4xf32>
  %1 = llm.rope(%k, %cos, %sin at %position_ids) : (tensor<1x2x?x4xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<1x?xi64>) -> tensor<1x2x?x4xf32>
  %y, %pk, %pv = llm.attention(%0, %1, %v) {causal, scale = 0.5 : f32} : (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) -> (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>)
  return %y : tensor<1x2x?x4xf32>
}
