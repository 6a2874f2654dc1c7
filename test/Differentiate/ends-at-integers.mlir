// A parameter from which the loss follows only through integers has no gradient but zero: a remark says where its way ends.
// RUN: retort-opt %s --derive-gradient="context=4" --verify-diagnostics -o /dev/null

func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "t"], retort.role = "tokens"})
    -> (tensor<1x?x6xf32> {onnx.name = "logits", onnx.dims = ["", "t", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<[[0.3, -0.2, 0.5], [-0.4, 0.6, 0.2], [0.7, 0.1, -0.6], [-0.1, -0.5, 0.3], [0.2, 0.4, -0.7], [0.1, 0.2, 0.3]]> : tensor<6x3xf32>
  %order = onnx.initializer "order" dense<[0.2, 1.4, 2.1, 3.3, 4.2, 5.1]> : tensor<6xf32>
  %head = onnx.initializer "head" dense<[[0.4, -0.6, 0.1, 0.3, -0.2, 0.5], [-0.5, 0.2, 0.7, -0.1, 0.6, 0.1], [0.3, 0.5, -0.4, 0.2, -0.7, 0.2]]> : tensor<3x6xf32>
  // expected-remark @+1 {{ends the way of a parameter 'tensor<6xf32>' to the loss: integers and conditions have no gradient, so it stays as it is}}
  %places = onnx.Cast(%order) {to = 7 : i64} : (tensor<6xf32>) -> tensor<6xi64>
  %mine = onnx.Gather(%places, %ids) : (tensor<6xi64>, tensor<1x?xi64>) -> tensor<1x?xi64>
  %x = onnx.Gather(%table, %mine) : (tensor<6x3xf32>, tensor<1x?xi64>) -> tensor<1x?x3xf32>
  %logits = onnx.MatMul(%x, %head) : (tensor<1x?x3xf32>, tensor<3x6xf32>) -> tensor<1x?x6xf32>
  return %logits : tensor<1x?x6xf32>
}
