// Where every size is open, samples may leave an axis empty: nothing can be told then, and nothing is.
// RUN: retort-opt %s --recognize-rope | FileCheck %s

// CHECK-LABEL: func.func @empty_at_samples
// CHECK-NOT: llm.rope
// CHECK: onnx.Concat
// CHECK-NOT: llm.rope
func.func @empty_at_samples(%x: tensor<?x?x?x?xf32> {onnx.dims = ["a", "b", "c", "d"]}, %cos: tensor<?x?x?xf32> {onnx.dims = ["e", "f", "g"]}, %sin: tensor<?x?x?xf32> {onnx.dims = ["h", "i", "j"]}) -> tensor<?x?x?x?xf32> {
  %one = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %four = onnx.Constant() {value = dense<4> : tensor<1xi64>} : () -> tensor<1xi64>
  %t = onnx.Transpose(%x) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32>
  %width = onnx.Shape(%t) {start = 3 : i64, end = 4 : i64} : (tensor<?x?x?x?xf32>) -> tensor<1xi64>
  %rest = onnx.Sub(%width, %four) : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  %lengths = onnx.Concat(%four, %rest) {axis = 0 : i64} : (tensor<1xi64>, tensor<1xi64>) -> tensor<2xi64>
  %parts:2 = onnx.Split(%t, %lengths) {axis = -1 : i64} : (tensor<?x?x?x?xf32>, tensor<2xi64>) -> (tensor<?x?x?x4xf32>, tensor<?x?x?x?xf32>)
  %c = onnx.Unsqueeze(%cos, %one) : (tensor<?x?x?xf32>, tensor<1xi64>) -> tensor<?x?x1x?xf32>
  %s = onnx.Unsqueeze(%sin, %one) : (tensor<?x?x?xf32>, tensor<1xi64>) -> tensor<?x?x1x?xf32>
  %halves:2 = onnx.Split(%parts#0) {axis = -1 : i64, num_outputs = 2 : i64} : (tensor<?x?x?x4xf32>) -> (tensor<?x?x?x2xf32>, tensor<?x?x?x2xf32>)
  %0 = onnx.Mul(%c, %halves#0) : (tensor<?x?x1x?xf32>, tensor<?x?x?x2xf32>) -> tensor<?x?x?x2xf32>
  %1 = onnx.Mul(%s, %halves#1) : (tensor<?x?x1x?xf32>, tensor<?x?x?x2xf32>) -> tensor<?x?x?x2xf32>
  %real = onnx.Sub(%0, %1) : (tensor<?x?x?x2xf32>, tensor<?x?x?x2xf32>) -> tensor<?x?x?x2xf32>
  %2 = onnx.Mul(%s, %halves#0) : (tensor<?x?x1x?xf32>, tensor<?x?x?x2xf32>) -> tensor<?x?x?x2xf32>
  %3 = onnx.Mul(%c, %halves#1) : (tensor<?x?x1x?xf32>, tensor<?x?x?x2xf32>) -> tensor<?x?x?x2xf32>
  %imaginary = onnx.Add(%2, %3) : (tensor<?x?x?x2xf32>, tensor<?x?x?x2xf32>) -> tensor<?x?x?x2xf32>
  %rotated = onnx.Concat(%real, %imaginary) {axis = -1 : i64} : (tensor<?x?x?x2xf32>, tensor<?x?x?x2xf32>) -> tensor<?x?x?x4xf32>
  %all = onnx.Concat(%rotated, %parts#1) {axis = -1 : i64} : (tensor<?x?x?x4xf32>, tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32>
  %back = onnx.Transpose(%all) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32>
  return %back : tensor<?x?x?x?xf32>
}
