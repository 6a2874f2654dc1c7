// RUN: retort-opt %s --derive-gradient=context=4 | FileCheck %s

// The model stays as it is.
// CHECK-LABEL: func.func @main(%arg0: tensor<1x?xi64>
// CHECK: onnx.initializer "table"

// Tokens, weights of rows, and what was learned, in the order of the graph; the loss, and its gradient for each.
// CHECK-LABEL: func.func @gradient
// CHECK-SAME: (%[[IDS:.*]]: tensor<1x4xi64> {{{.*}}retort.role = "tokens"}, %[[WEIGHTS:.*]]: tensor<4xf32> {onnx.name = "weights"}
// CHECK-SAME: %[[TABLE:.*]]: tensor<6x3xf32>, %[[W:.*]]: tensor<3x5xf32>, %[[HEAD:.*]]: tensor<5x6xf32>)
// CHECK-SAME: -> (tensor<f32>, tensor<6x3xf32>, tensor<3x5xf32>, tensor<5x6xf32>)
// CHECK: %[[X:.*]] = onnx.Gather(%[[TABLE]], %[[IDS]])
// CHECK: %[[A:.*]] = onnx.MatMul(%[[X]], %[[W]])
// CHECK: %[[Y:.*]] = onnx.Tanh(%[[A]])
// CHECK: %[[Z:.*]] = onnx.MatMul(%[[Y]], %[[HEAD]])

// Row i is held against token i + 1; behind the last row stands the first token, which has no weight.
// CHECK: %[[REST:.*]] = onnx.Slice(%[[IDS]]
// CHECK: %[[FIRST:.*]] = onnx.Slice(%[[IDS]]
// CHECK: onnx.Concat(%[[REST]], %[[FIRST]])
// CHECK: %[[L:.*]] = onnx.LogSoftmax(
// CHECK: onnx.GatherElements(%[[L]], %[[NEXT:[0-9]+]])
// CHECK: %[[ROWS:.*]] = onnx.Neg(
// CHECK: onnx.Mul(%[[ROWS]], %[[WEIGHTS]])
// CHECK: %[[SUM:.*]] = onnx.ReduceSum(
// CHECK: %[[LOSS:.*]] = onnx.Reshape(%[[SUM]]

// dz = (p - 1 of the next token) times the weight; dY = dz head', dhead = Y' dz.
// CHECK: %[[PICK:.*]] = onnx.ScatterElements(%{{.*}}, %[[NEXT]], %{{.*}}) {axis = 1 : i64, reduction = "add"}
// CHECK: %[[P:.*]] = onnx.Exp(%[[L]])
// CHECK: %[[DZ:.*]] = onnx.Sub(%[[PICK]], %{{.*}}) : (tensor<4x6xf32>
// CHECK: %[[BACK:.*]] = onnx.Transpose(%[[HEAD]])
// CHECK: %[[DY:.*]] = onnx.MatMul(%{{.*}}, %[[BACK]]) {{.*}} -> tensor<1x4x5xf32>
// CHECK: %[[DHEAD:.*]] = onnx.MatMul(%{{.*}}, %[[DZ]]) {{.*}} -> tensor<5x6xf32>

// da = dY (1 - y^2), and its products; rows of dx are added to the table at their ids.
// CHECK: %[[SQUARE:.*]] = onnx.Mul(%[[Y]], %[[Y]])
// CHECK: %[[SLOPE:.*]] = onnx.Sub(%{{.*}}, %[[SQUARE]])
// CHECK: %[[DA:.*]] = onnx.Mul(%[[DY]], %[[SLOPE]])
// CHECK: %[[DX:.*]] = onnx.MatMul(%[[DA]], %{{.*}}) {{.*}} -> tensor<1x4x3xf32>
// CHECK: %[[DW:.*]] = onnx.MatMul({{.*}} -> tensor<3x5xf32>
// CHECK: %[[DTABLE:.*]] = onnx.ScatterND(%{{.*}}, %{{.*}}, %[[DX]]) {reduction = "add"}
// CHECK: return %[[LOSS]], %[[DTABLE]], %[[DW]], %[[DHEAD]]

// The same loss alone.
// CHECK-LABEL: func.func @loss
// CHECK-SAME: tensor<3x5xf32>, %{{.*}}: tensor<5x6xf32>) -> tensor<f32>
// CHECK-NOT: onnx.Exp
// CHECK: return %{{.*}} : tensor<f32>
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "tokens"], retort.role = "tokens"})
    -> (tensor<1x?x6xf32> {onnx.name = "logits", onnx.dims = ["", "tokens", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<0.5> : tensor<6x3xf32>
  %w = onnx.initializer "w" dense<0.25> : tensor<3x5xf32>
  %head = onnx.initializer "head" dense<0.125> : tensor<5x6xf32>
  %x = onnx.Gather(%table, %ids) : (tensor<6x3xf32>, tensor<1x?xi64>) -> tensor<1x?x3xf32>
  %a = onnx.MatMul(%x, %w) : (tensor<1x?x3xf32>, tensor<3x5xf32>) -> tensor<1x?x5xf32>
  %y = onnx.Tanh(%a) : (tensor<1x?x5xf32>) -> tensor<1x?x5xf32>
  %logits = onnx.MatMul(%y, %head) : (tensor<1x?x5xf32>, tensor<5x6xf32>) -> tensor<1x?x6xf32>
  return %logits : tensor<1x?x6xf32>
}
