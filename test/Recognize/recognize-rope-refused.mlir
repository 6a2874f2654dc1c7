// RUN: retort-opt %s --recognize-rope --split-input-file -o %t --remarks-filter=".*" --remark-policy=all 2>&1 | FileCheck %s --check-prefix=REASON
// RUN: FileCheck %s < %t

// Each coordinate is scaled, none is turned.
// REASON: Reason="coordinates are not mixed in pairs"
// CHECK-LABEL: @scales
// CHECK-NOT: llm.rope
func.func @scales(%rows: tensor<?x?x4xf32> {onnx.dims = ["b", "t", ""]}, %ids: tensor<?x?xi64> {onnx.dims = ["b", "t"]}) -> tensor<?x?x4xf32> {
  %x = onnx.Sigmoid(%rows) : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  %last = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %p = onnx.Cast(%ids) {to = 1 : i64} : (tensor<?x?xi64>) -> tensor<?x?xf32>
  %angle = onnx.Unsqueeze(%p, %last) : (tensor<?x?xf32>, tensor<1xi64>) -> tensor<?x?x1xf32>
  %cos = onnx.Cos(%angle) : (tensor<?x?x1xf32>) -> tensor<?x?x1xf32>
  %sin = onnx.Sin(%angle) : (tensor<?x?x1xf32>) -> tensor<?x?x1xf32>
  %0 = onnx.Mul(%x, %cos) : (tensor<?x?x4xf32>, tensor<?x?x1xf32>) -> tensor<?x?x4xf32>
  %1 = onnx.Mul(%x, %sin) : (tensor<?x?x4xf32>, tensor<?x?x1xf32>) -> tensor<?x?x4xf32>
  %y = onnx.Add(%0, %1) : (tensor<?x?x4xf32>, tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  return %y : tensor<?x?x4xf32>
}

// -----

// The sine is not negated: a hyperbolic turn.
// REASON: Reason="a pair of coordinates is not turned"
// CHECK-LABEL: @without_sign
// CHECK-NOT: llm.rope
func.func @without_sign(%rows: tensor<?x?x2xf32> {onnx.dims = ["b", "t", ""]}, %ids: tensor<?x?xi64> {onnx.dims = ["b", "t"]}) -> tensor<?x?x2xf32> {
  %x = onnx.Sigmoid(%rows) : (tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  %last = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %order = onnx.Constant() {value = dense<[1, 0]> : tensor<2xi64>} : () -> tensor<2xi64>
  %p = onnx.Cast(%ids) {to = 1 : i64} : (tensor<?x?xi64>) -> tensor<?x?xf32>
  %angle = onnx.Unsqueeze(%p, %last) : (tensor<?x?xf32>, tensor<1xi64>) -> tensor<?x?x1xf32>
  %cos = onnx.Cos(%angle) : (tensor<?x?x1xf32>) -> tensor<?x?x1xf32>
  %sin = onnx.Sin(%angle) : (tensor<?x?x1xf32>) -> tensor<?x?x1xf32>
  %0 = onnx.Mul(%x, %cos) : (tensor<?x?x2xf32>, tensor<?x?x1xf32>) -> tensor<?x?x2xf32>
  %turned = onnx.Gather(%x, %order) {axis = 2 : i64} : (tensor<?x?x2xf32>, tensor<2xi64>) -> tensor<?x?x2xf32>
  %1 = onnx.Mul(%turned, %sin) : (tensor<?x?x2xf32>, tensor<?x?x1xf32>) -> tensor<?x?x2xf32>
  %y = onnx.Add(%0, %1) : (tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  return %y : tensor<?x?x2xf32>
}

// -----

// The mask takes part, which no table would say: where a token is missing, nothing turns.
// REASON: Reason="it is another map at other sizes"
// CHECK-LABEL: @masked
// CHECK-NOT: llm.rope
func.func @masked(%rows: tensor<?x?x2xf32> {onnx.dims = ["b", "t", ""]}, %ids: tensor<?x?xi64> {onnx.dims = ["b", "t"]},
                  %mask: tensor<?x?xi64> {onnx.name = "attention_mask", onnx.dims = ["b", "t"]}) -> tensor<?x?x2xf32> {
  %x = onnx.Sigmoid(%rows) : (tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  %last = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %order = onnx.Constant() {value = dense<[1, 0]> : tensor<2xi64>} : () -> tensor<2xi64>
  %signs = onnx.Constant() {value = dense<[-1.0, 1.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %p = onnx.Cast(%ids) {to = 1 : i64} : (tensor<?x?xi64>) -> tensor<?x?xf32>
  %m = onnx.Cast(%mask) {to = 1 : i64} : (tensor<?x?xi64>) -> tensor<?x?xf32>
  %visible = onnx.Unsqueeze(%m, %last) : (tensor<?x?xf32>, tensor<1xi64>) -> tensor<?x?x1xf32>
  %angle = onnx.Unsqueeze(%p, %last) : (tensor<?x?xf32>, tensor<1xi64>) -> tensor<?x?x1xf32>
  %cos = onnx.Cos(%angle) : (tensor<?x?x1xf32>) -> tensor<?x?x1xf32>
  %sin = onnx.Sin(%angle) : (tensor<?x?x1xf32>) -> tensor<?x?x1xf32>
  %0 = onnx.Mul(%x, %cos) : (tensor<?x?x2xf32>, tensor<?x?x1xf32>) -> tensor<?x?x2xf32>
  %swapped = onnx.Gather(%x, %order) {axis = 2 : i64} : (tensor<?x?x2xf32>, tensor<2xi64>) -> tensor<?x?x2xf32>
  %turned = onnx.Mul(%swapped, %signs) : (tensor<?x?x2xf32>, tensor<2xf32>) -> tensor<?x?x2xf32>
  %1 = onnx.Mul(%turned, %sin) : (tensor<?x?x2xf32>, tensor<?x?x1xf32>) -> tensor<?x?x2xf32>
  %2 = onnx.Mul(%1, %visible) : (tensor<?x?x2xf32>, tensor<?x?x1xf32>) -> tensor<?x?x2xf32>
  %y = onnx.Add(%0, %2) : (tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  return %y : tensor<?x?x2xf32>
}

// -----

// Not linear on the way; no tables; factors that do not change with the text: nothing is said of them. What is a rotary
// embedding by its name is told.
// REASON-NOT: Reason
// REASON: Reason="its batch is packed"
// REASON-NOT: Reason
// CHECK-LABEL: @nothing_of_the_kind
// CHECK-NOT: llm.rope
// CHECK: onnx.com.microsoft.RotaryEmbedding
func.func @nothing_of_the_kind(%rows: tensor<?x?x4xf32>, %ids: tensor<?x?xi64>, %table: tensor<9x2xf32>) -> (tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>) {
  %x = onnx.Sigmoid(%rows) : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  %0 = onnx.Sigmoid(%x) : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  %1 = onnx.Add(%0, %x) : (tensor<?x?x4xf32>, tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  %factors = onnx.Constant() {value = dense<[0.25, 0.5, 0.75, 0.125]> : tensor<4xf32>} : () -> tensor<4xf32>
  %scaled = onnx.Mul(%x, %factors) : (tensor<?x?x4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
  %n = onnx.Neg(%scaled) : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  %2 = onnx.Add(%x, %n) : (tensor<?x?x4xf32>, tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  %3 = onnx.com.microsoft.RotaryEmbedding(%x, %ids, %table, %table) {is_packed_batching = 1 : i64} : (tensor<?x?x4xf32>, tensor<?x?xi64>, tensor<9x2xf32>, tensor<9x2xf32>) -> tensor<?x?x4xf32>
  return %1, %2, %3 : tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>
}
