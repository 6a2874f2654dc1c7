// RUN: not retort-opt %s --compress-extend-rope="method=dynamic-ntk factor=2 original-length=256" 2>&1 | FileCheck %s
// RUN: not retort-opt %s --compress-extend-rope="method=longrope factor=2 original-length=256 short-factor=1,1 long-factor=1" 2>&1 | FileCheck %s --check-prefix=LIST
// RUN: not retort-opt %s --compress-extend-rope="method=llama3 factor=2 original-length=256 low-frequency=4 high-frequency=1" 2>&1 | FileCheck %s --check-prefix=TURNS

// Keys that leave the model turned cannot turn again.
// CHECK: kept-turned.mlir:[[#@LINE+7]]:{{[0-9]+}}: error: rotary embedding cannot be extended: keys are kept after they turned, through 'func.return', and frequencies that change with the length of the text need them before: expects a static method
// LIST: error: rotary embedding cannot be extended: expects 'long-factor' of 2 numbers, one for each pair of coordinates, found 1
// TURNS: error: rotary embedding cannot be extended: expects 0 < 'low-frequency' < 'high-frequency'
func.func @main(%q: tensor<1x2x?x4xf32>, %k: tensor<1x2x?x4xf32>, %v: tensor<1x2x?x4xf32>, %position_ids: tensor<1x?xi64>) -> (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) {
  %cos = onnx.initializer "cos" dense<[[1.0, 1.0], [0.540302306, 0.995004165], [-0.416146837, 0.980066578], [-0.989992497, 0.955336489]]> : tensor<4x2xf32>
  %sin = onnx.initializer "sin" dense<[[0.0, 0.0], [0.841470985, 0.0998334166], [0.909297427, 0.198669331], [0.141120008, 0.295520207]]> : tensor<4x2xf32>
  %0 = llm.rope(%q, %cos, %sin at %position_ids) : (tensor<1x2x?x4xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<1x?xi64>) -> tensor<1x2x?x4xf32>
  %1 = llm.rope(%k, %cos, %sin at %position_ids) : (tensor<1x2x?x4xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<1x?xi64>) -> tensor<1x2x?x4xf32>
  %y, %pk, %pv = llm.attention(%0, %1, %v) {causal, scale = 0.5 : f32} : (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) -> (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>)
  return %y, %1 : tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>
}
