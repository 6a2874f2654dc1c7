// Parameters are the constants that meet what depends on the text and whose names match; one that is used twice is one
// argument, with the sum of both gradients. What is not trained stays a constant.
// RUN: retort-opt %s --derive-gradient='context=4' | FileCheck %s --check-prefix=ALL
// RUN: retort-opt %s --derive-gradient='context=4 parameters=^scale' | FileCheck %s --check-prefix=SCALE

// ALL-LABEL: func.func @gradient
// ALL-SAME: tensor<4xf32> {onnx.name = "weights"}, %[[TABLE:.*]]: tensor<6x3xf32>, %{{.*}}: tensor<3xf32>) -> (tensor<f32>, tensor<6x3xf32>, tensor<3xf32>)
// ALL: onnx.Constant() {value = dense<[1.000000e+00, 2.000000e+00, 3.000000e+00]>
// ALL: onnx.Gather(%[[TABLE]]
// ALL: %[[HEAD:.*]] = onnx.Transpose(%[[TABLE]])
// ALL: %[[OUT:.*]] = onnx.MatMul({{.*}} -> tensor<3x6xf32>
// ALL: %[[BACK:.*]] = onnx.Transpose(%[[OUT]])
// ALL: %[[IN:.*]] = onnx.ScatterND(
// ALL: %[[BOTH:.*]] = onnx.Add(%[[BACK]], %[[IN]])
// ALL: return %{{.*}}, %[[BOTH]], %{{.*}}

// SCALE-LABEL: func.func @gradient
// SCALE-SAME: tensor<4xf32> {onnx.name = "weights"}, %{{.*}}: tensor<3xf32>) -> (tensor<f32>, tensor<3xf32>)
// SCALE: onnx.initializer "table"
// SCALE-NOT: onnx.ScatterND
// SCALE: return
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "tokens"], retort.role = "tokens"})
    -> (tensor<1x?x6xf32> {onnx.name = "logits", onnx.dims = ["", "tokens", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<0.5> : tensor<6x3xf32>
  %scale = onnx.initializer "scale" dense<0.5> : tensor<3xf32>
  %frequencies = onnx.initializer "frequencies" dense<[1.0, 4.0, 9.0]> : tensor<3xf32>
  %roots = onnx.Sqrt(%frequencies) : (tensor<3xf32>) -> tensor<3xf32>
  %x = onnx.Gather(%table, %ids) : (tensor<6x3xf32>, tensor<1x?xi64>) -> tensor<1x?x3xf32>
  %a = onnx.Mul(%x, %scale) : (tensor<1x?x3xf32>, tensor<3xf32>) -> tensor<1x?x3xf32>
  %y = onnx.Add(%a, %roots) : (tensor<1x?x3xf32>, tensor<3xf32>) -> tensor<1x?x3xf32>
  %head = onnx.Transpose(%table) {perm = array<i64: 1, 0>} : (tensor<6x3xf32>) -> tensor<3x6xf32>
  %logits = onnx.MatMul(%y, %head) : (tensor<1x?x3xf32>, tensor<3x6xf32>) -> tensor<1x?x6xf32>
  return %logits : tensor<1x?x6xf32>
}
