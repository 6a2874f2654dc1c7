// RUN: retort-opt %s --compress-extend-rope="method=pi factor=2 original-length=4" | FileCheck %s

// The front of a table, as many rows as the text has: its rows are counted, and computed.
// CHECK-LABEL: func.func @main
// CHECK: %[[COUNT:.*]] = onnx.Range(
// CHECK: %[[NUMBERS:.*]] = onnx.Cast(%[[COUNT]])
// CHECK: %[[ROWS:.*]] = onnx.Reshape(%[[NUMBERS]],
// CHECK: %[[ANGLES:.*]] = onnx.Mul(%[[ROWS]],
// CHECK: %[[COS:.*]] = onnx.Cos(%[[ANGLES]])
// CHECK: llm.rope(%arg1, %[[COS]],
func.func @main(%input_ids: tensor<1x?xi64>, %q: tensor<1x2x?x4xf32>) -> tensor<1x2x?x4xf32> {
  %cos = onnx.initializer "cos" dense<[[[1.0, 1.0], [0.540302306, 0.995004165], [-0.416146837, 0.980066578], [-0.989992497, 0.955336489]]]> : tensor<1x4x2xf32>
  %sin = onnx.initializer "sin" dense<[[[0.0, 0.0], [0.841470985, 0.0998334166], [0.909297427, 0.198669331], [0.141120008, 0.295520207]]]> : tensor<1x4x2xf32>
  %zero = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %one = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %two = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %shape = onnx.Shape(%input_ids) : (tensor<1x?xi64>) -> tensor<2xi64>
  %end = onnx.Slice(%shape, %one, %two, %zero) : (tensor<2xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  %c = onnx.Slice(%cos, %zero, %end, %one) : (tensor<1x4x2xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x?x2xf32>
  %s = onnx.Slice(%sin, %zero, %end, %one) : (tensor<1x4x2xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x?x2xf32>
  %y = llm.rope(%q, %c, %s) : (tensor<1x2x?x4xf32>, tensor<1x?x2xf32>, tensor<1x?x2xf32>) -> tensor<1x2x?x4xf32>
  return %y : tensor<1x2x?x4xf32>
}
