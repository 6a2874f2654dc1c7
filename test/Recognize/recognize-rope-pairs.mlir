// However pairs are taken apart and put together.
// RUN: retort-opt %s --recognize-rope --cse --split-input-file | FileCheck %s
// RUN: retort-opt %s --recognize-rope --split-input-file --remarks-filter=.* --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=MISSED --implicit-check-not=remark:

// Reshaped to pairs, gathered, stacked, and flattened again; rows before heads.
// CHECK-LABEL: @stacked
// CHECK: %[[X:.*]] = onnx.Sigmoid
// CHECK: %[[IN:.*]] = onnx.Transpose(%[[X]]) {perm = array<i64: 0, 2, 1, 3>}
// CHECK: %[[ROPE:.*]] = llm.rope(%[[IN]], %{{.*}}, %{{.*}}) {interleaved} : (tensor<?x2x?x4xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x2x?x4xf32>
// CHECK: %[[OUT:.*]] = onnx.Transpose(%[[ROPE]]) {perm = array<i64: 0, 2, 1, 3>}
// CHECK: return %[[OUT]]
func.func @stacked(%rows: tensor<?x?x2x4xf32> {onnx.dims = ["b", "t", "", ""]}, %ids: tensor<?x?xi64> {onnx.name = "position_ids", onnx.dims = ["b", "t"]}) -> tensor<?x?x2x4xf32> {
  %x = onnx.Sigmoid(%rows) : (tensor<?x?x2x4xf32>) -> tensor<?x?x2x4xf32>
  %frequencies = onnx.Constant() {value = dense<[1.0, 0.01]> : tensor<2xf32>} : () -> tensor<2xf32>
  %two = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %last = onnx.Constant() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %c0 = onnx.Constant() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
  %c1 = onnx.Constant() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
  %apart = onnx.Constant() {value = dense<[0, 0, 2, 2, 2]> : tensor<5xi64>} : () -> tensor<5xi64>
  %together = onnx.Constant() {value = dense<[0, 0, 2, 4]> : tensor<4xi64>} : () -> tensor<4xi64>
  %p = onnx.Cast(%ids) {to = 1 : i64} : (tensor<?x?xi64>) -> tensor<?x?xf32>
  %column = onnx.Unsqueeze(%p, %two) : (tensor<?x?xf32>, tensor<1xi64>) -> tensor<?x?x1xf32>
  %angles = onnx.Mul(%column, %frequencies) : (tensor<?x?x1xf32>, tensor<2xf32>) -> tensor<?x?x2xf32>
  %c = onnx.Cos(%angles) : (tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  %s = onnx.Sin(%angles) : (tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  %cos = onnx.Unsqueeze(%c, %two) : (tensor<?x?x2xf32>, tensor<1xi64>) -> tensor<?x?x1x2xf32>
  %sin = onnx.Unsqueeze(%s, %two) : (tensor<?x?x2xf32>, tensor<1xi64>) -> tensor<?x?x1x2xf32>
  %pairs = onnx.Reshape(%x, %apart) : (tensor<?x?x2x4xf32>, tensor<5xi64>) -> tensor<?x?x2x2x2xf32>
  %re = onnx.Gather(%pairs, %c0) {axis = -1 : i64} : (tensor<?x?x2x2x2xf32>, tensor<i64>) -> tensor<?x?x2x2xf32>
  %im = onnx.Gather(%pairs, %c1) {axis = -1 : i64} : (tensor<?x?x2x2x2xf32>, tensor<i64>) -> tensor<?x?x2x2xf32>
  %0 = onnx.Mul(%re, %cos) : (tensor<?x?x2x2xf32>, tensor<?x?x1x2xf32>) -> tensor<?x?x2x2xf32>
  %1 = onnx.Mul(%im, %sin) : (tensor<?x?x2x2xf32>, tensor<?x?x1x2xf32>) -> tensor<?x?x2x2xf32>
  %a = onnx.Sub(%0, %1) : (tensor<?x?x2x2xf32>, tensor<?x?x2x2xf32>) -> tensor<?x?x2x2xf32>
  %2 = onnx.Mul(%re, %sin) : (tensor<?x?x2x2xf32>, tensor<?x?x1x2xf32>) -> tensor<?x?x2x2xf32>
  %3 = onnx.Mul(%im, %cos) : (tensor<?x?x2x2xf32>, tensor<?x?x1x2xf32>) -> tensor<?x?x2x2xf32>
  %b = onnx.Add(%2, %3) : (tensor<?x?x2x2xf32>, tensor<?x?x2x2xf32>) -> tensor<?x?x2x2xf32>
  %4 = onnx.Unsqueeze(%a, %last) : (tensor<?x?x2x2xf32>, tensor<1xi64>) -> tensor<?x?x2x2x1xf32>
  %5 = onnx.Unsqueeze(%b, %last) : (tensor<?x?x2x2xf32>, tensor<1xi64>) -> tensor<?x?x2x2x1xf32>
  %stack = onnx.Concat(%4, %5) {axis = -1 : i64} : (tensor<?x?x2x2x1xf32>, tensor<?x?x2x2x1xf32>) -> tensor<?x?x2x2x2xf32>
  %y = onnx.Reshape(%stack, %together) : (tensor<?x?x2x2x2xf32>, tensor<4xi64>) -> tensor<?x?x2x4xf32>
  return %y : tensor<?x?x2x4xf32>
}

// -----

// The second coordinate is turned by other angles than the first: one word for the whole of it, not one for each sum.
// MISSED: remark: {{.*}}a pair of coordinates is not turned
// CHECK-LABEL: @no_rotation
// CHECK-NOT: llm.rope
func.func @no_rotation(%rows: tensor<?x?x2x4xf32> {onnx.dims = ["b", "t", "", ""]}, %ids: tensor<?x?xi64> {onnx.name = "position_ids", onnx.dims = ["b", "t"]}) -> tensor<?x?x2x4xf32> {
  %x = onnx.Sigmoid(%rows) : (tensor<?x?x2x4xf32>) -> tensor<?x?x2x4xf32>
  %frequencies = onnx.Constant() {value = dense<[1.0, 0.01]> : tensor<2xf32>} : () -> tensor<2xf32>
  %two = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %last = onnx.Constant() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %c0 = onnx.Constant() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
  %c1 = onnx.Constant() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
  %apart = onnx.Constant() {value = dense<[0, 0, 2, 2, 2]> : tensor<5xi64>} : () -> tensor<5xi64>
  %together = onnx.Constant() {value = dense<[0, 0, 2, 4]> : tensor<4xi64>} : () -> tensor<4xi64>
  %p = onnx.Cast(%ids) {to = 1 : i64} : (tensor<?x?xi64>) -> tensor<?x?xf32>
  %column = onnx.Unsqueeze(%p, %two) : (tensor<?x?xf32>, tensor<1xi64>) -> tensor<?x?x1xf32>
  %angles = onnx.Mul(%column, %frequencies) : (tensor<?x?x1xf32>, tensor<2xf32>) -> tensor<?x?x2xf32>
  %c = onnx.Cos(%angles) : (tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  %s = onnx.Sin(%angles) : (tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  %cos = onnx.Unsqueeze(%c, %two) : (tensor<?x?x2xf32>, tensor<1xi64>) -> tensor<?x?x1x2xf32>
  %sin = onnx.Unsqueeze(%s, %two) : (tensor<?x?x2xf32>, tensor<1xi64>) -> tensor<?x?x1x2xf32>
  %pairs = onnx.Reshape(%x, %apart) : (tensor<?x?x2x4xf32>, tensor<5xi64>) -> tensor<?x?x2x2x2xf32>
  %re = onnx.Gather(%pairs, %c0) {axis = -1 : i64} : (tensor<?x?x2x2x2xf32>, tensor<i64>) -> tensor<?x?x2x2xf32>
  %im = onnx.Gather(%pairs, %c1) {axis = -1 : i64} : (tensor<?x?x2x2x2xf32>, tensor<i64>) -> tensor<?x?x2x2xf32>
  %0 = onnx.Mul(%re, %cos) : (tensor<?x?x2x2xf32>, tensor<?x?x1x2xf32>) -> tensor<?x?x2x2xf32>
  %1 = onnx.Mul(%im, %sin) : (tensor<?x?x2x2xf32>, tensor<?x?x1x2xf32>) -> tensor<?x?x2x2xf32>
  %a = onnx.Add(%0, %1) : (tensor<?x?x2x2xf32>, tensor<?x?x2x2xf32>) -> tensor<?x?x2x2xf32>
  %2 = onnx.Mul(%re, %sin) : (tensor<?x?x2x2xf32>, tensor<?x?x1x2xf32>) -> tensor<?x?x2x2xf32>
  %3 = onnx.Mul(%im, %cos) : (tensor<?x?x2x2xf32>, tensor<?x?x1x2xf32>) -> tensor<?x?x2x2xf32>
  %b = onnx.Add(%2, %3) : (tensor<?x?x2x2xf32>, tensor<?x?x2x2xf32>) -> tensor<?x?x2x2xf32>
  %4 = onnx.Unsqueeze(%a, %last) : (tensor<?x?x2x2xf32>, tensor<1xi64>) -> tensor<?x?x2x2x1xf32>
  %5 = onnx.Unsqueeze(%b, %last) : (tensor<?x?x2x2xf32>, tensor<1xi64>) -> tensor<?x?x2x2x1xf32>
  %stack = onnx.Concat(%4, %5) {axis = -1 : i64} : (tensor<?x?x2x2x1xf32>, tensor<?x?x2x2x1xf32>) -> tensor<?x?x2x2x2xf32>
  %y = onnx.Reshape(%stack, %together) : (tensor<?x?x2x2x2xf32>, tensor<4xi64>) -> tensor<?x?x2x4xf32>
  return %y : tensor<?x?x2x4xf32>
}
