// RUN: retort-opt %s --recognize-norms --split-input-file | FileCheck %s

// The spelling of the factor does not matter: Pow or Mul, Reciprocal or Div, the place of epsilon.
// CHECK-LABEL: @reciprocal
// CHECK-SAME: (%[[X:.*]]: tensor<?x3x4xf32>, %[[W:.*]]: tensor<4xf32>)
// CHECK-NEXT: %[[Y:.*]] = llm.rms_norm(%[[X]], %[[W]]) {epsilon = 9.99999974E-6 : f32}
// CHECK-NEXT: return %[[Y]]
func.func @reciprocal(%x: tensor<?x3x4xf32>, %w: tensor<4xf32>) -> tensor<?x3x4xf32> {
  %two = onnx.Constant() {value = dense<2.0> : tensor<f32>} : () -> tensor<f32>
  %epsilon = onnx.Constant() {value = dense<9.99999974E-6> : tensor<f32>} : () -> tensor<f32>
  %last = onnx.Constant() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %square = onnx.Pow(%x, %two) : (tensor<?x3x4xf32>, tensor<f32>) -> tensor<?x3x4xf32>
  %mean = onnx.ReduceMean(%square, %last) : (tensor<?x3x4xf32>, tensor<1xi64>) -> tensor<?x3x1xf32>
  %sum = onnx.Add(%mean, %epsilon) : (tensor<?x3x1xf32>, tensor<f32>) -> tensor<?x3x1xf32>
  %root = onnx.Sqrt(%sum) : (tensor<?x3x1xf32>) -> tensor<?x3x1xf32>
  %factor = onnx.Reciprocal(%root) : (tensor<?x3x1xf32>) -> tensor<?x3x1xf32>
  %norm = onnx.Mul(%x, %factor) : (tensor<?x3x4xf32>, tensor<?x3x1xf32>) -> tensor<?x3x4xf32>
  %y = onnx.Mul(%w, %norm) : (tensor<4xf32>, tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  return %y : tensor<?x3x4xf32>
}

// -----

// A sum of squares over 4 elements, with 4 epsilon; a weight of more axes.
// CHECK-LABEL: @sum_of_squares
// CHECK: %[[W:.*]] = onnx.Constant() {value = dense<[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00]> : tensor<4xf32>}
// CHECK: %[[Y:.*]] = llm.rms_norm(%arg0, %[[W]]) {epsilon = 5.000000e-01 : f32}
// CHECK-NEXT: return %[[Y]]
func.func @sum_of_squares(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %w = onnx.Constant() {value = dense<[[1.0, 2.0, 3.0, 4.0]]> : tensor<1x4xf32>} : () -> tensor<1x4xf32>
  %epsilon = onnx.Constant() {value = dense<0.5> : tensor<f32>} : () -> tensor<f32>
  %quarter = onnx.Constant() {value = dense<0.25> : tensor<f32>} : () -> tensor<f32>
  %half = onnx.Constant() {value = dense<0.5> : tensor<f32>} : () -> tensor<f32>
  %last = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %sum = onnx.ReduceSumSquare(%x, %last) {keepdims = 0 : i64} : (tensor<2x4xf32>, tensor<1xi64>) -> tensor<2xf32>
  %column = onnx.Unsqueeze(%sum, %last) : (tensor<2xf32>, tensor<1xi64>) -> tensor<2x1xf32>
  %mean = onnx.Mul(%column, %quarter) : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x1xf32>
  %shifted = onnx.Add(%epsilon, %mean) : (tensor<f32>, tensor<2x1xf32>) -> tensor<2x1xf32>
  %root = onnx.Pow(%shifted, %half) : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x1xf32>
  %norm = onnx.Div(%x, %root) : (tensor<2x4xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  %y = onnx.Mul(%norm, %w) : (tensor<2x4xf32>, tensor<1x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// -----

// Without epsilon, divided by the length instead of its root mean: a weight of 1 / sqrt(4).
// CHECK-LABEL: @unit_length
// CHECK: %[[W:.*]] = onnx.Constant() {value = dense<5.000000e-01> : tensor<4xf32>}
// CHECK: llm.rms_norm(%arg0, %[[W]]) {epsilon = 0.000000e+00 : f32}
func.func @unit_length(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %last = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %length = onnx.ReduceL2(%x, %last) : (tensor<2x4xf32>, tensor<1xi64>) -> tensor<2x1xf32>
  %y = onnx.Div(%x, %length) : (tensor<2x4xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// -----

// Computed in f32 and rounded before the weight, as models in f16 do.
// CHECK-LABEL: @half
// CHECK: %[[Y:.*]] = llm.rms_norm(%arg0, %arg1) {epsilon = 1.000000e+00 : f32} : (tensor<2x4xf16>, tensor<4xf16>) -> tensor<2x4xf16>
// CHECK-NEXT: return %[[Y]]
func.func @half(%x: tensor<2x4xf16>, %w: tensor<4xf16>) -> tensor<2x4xf16> {
  %one = onnx.Constant() {value = dense<1.0> : tensor<f32>} : () -> tensor<f32>
  %last = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %wide = onnx.Cast(%x) {to = 1 : i64} : (tensor<2x4xf16>) -> tensor<2x4xf32>
  %square = onnx.Mul(%wide, %wide) : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  %mean = onnx.ReduceMean(%square, %last) : (tensor<2x4xf32>, tensor<1xi64>) -> tensor<2x1xf32>
  %sum = onnx.Add(%mean, %one) : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x1xf32>
  %root = onnx.Sqrt(%sum) : (tensor<2x1xf32>) -> tensor<2x1xf32>
  %norm = onnx.Div(%wide, %root) : (tensor<2x4xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  %narrow = onnx.Cast(%norm) {to = 10 : i64} : (tensor<2x4xf32>) -> tensor<2x4xf16>
  %y = onnx.Mul(%narrow, %w) : (tensor<2x4xf16>, tensor<4xf16>) -> tensor<2x4xf16>
  return %y : tensor<2x4xf16>
}

// -----

// Two norms of one input share what lies inside; each has its weight.
// CHECK-LABEL: @shared
// CHECK-DAG: onnx.LayerNormalization(%arg0, %arg1, %arg2) {axis = -1 : i64, epsilon = 1.000000e+00 : f32
// CHECK-DAG: onnx.LayerNormalization(%arg0, %arg3) {axis = -1 : i64, epsilon = 1.000000e+00 : f32
// CHECK-NOT: onnx.Sub
func.func @shared(%x: tensor<2x4xf32>, %w: tensor<4xf32>, %b: tensor<4xf32>, %v: tensor<4xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  %one = onnx.Constant() {value = dense<1.0> : tensor<f32>} : () -> tensor<f32>
  %last = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %center = onnx.ReduceMean(%x, %last) : (tensor<2x4xf32>, tensor<1xi64>) -> tensor<2x1xf32>
  %centered = onnx.Sub(%x, %center) : (tensor<2x4xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  %square = onnx.Mul(%centered, %centered) : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  %mean = onnx.ReduceMean(%square, %last) : (tensor<2x4xf32>, tensor<1xi64>) -> tensor<2x1xf32>
  %sum = onnx.Add(%mean, %one) : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x1xf32>
  %root = onnx.Sqrt(%sum) : (tensor<2x1xf32>) -> tensor<2x1xf32>
  %norm = onnx.Div(%centered, %root) : (tensor<2x4xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  %scaled = onnx.Mul(%norm, %w) : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %y = onnx.Add(%b, %scaled) : (tensor<4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  %z = onnx.Mul(%v, %norm) : (tensor<4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y, %z : tensor<2x4xf32>, tensor<2x4xf32>
}

// -----

// CHECK-LABEL: @fused
// CHECK: %[[A:.*]] = llm.rms_norm(%arg0, %arg2) {epsilon = 9.99999974E-6 : f32}
// CHECK: %[[B:.*]] = llm.rms_norm(%[[A]], %arg2) {epsilon = 1.000000e+00 : f32}
// CHECK: %[[SUM:.*]] = onnx.Add(%[[B]], %arg1)
// CHECK: %[[C:.*]] = llm.rms_norm(%[[SUM]], %arg2) {epsilon = 1.000000e+00 : f32}
// CHECK: return %[[C]], %[[SUM]]
func.func @fused(%x: tensor<1x2x4xf32>, %skip: tensor<1x2x4xf32>, %w: tensor<4xf32>) -> (tensor<1x2x4xf32>, tensor<1x2x4xf32>) {
  %a = onnx.RMSNormalization(%x, %w) : (tensor<1x2x4xf32>, tensor<4xf32>) -> tensor<1x2x4xf32>
  %b = onnx.SimplifiedLayerNormalization(%a, %w) {axis = 2 : i64, epsilon = 1.0 : f32} : (tensor<1x2x4xf32>, tensor<4xf32>) -> tensor<1x2x4xf32>
  %c, %sum = onnx.com.microsoft.SkipSimplifiedLayerNormalization(%b, %skip, %w) {epsilon = 1.0 : f32}
      : (tensor<1x2x4xf32>, tensor<1x2x4xf32>, tensor<4xf32>) -> (tensor<1x2x4xf32>, _, _, tensor<1x2x4xf32>)
  return %c, %sum : tensor<1x2x4xf32>, tensor<1x2x4xf32>
}

// -----

// CHECK-LABEL: @fused_layer_norm
// CHECK: %[[PART:.*]] = onnx.Add(%arg0, %arg1)
// CHECK: %[[SUM:.*]] = onnx.Add(%[[PART]], %arg3)
// CHECK: onnx.LayerNormalization(%[[SUM]], %arg2, %arg3) {axis = -1 : i64, epsilon = 1.000000e+00 : f32
func.func @fused_layer_norm(%x: tensor<1x2x4xf32>, %skip: tensor<1x2x4xf32>, %w: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<1x2x4xf32> {
  %y = onnx.com.microsoft.SkipLayerNormalization(%x, %skip, %w, %b, %b) {epsilon = 1.0 : f32}
      : (tensor<1x2x4xf32>, tensor<1x2x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x2x4xf32>
  return %y : tensor<1x2x4xf32>
}

// -----

// Tokens and segments come as ids, positions are counted.
// CHECK-LABEL: @embedding
// CHECK: %[[WORDS:.*]] = onnx.Gather(%arg2, %arg0)
// CHECK: %[[PLACES:.*]] = onnx.Gather(%arg3, %{{.*}}) {{.*}} -> tensor<1x?x4xf32>
// CHECK: %[[PART:.*]] = onnx.Add(%[[WORDS]], %[[PLACES]])
// CHECK: %[[KINDS:.*]] = onnx.Gather(%arg4, %arg1)
// CHECK: %[[SUM:.*]] = onnx.Add(%[[PART]], %[[KINDS]])
// CHECK: %[[Y:.*]] = onnx.LayerNormalization(%[[SUM]], %arg5, %arg6)
// CHECK: return %[[Y]], %[[SUM]]
func.func @embedding(%ids: tensor<?x?xi32>, %segments: tensor<?x?xi32>, %words: tensor<9x4xf32>, %places: tensor<5x4xf32>, %kinds: tensor<2x4xf32>,
                     %w: tensor<4xf32>, %b: tensor<4xf32>) -> (tensor<?x?x4xf32>, tensor<?x?x4xf32>) {
  %y, %sum = onnx.com.microsoft.EmbedLayerNormalization(%ids, %segments, %words, %places, %kinds, %w, %b)
      : (tensor<?x?xi32>, tensor<?x?xi32>, tensor<9x4xf32>, tensor<5x4xf32>, tensor<2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<?x?x4xf32>, _, tensor<?x?x4xf32>)
  return %y, %sum : tensor<?x?x4xf32>, tensor<?x?x4xf32>
}

// -----

// What lies inside is a result too.
// CHECK-LABEL: @used_inside
// CHECK-NOT: llm.rms_norm
func.func @used_inside(%x: tensor<2x4xf32>) -> (tensor<2x4xf32>, tensor<2x1xf32>) {
  %last = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %length = onnx.ReduceL2(%x, %last) : (tensor<2x4xf32>, tensor<1xi64>) -> tensor<2x1xf32>
  %y = onnx.Div(%x, %length) : (tensor<2x4xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  return %y, %length : tensor<2x4xf32>, tensor<2x1xf32>
}

// -----

// Another function of the mean square; another value that is multiplied; another axis; an addend of each row.
// CHECK-LABEL: @something_else
// CHECK-NOT: llm.rms_norm
func.func @something_else(%x: tensor<4x4xf32>, %z: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) {
  %one = onnx.Constant() {value = dense<1.0> : tensor<f32>} : () -> tensor<f32>
  %last = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %first = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %length = onnx.ReduceL2(%x, %last) : (tensor<4x4xf32>, tensor<1xi64>) -> tensor<4x1xf32>
  %bounded = onnx.Max(%length, %one) : (tensor<4x1xf32>, tensor<f32>) -> tensor<4x1xf32>
  %a = onnx.Div(%x, %bounded) : (tensor<4x4xf32>, tensor<4x1xf32>) -> tensor<4x4xf32>
  %other = onnx.ReduceL2(%a, %last) : (tensor<4x4xf32>, tensor<1xi64>) -> tensor<4x1xf32>
  %b = onnx.Div(%z, %other) : (tensor<4x4xf32>, tensor<4x1xf32>) -> tensor<4x4xf32>
  %column = onnx.ReduceL2(%x, %first) : (tensor<4x4xf32>, tensor<1xi64>) -> tensor<1x4xf32>
  %c = onnx.Div(%x, %column) : (tensor<4x4xf32>, tensor<1x4xf32>) -> tensor<4x4xf32>
  return %a, %b, %c : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>
}

// -----

// A statistic that is used; a weight that is no vector.
// CHECK-LABEL: @fused_elsewise
// CHECK-NOT: llm.rms_norm
func.func @fused_elsewise(%x: tensor<3x2x4xf32>, %w: tensor<4xf32>, %v: tensor<2x4xf32>) -> (tensor<3x2x4xf32>, tensor<3x2x1xf32>, tensor<3x2x4xf32>) {
  %a, %inverse = onnx.SimplifiedLayerNormalization(%x, %w) : (tensor<3x2x4xf32>, tensor<4xf32>) -> (tensor<3x2x4xf32>, tensor<3x2x1xf32>)
  %b = onnx.RMSNormalization(%x, %v) : (tensor<3x2x4xf32>, tensor<2x4xf32>) -> tensor<3x2x4xf32>
  return %a, %inverse, %b : tensor<3x2x4xf32>, tensor<3x2x1xf32>, tensor<3x2x4xf32>
}

// -----

// A skip of a batch of its own could be larger than what it is added to: a sum would have its shape.
// CHECK-LABEL: @skip_of_another_batch
// CHECK: onnx.com.microsoft.SkipLayerNormalization
// CHECK: onnx.Add(%arg2, %arg3)
// CHECK: onnx.LayerNormalization
func.func @skip_of_another_batch(%x: tensor<?x2x4xf32> {onnx.dims = ["a", "", ""]}, %skip: tensor<?x2x4xf32> {onnx.dims = ["b", "", ""]},
    %y: tensor<?x?x4xf32> {onnx.dims = ["n", "m", ""]}, %row: tensor<1x?x4xf32> {onnx.dims = ["", "m", ""]}, %w: tensor<4xf32>) -> (tensor<?x2x4xf32>, tensor<?x?x4xf32>) {
  %0 = onnx.com.microsoft.SkipLayerNormalization(%x, %skip, %w) {epsilon = 1.0 : f32}
      : (tensor<?x2x4xf32>, tensor<?x2x4xf32>, tensor<4xf32>) -> tensor<?x2x4xf32>
  %1 = onnx.com.microsoft.SkipLayerNormalization(%y, %row, %w) {epsilon = 1.0 : f32}
      : (tensor<?x?x4xf32>, tensor<1x?x4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
  return %0, %1 : tensor<?x2x4xf32>, tensor<?x?x4xf32>
}
