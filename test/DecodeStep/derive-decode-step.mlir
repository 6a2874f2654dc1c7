// RUN: retort-opt %s --derive-decode-step=context=16 | FileCheck %s

// Keys and values are written into states; the mask of the graph is what `causal` says, and rows of cosines come from a
// table for the whole context.
// CHECK-LABEL: func.func @main
// CHECK-LABEL: func.func @step
// CHECK-SAME: %[[TOKENS:.*]]: tensor<1x?xi64> {{{.*}}retort.role = "tokens"}
// CHECK-SAME: %[[PAST:.*]]: tensor<i64> {{{.*}}retort.role = "past"}
// CHECK-SAME: %[[ROWS:.*]]: tensor<i64> {{{.*}}retort.role = "rows"}
// CHECK-SAME: %[[KEYS:.*]]: tensor<1x2x16x4xf32> {retort.state = 0 : i64}
// CHECK-SAME: %[[VALUES:.*]]: tensor<1x2x16x4xf32> {retort.state = 1 : i64}
// CHECK-SAME: -> (tensor<1x?x10xf32> {{{.*}}}, tensor<1x2x16x4xf32>, tensor<1x2x16x4xf32>)
// CHECK-SAME: retort.context = 16
// CHECK-DAG: %[[PLACES:.*]] = onnx.Add(%{{.*}}, %[[PAST]]) : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
// CHECK-DAG: %[[AT:.*]] = onnx.Unsqueeze(%[[PAST]],
// CHECK-DAG: %[[TABLE:.*]] = onnx.Constant() {value = dense<{{.*}}> : tensor<1x16x2xf32>}
// CHECK-DAG: %[[COS:.*]] = onnx.Gather(%{{.*}}, %[[PLACES]]) {axis = 1 : i64}
// CHECK: llm.rope(%{{.*}}, %[[COS]], %{{.*}})
// CHECK: %[[K:.*]] = onnx.TensorScatter(%[[KEYS]], %{{.*}}, %[[AT]])
// CHECK: %[[V:.*]] = onnx.TensorScatter(%[[VALUES]], %{{.*}}, %[[AT]])
// CHECK: llm.attention(%{{.*}}, %[[K]], %[[V]] offset %[[PAST]]) {causal, scale = 5.000000e-01 : f32}
// CHECK: %[[LAST:.*]] = onnx.Slice(
// CHECK: onnx.MatMul(%[[LAST]],
// CHECK: return %{{.*}}, %[[K]], %[[V]]
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "input_ids", onnx.dims = ["batch", "sequence"]},
                %mask: tensor<?x?xi64> {onnx.name = "attention_mask", onnx.dims = ["batch", "sequence"]})
    -> (tensor<?x?x10xf32> {onnx.name = "logits"}) {
  %embedding = onnx.Constant() {value = dense<1.0> : tensor<10x8xf32>} : () -> tensor<10x8xf32>
  %head = onnx.Constant() {value = dense<2.0> : tensor<8x10xf32>} : () -> tensor<8x10xf32>
  %project = onnx.Constant() {value = dense<3.0> : tensor<8x8xf32>} : () -> tensor<8x8xf32>
  %c0 = onnx.Constant() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
  %c1 = onnx.Constant() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
  %axis1 = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %axis2 = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %axes12 = onnx.Constant() {value = dense<[1, 2]> : tensor<2xi64>} : () -> tensor<2xi64>
  %heads = onnx.Constant() {value = dense<[0, 0, 2, 4]> : tensor<4xi64>} : () -> tensor<4xi64>

  %shape = onnx.Shape(%ids) : (tensor<?x?xi64>) -> tensor<2xi64>
  %length = onnx.Gather(%shape, %c1) : (tensor<2xi64>, tensor<i64>) -> tensor<i64>
  %range = onnx.Range(%c0, %length, %c1) : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %reals = onnx.Cast(%range) {to = 1 : i64} : (tensor<?xi64>) -> tensor<?xf32>
  %column = onnx.Unsqueeze(%reals, %axis1) : (tensor<?xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %frequencies = onnx.Constant() {value = dense<[1.0, 0.01]> : tensor<2xf32>} : () -> tensor<2xf32>
  %flat = onnx.Mul(%column, %frequencies) : (tensor<?x1xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %axis0 = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %angles = onnx.Unsqueeze(%flat, %axis0) : (tensor<?x2xf32>, tensor<1xi64>) -> tensor<1x?x2xf32>
  %cos = onnx.Cos(%angles) : (tensor<1x?x2xf32>) -> tensor<1x?x2xf32>
  %sin = onnx.Sin(%angles) : (tensor<1x?x2xf32>) -> tensor<1x?x2xf32>

  %visible = onnx.Cast(%mask) {to = 9 : i64} : (tensor<?x?xi64>) -> tensor<?x?xi1>
  %padding = onnx.Unsqueeze(%visible, %axes12) : (tensor<?x?xi1>, tensor<2xi64>) -> tensor<?x1x1x?xi1>

  %x = onnx.Gather(%embedding, %ids) : (tensor<10x8xf32>, tensor<?x?xi64>) -> tensor<?x?x8xf32>
  %q = onnx.MatMul(%x, %project) : (tensor<?x?x8xf32>, tensor<8x8xf32>) -> tensor<?x?x8xf32>
  %q4 = onnx.Reshape(%q, %heads) : (tensor<?x?x8xf32>, tensor<4xi64>) -> tensor<?x?x2x4xf32>
  %qt = onnx.Transpose(%q4) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x4xf32>) -> tensor<?x2x?x4xf32>
  %qr = llm.rope(%qt, %cos, %sin) : (tensor<?x2x?x4xf32>, tensor<1x?x2xf32>, tensor<1x?x2xf32>) -> tensor<?x2x?x4xf32>
  %a, %pk, %pv = llm.attention(%qr, %qr, %qt mask %padding) {scale = 0.5 : f32, causal}
      : (tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x1x1x?xi1>)
      -> (tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>)
  %at = onnx.Transpose(%a) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x4xf32>) -> tensor<?x?x2x4xf32>
  %ashape = onnx.Shape(%x) : (tensor<?x?x8xf32>) -> tensor<3xi64>
  %af = onnx.Reshape(%at, %ashape) : (tensor<?x?x2x4xf32>, tensor<3xi64>) -> tensor<?x?x8xf32>
  %y = onnx.Add(%x, %af) : (tensor<?x?x8xf32>, tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  %logits = onnx.MatMul(%y, %head) : (tensor<?x?x8xf32>, tensor<8x10xf32>) -> tensor<?x?x10xf32>
  return %logits : tensor<?x?x10xf32>
}
