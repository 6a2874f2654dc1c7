// RUN: retort-opt %s --recognize-long-convolution | FileCheck %s

// Twice as many points as rows: nothing wraps around.
// CHECK-LABEL: func.func @hyena
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x2x?xf32>, %[[F:[a-z0-9]+]]: tensor<2x5xf32>
// CHECK: %[[REVERSED:.*]] = onnx.Slice(%[[F]], %{{.*}} -> tensor<2x5xf32>
// CHECK: %[[W:.*]] = onnx.Unsqueeze(%[[REVERSED]]
// CHECK: %[[Y:.*]] = onnx.Conv(%[[X]], %[[W]]) {group = 2 : i64, kernel_shape = array<i64: 5>, pads = array<i64: 4, 0>}
// CHECK: return %[[Y]]
func.func @hyena(%x: tensor<?x2x?xf32>, %f: tensor<2x5xf32>) -> tensor<?x2x?xf32> {
  %c0 = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %c1 = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %c2 = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %last = onnx.Constant() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %along = onnx.Constant() {value = dense<-2> : tensor<i64>} : () -> tensor<i64>
  %two = onnx.Constant() {value = dense<2> : tensor<i64>} : () -> tensor<i64>
  %zeros = onnx.Constant() {value = dense<0> : tensor<5xi64>} : () -> tensor<5xi64>
  %zeros2 = onnx.Constant() {value = dense<0> : tensor<3xi64>} : () -> tensor<3xi64>
  %shape = onnx.Shape(%x) : (tensor<?x2x?xf32>) -> tensor<3xi64>
  %t = onnx.Gather(%shape, %two) {axis = 0 : i64} : (tensor<3xi64>, tensor<i64>) -> tensor<i64>
  %rows = onnx.Unsqueeze(%t, %c0) : (tensor<i64>, tensor<1xi64>) -> tensor<1xi64>
  %n = onnx.Mul(%t, %two) : (tensor<i64>, tensor<i64>) -> tensor<i64>
  %pads = onnx.Concat(%zeros, %rows) {axis = 0 : i64} : (tensor<5xi64>, tensor<1xi64>) -> tensor<6xi64>
  %padded = onnx.Pad(%x, %pads) : (tensor<?x2x?xf32>, tensor<6xi64>) -> tensor<?x2x?xf32>
  %real = onnx.Unsqueeze(%padded, %last) : (tensor<?x2x?xf32>, tensor<1xi64>) -> tensor<?x2x?x1xf32>
  %a = onnx.DFT(%real, %n, %along) {onesided = 1 : i64} : (tensor<?x2x?x1xf32>, tensor<i64>, tensor<i64>) -> tensor<?x2x?x2xf32>
  %cut = onnx.Slice(%f, %c0, %rows, %c1) : (tensor<2x5xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<2x?xf32>
  %pads2 = onnx.Concat(%zeros2, %rows) {axis = 0 : i64} : (tensor<3xi64>, tensor<1xi64>) -> tensor<4xi64>
  %taps = onnx.Pad(%cut, %pads2) : (tensor<2x?xf32>, tensor<4xi64>) -> tensor<2x?xf32>
  %realTaps = onnx.Unsqueeze(%taps, %last) : (tensor<2x?xf32>, tensor<1xi64>) -> tensor<2x?x1xf32>
  %b = onnx.DFT(%realTaps, %n, %along) {onesided = 1 : i64} : (tensor<2x?x1xf32>, tensor<i64>, tensor<i64>) -> tensor<2x?x2xf32>
  %ar = onnx.Slice(%a, %c0, %c1, %last) : (tensor<?x2x?x2xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x2x?x1xf32>
  %ai = onnx.Slice(%a, %c1, %c2, %last) : (tensor<?x2x?x2xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x2x?x1xf32>
  %br = onnx.Slice(%b, %c0, %c1, %last) : (tensor<2x?x2xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<2x?x1xf32>
  %bi = onnx.Slice(%b, %c1, %c2, %last) : (tensor<2x?x2xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<2x?x1xf32>
  %rr = onnx.Mul(%ar, %br) : (tensor<?x2x?x1xf32>, tensor<2x?x1xf32>) -> tensor<?x2x?x1xf32>
  %ii = onnx.Mul(%ai, %bi) : (tensor<?x2x?x1xf32>, tensor<2x?x1xf32>) -> tensor<?x2x?x1xf32>
  %ri = onnx.Mul(%ar, %bi) : (tensor<?x2x?x1xf32>, tensor<2x?x1xf32>) -> tensor<?x2x?x1xf32>
  %ir = onnx.Mul(%ai, %br) : (tensor<?x2x?x1xf32>, tensor<2x?x1xf32>) -> tensor<?x2x?x1xf32>
  %re = onnx.Sub(%rr, %ii) : (tensor<?x2x?x1xf32>, tensor<?x2x?x1xf32>) -> tensor<?x2x?x1xf32>
  %im = onnx.Add(%ri, %ir) : (tensor<?x2x?x1xf32>, tensor<?x2x?x1xf32>) -> tensor<?x2x?x1xf32>
  %product = onnx.Concat(%re, %im) {axis = -1 : i64} : (tensor<?x2x?x1xf32>, tensor<?x2x?x1xf32>) -> tensor<?x2x?x2xf32>
  %back = onnx.DFT(%product, %n, %along) {inverse = 1 : i64, onesided = 1 : i64} : (tensor<?x2x?x2xf32>, tensor<i64>, tensor<i64>) -> tensor<?x2x?x1xf32>
  %all = onnx.Squeeze(%back, %last) : (tensor<?x2x?x1xf32>, tensor<1xi64>) -> tensor<?x2x?xf32>
  %y = onnx.Slice(%all, %c0, %rows, %c2) : (tensor<?x2x?xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x2x?xf32>
  return %y : tensor<?x2x?xf32>
}
