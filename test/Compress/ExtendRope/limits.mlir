// RUN: not retort-opt %s --split-input-file --compress-extend-rope="method=pi factor=2" 2>&1 | FileCheck %s

// Tables that are computed end nowhere.
// CHECK: limits.mlir:[[#@LINE+9]]:{{[0-9]+}}: error: neither the model nor its configuration tells the trained length: expects 'original-length'
func.func @unknown_length(%q: tensor<?x2x?x4xf32>, %position_ids: tensor<?x?xi64>) -> tensor<?x2x?x4xf32> {
  %axis = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %numbers = onnx.Cast(%position_ids) {to = 1 : i64} : (tensor<?x?xi64>) -> tensor<?x?xf32>
  %rows = onnx.Unsqueeze(%numbers, %axis) : (tensor<?x?xf32>, tensor<1xi64>) -> tensor<?x?x1xf32>
  %frequencies = onnx.Constant() {value = dense<[[[1.0, 0.01]]]> : tensor<1x1x2xf32>} : () -> tensor<1x1x2xf32>
  %angles = onnx.Mul(%rows, %frequencies) : (tensor<?x?x1xf32>, tensor<1x1x2xf32>) -> tensor<?x?x2xf32>
  %cos = onnx.Cos(%angles) : (tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  %sin = onnx.Sin(%angles) : (tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  %y = llm.rope(%q, %cos, %sin) : (tensor<?x2x?x4xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x2x?x4xf32>
  return %y : tensor<?x2x?x4xf32>
}

// -----

// Learned positions beside the rotary ones.
// CHECK: limits.mlir:[[#@LINE+7]]:{{[0-9]+}}: error: positions are limited to 5 here, expects 8 for the extended length
func.func @learned_positions(%input_ids: tensor<1x?xi64> {onnx.dims = ["", "tokens"], onnx.name = "input_ids"}, %position_ids: tensor<1x?xi64> {onnx.dims = ["", "tokens"], onnx.name = "position_ids"}) -> tensor<1x1x?x4xf32> {
  %cos = onnx.initializer "cos" dense<[[1.0, 1.0], [0.540302306, 0.995004165], [-0.416146837, 0.980066578], [-0.989992497, 0.955336489]]> : tensor<4x2xf32>
  %sin = onnx.initializer "sin" dense<[[0.0, 0.0], [0.841470985, 0.0998334166], [0.909297427, 0.198669331], [0.141120008, 0.295520207]]> : tensor<4x2xf32>
  %words = onnx.initializer "wte" dense<0.5> : tensor<9x4xf32>
  %learned = onnx.initializer "wpe" dense<0.5> : tensor<5x4xf32>
  %axis = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %0 = onnx.Gather(%learned, %position_ids) : (tensor<5x4xf32>, tensor<1x?xi64>) -> tensor<1x?x4xf32>
  %1 = onnx.Gather(%words, %input_ids) : (tensor<9x4xf32>, tensor<1x?xi64>) -> tensor<1x?x4xf32>
  %2 = onnx.Add(%1, %0) : (tensor<1x?x4xf32>, tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %3 = onnx.Unsqueeze(%2, %axis) : (tensor<1x?x4xf32>, tensor<1xi64>) -> tensor<1x1x?x4xf32>
  %y = llm.rope(%3, %cos, %sin at %position_ids) : (tensor<1x1x?x4xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<1x?xi64>) -> tensor<1x1x?x4xf32>
  return %y : tensor<1x1x?x4xf32>
}

// -----

// A mask of the trained length is cut to the rows of the text.
// CHECK: limits.mlir:[[#@LINE+1]]:{{[0-9]+}}: error: model cannot run at the extended length of 8 tokens: another table or a fixed size holds it to less
func.func @mask_table(%input_ids: tensor<1x?xi64> {onnx.dims = ["", "tokens"], onnx.name = "input_ids"}, %position_ids: tensor<1x?xi64> {onnx.dims = ["", "tokens"], onnx.name = "position_ids"}) -> tensor<1x1x?x4xf32> {
  %words = onnx.initializer "wte" dense<0.5> : tensor<9x4xf32>
  %cos = onnx.initializer "cos" dense<[[1.0, 1.0], [0.540302306, 0.995004165], [-0.416146837, 0.980066578], [-0.989992497, 0.955336489]]> : tensor<4x2xf32>
  %sin = onnx.initializer "sin" dense<[[0.0, 0.0], [0.841470985, 0.0998334166], [0.909297427, 0.198669331], [0.141120008, 0.295520207]]> : tensor<4x2xf32>
  %mask = onnx.initializer "mask" dense<0.5> : tensor<4x1xf32>
  %zero = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %one = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %two = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %1 = onnx.Gather(%words, %input_ids) : (tensor<9x4xf32>, tensor<1x?xi64>) -> tensor<1x?x4xf32>
  %3 = onnx.Unsqueeze(%1, %one) : (tensor<1x?x4xf32>, tensor<1xi64>) -> tensor<1x1x?x4xf32>
  %y = llm.rope(%3, %cos, %sin at %position_ids) : (tensor<1x1x?x4xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<1x?xi64>) -> tensor<1x1x?x4xf32>
  %shape = onnx.Shape(%position_ids) : (tensor<1x?xi64>) -> tensor<2xi64>
  %end = onnx.Slice(%shape, %one, %two, %zero) : (tensor<2xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  %cut = onnx.Slice(%mask, %zero, %end, %zero) : (tensor<4x1xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x1xf32>
  %0 = onnx.Add(%y, %cut) : (tensor<1x1x?x4xf32>, tensor<?x1xf32>) -> tensor<1x1x?x4xf32>
  return %0 : tensor<1x1x?x4xf32>
}
