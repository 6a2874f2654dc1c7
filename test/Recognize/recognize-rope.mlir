// RUN: retort-opt %s --recognize-rope --cse --split-input-file | FileCheck %s

// Halves, with tables that hold each angle twice. The sine's sign may be anywhere.
// CHECK-LABEL: @halves
// CHECK: %[[X:.*]] = onnx.Transpose
// CHECK: %[[COS:.*]] = onnx.Slice(%{{.*}}) : (tensor<?x?x4xf32>, {{.*}}) -> tensor<?x?x2xf32>
// CHECK: %[[SIN:.*]] = onnx.Slice(%{{.*}}) : (tensor<?x?x4xf32>, {{.*}}) -> tensor<?x?x2xf32>
// CHECK: %[[Y:.*]] = llm.rope(%[[X]], %[[COS]], %[[SIN]]) : (tensor<?x2x?x4xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x2x?x4xf32>
// CHECK: return %[[Y]]
func.func @halves(%rows: tensor<?x?x8xf32> {onnx.dims = ["b", "t", ""]}, %ids: tensor<?x?xi64> {onnx.dims = ["b", "t"]}) -> tensor<?x2x?x4xf32> {
  %split = onnx.Constant() {value = dense<[0, 0, 2, 4]> : tensor<4xi64>} : () -> tensor<4xi64>
  %made = onnx.Sigmoid(%rows) : (tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  %split_rows = onnx.Reshape(%made, %split) : (tensor<?x?x8xf32>, tensor<4xi64>) -> tensor<?x?x2x4xf32>
  %x = onnx.Transpose(%split_rows) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x4xf32>) -> tensor<?x2x?x4xf32>
  %frequencies = onnx.Constant() {value = dense<[1.0, 0.01]> : tensor<2xf32>} : () -> tensor<2xf32>
  %axis = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %heads = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %zero = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %two = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %end = onnx.Constant() {value = dense<9223372036854775807> : tensor<1xi64>} : () -> tensor<1xi64>
  %last = onnx.Constant() {value = dense<3> : tensor<1xi64>} : () -> tensor<1xi64>
  %factor = onnx.Constant() {value = dense<1.25> : tensor<f32>} : () -> tensor<f32>
  %p = onnx.Cast(%ids) {to = 1 : i64} : (tensor<?x?xi64>) -> tensor<?x?xf32>
  %column = onnx.Unsqueeze(%p, %axis) : (tensor<?x?xf32>, tensor<1xi64>) -> tensor<?x?x1xf32>
  %angles = onnx.Mul(%column, %frequencies) : (tensor<?x?x1xf32>, tensor<2xf32>) -> tensor<?x?x2xf32>
  %both = onnx.Concat(%angles, %angles) {axis = -1 : i64} : (tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x4xf32>
  %c = onnx.Cos(%both) : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  %s = onnx.Sin(%both) : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  %c1 = onnx.Mul(%c, %factor) : (tensor<?x?x4xf32>, tensor<f32>) -> tensor<?x?x4xf32>
  %s1 = onnx.Mul(%s, %factor) : (tensor<?x?x4xf32>, tensor<f32>) -> tensor<?x?x4xf32>
  %cos = onnx.Unsqueeze(%c1, %heads) : (tensor<?x?x4xf32>, tensor<1xi64>) -> tensor<?x1x?x4xf32>
  %sin = onnx.Unsqueeze(%s1, %heads) : (tensor<?x?x4xf32>, tensor<1xi64>) -> tensor<?x1x?x4xf32>
  %0 = onnx.Mul(%x, %cos) : (tensor<?x2x?x4xf32>, tensor<?x1x?x4xf32>) -> tensor<?x2x?x4xf32>
  %a = onnx.Slice(%x, %zero, %two, %last) : (tensor<?x2x?x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x2x?x2xf32>
  %b = onnx.Slice(%x, %two, %end, %last) : (tensor<?x2x?x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x2x?x2xf32>
  %n = onnx.Neg(%b) : (tensor<?x2x?x2xf32>) -> tensor<?x2x?x2xf32>
  %turned = onnx.Concat(%n, %a) {axis = -1 : i64} : (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>) -> tensor<?x2x?x4xf32>
  %1 = onnx.Mul(%turned, %sin) : (tensor<?x2x?x4xf32>, tensor<?x1x?x4xf32>) -> tensor<?x2x?x4xf32>
  %y = onnx.Add(%1, %0) : (tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>) -> tensor<?x2x?x4xf32>
  return %y : tensor<?x2x?x4xf32>
}

// -----

// Pairs of neighbours as real and imaginary parts; rows before heads; two coordinates pass; the tables are looked up.
// CHECK-LABEL: @complex
// CHECK: %[[X:.*]] = onnx.Sigmoid
// CHECK-DAG: %[[COS:.*]] = onnx.Constant() {value = dense<{{\[\[}}1.000000e+00, 1.000000e+00]
// CHECK-DAG: %[[SIN:.*]] = onnx.Constant() {value = dense<{{\[\[}}0.000000e+00, 0.000000e+00]
// CHECK: %[[IN:.*]] = onnx.Transpose(%[[X]]) {perm = array<i64: 0, 2, 1, 3>}
// CHECK: %[[ROPE:.*]] = llm.rope(%[[IN]], %[[COS]], %[[SIN]] at %arg1) {interleaved} : (tensor<?x2x?x6xf32>, tensor<40x2xf32>, tensor<40x2xf32>, tensor<?x?xi64>)
// CHECK: %[[OUT:.*]] = onnx.Transpose(%[[ROPE]]) {perm = array<i64: 0, 2, 1, 3>}
// CHECK: return %[[OUT]]
func.func @complex(%rows: tensor<?x?x2x6xf32> {onnx.dims = ["b", "t", "", ""]}, %ids: tensor<?x?xi64> {onnx.name = "position_ids", onnx.dims = ["b", "t"]}) -> tensor<?x?x2x6xf32> {
  %x = onnx.Sigmoid(%rows) : (tensor<?x?x2x6xf32>) -> tensor<?x?x2x6xf32>
  %cosines = onnx.Constant() {value = dense<[[1.0, 1.0], [0.6, 0.8], [-0.28, 0.28], [-0.936, -0.352], [-0.8432, -0.8432], [0.1, -0.9], [0.2, 0.3], [0.4, 0.5], [0.6, 0.7], [0.8, 0.9],
    [1.0, 1.0], [0.6, 0.8], [-0.28, 0.28], [-0.936, -0.352], [-0.8432, -0.8432], [0.1, -0.9], [0.2, 0.3], [0.4, 0.5], [0.6, 0.7], [0.8, 0.9],
    [1.0, 1.0], [0.6, 0.8], [-0.28, 0.28], [-0.936, -0.352], [-0.8432, -0.8432], [0.1, -0.9], [0.2, 0.3], [0.4, 0.5], [0.6, 0.7], [0.8, 0.9],
    [1.0, 1.0], [0.6, 0.8], [-0.28, 0.28], [-0.936, -0.352], [-0.8432, -0.8432], [0.1, -0.9], [0.2, 0.3], [0.4, 0.5], [0.6, 0.7], [0.8, 0.9]]> : tensor<40x2xf32>} : () -> tensor<40x2xf32>
  %sines = onnx.Constant() {value = dense<[[0.0, 0.0], [0.8, 0.6], [0.96, 0.96], [0.352, 0.936], [-0.5, 0.4], [0.1, -0.9], [0.2, 0.3], [0.4, 0.5], [0.6, 0.7], [0.8, 0.9],
    [0.0, 0.0], [0.8, 0.6], [0.96, 0.96], [0.352, 0.936], [-0.5, 0.4], [0.1, -0.9], [0.2, 0.3], [0.4, 0.5], [0.6, 0.7], [0.8, 0.9],
    [0.0, 0.0], [0.8, 0.6], [0.96, 0.96], [0.352, 0.936], [-0.5, 0.4], [0.1, -0.9], [0.2, 0.3], [0.4, 0.5], [0.6, 0.7], [0.8, 0.9],
    [0.0, 0.0], [0.8, 0.6], [0.96, 0.96], [0.352, 0.936], [-0.5, 0.4], [0.1, -0.9], [0.2, 0.3], [0.4, 0.5], [0.6, 0.7], [0.8, 0.9]]> : tensor<40x2xf32>} : () -> tensor<40x2xf32>
  %sizes = onnx.Constant() {value = dense<[4, 2]> : tensor<2xi64>} : () -> tensor<2xi64>
  %axes = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %last = onnx.Constant() {value = dense<4> : tensor<1xi64>} : () -> tensor<1xi64>
  %zero = onnx.Constant() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
  %one = onnx.Constant() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
  %pairs = onnx.Constant() {value = dense<[0, 0, 2, 2, 2]> : tensor<5xi64>} : () -> tensor<5xi64>
  %flat = onnx.Constant() {value = dense<[0, 0, 2, 4]> : tensor<4xi64>} : () -> tensor<4xi64>
  %c = onnx.Gather(%cosines, %ids) : (tensor<40x2xf32>, tensor<?x?xi64>) -> tensor<?x?x2xf32>
  %s = onnx.Gather(%sines, %ids) : (tensor<40x2xf32>, tensor<?x?xi64>) -> tensor<?x?x2xf32>
  %cos = onnx.Unsqueeze(%c, %axes) : (tensor<?x?x2xf32>, tensor<1xi64>) -> tensor<?x?x1x2xf32>
  %sin = onnx.Unsqueeze(%s, %axes) : (tensor<?x?x2xf32>, tensor<1xi64>) -> tensor<?x?x1x2xf32>
  %first, %rest = onnx.Split(%x, %sizes) {axis = 3 : i64} : (tensor<?x?x2x6xf32>, tensor<2xi64>) -> (tensor<?x?x2x4xf32>, tensor<?x?x2x2xf32>)
  %z = onnx.Reshape(%first, %pairs) : (tensor<?x?x2x4xf32>, tensor<5xi64>) -> tensor<?x?x2x2x2xf32>
  %re = onnx.Gather(%z, %zero) {axis = 4 : i64} : (tensor<?x?x2x2x2xf32>, tensor<i64>) -> tensor<?x?x2x2xf32>
  %im = onnx.Gather(%z, %one) {axis = 4 : i64} : (tensor<?x?x2x2x2xf32>, tensor<i64>) -> tensor<?x?x2x2xf32>
  %0 = onnx.Mul(%re, %cos) : (tensor<?x?x2x2xf32>, tensor<?x?x1x2xf32>) -> tensor<?x?x2x2xf32>
  %1 = onnx.Mul(%im, %sin) : (tensor<?x?x2x2xf32>, tensor<?x?x1x2xf32>) -> tensor<?x?x2x2xf32>
  %2 = onnx.Mul(%re, %sin) : (tensor<?x?x2x2xf32>, tensor<?x?x1x2xf32>) -> tensor<?x?x2x2xf32>
  %3 = onnx.Mul(%im, %cos) : (tensor<?x?x2x2xf32>, tensor<?x?x1x2xf32>) -> tensor<?x?x2x2xf32>
  %real = onnx.Sub(%0, %1) : (tensor<?x?x2x2xf32>, tensor<?x?x2x2xf32>) -> tensor<?x?x2x2xf32>
  %imaginary = onnx.Add(%2, %3) : (tensor<?x?x2x2xf32>, tensor<?x?x2x2xf32>) -> tensor<?x?x2x2xf32>
  %r = onnx.Unsqueeze(%real, %last) : (tensor<?x?x2x2xf32>, tensor<1xi64>) -> tensor<?x?x2x2x1xf32>
  %i = onnx.Unsqueeze(%imaginary, %last) : (tensor<?x?x2x2xf32>, tensor<1xi64>) -> tensor<?x?x2x2x1xf32>
  %w = onnx.Concat(%r, %i) {axis = 4 : i64} : (tensor<?x?x2x2x1xf32>, tensor<?x?x2x2x1xf32>) -> tensor<?x?x2x2x2xf32>
  %turned = onnx.Reshape(%w, %flat) : (tensor<?x?x2x2x2xf32>, tensor<4xi64>) -> tensor<?x?x2x4xf32>
  %y = onnx.Concat(%turned, %rest) {axis = 3 : i64} : (tensor<?x?x2x4xf32>, tensor<?x?x2x2xf32>) -> tensor<?x?x2x6xf32>
  return %y : tensor<?x?x2x6xf32>
}

// -----

// Neighbours go in, halves come out; a batch and rows alone.
// CHECK-LABEL: @reordered
// CHECK: %[[ORDER:.*]] = onnx.Constant() {value = dense<[0, 2, 1, 3]> : tensor<4xi64>}
// CHECK: %[[IN:.*]] = onnx.Gather(%{{.*}}, %[[ORDER]]) {axis = 2 : i64}
// CHECK: onnx.Unsqueeze(%[[IN]], %{{.*}}) : {{.*}} -> tensor<?x1x?x4xf32>
// CHECK: llm.rope(%{{.*}}, %{{.*}}, %{{.*}}) : (tensor<?x1x?x4xf32>, tensor<1x?x2xf32>, tensor<1x?x2xf32>)
// CHECK: onnx.Squeeze(%{{.*}}) : {{.*}} -> tensor<?x?x4xf32>
func.func @reordered(%rows: tensor<?x?x4xf32> {onnx.dims = ["b", "t", ""]}) -> tensor<?x?x4xf32> {
  %x = onnx.Sigmoid(%rows) : (tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  %frequencies = onnx.Constant() {value = dense<[[1.0, 0.01]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %zero = onnx.Constant() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
  %one = onnx.Constant() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
  %start = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %next = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %end = onnx.Constant() {value = dense<4> : tensor<1xi64>} : () -> tensor<1xi64>
  %axis = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %size = onnx.Shape(%x) {start = 1 : i64, end = 2 : i64} : (tensor<?x?x4xf32>) -> tensor<1xi64>
  %length = onnx.Squeeze(%size) : (tensor<1xi64>) -> tensor<i64>
  %places = onnx.Range(%zero, %length, %one) : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %p = onnx.Cast(%places) {to = 1 : i64} : (tensor<?xi64>) -> tensor<?xf32>
  %column = onnx.Unsqueeze(%p, %next) : (tensor<?xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  %angles = onnx.MatMul(%column, %frequencies) : (tensor<?x1xf32>, tensor<1x2xf32>) -> tensor<?x2xf32>
  %cos = onnx.Cos(%angles) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  %sin = onnx.Sin(%angles) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  %a = onnx.Slice(%x, %start, %end, %axis, %axis) : (tensor<?x?x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x?x2xf32>
  %b = onnx.Slice(%x, %next, %end, %axis, %axis) : (tensor<?x?x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x?x2xf32>
  %0 = onnx.Mul(%a, %cos) : (tensor<?x?x2xf32>, tensor<?x2xf32>) -> tensor<?x?x2xf32>
  %1 = onnx.Mul(%b, %sin) : (tensor<?x?x2xf32>, tensor<?x2xf32>) -> tensor<?x?x2xf32>
  %2 = onnx.Mul(%b, %cos) : (tensor<?x?x2xf32>, tensor<?x2xf32>) -> tensor<?x?x2xf32>
  %3 = onnx.Mul(%a, %sin) : (tensor<?x?x2xf32>, tensor<?x2xf32>) -> tensor<?x?x2xf32>
  %4 = onnx.Sub(%0, %1) : (tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  %5 = onnx.Add(%2, %3) : (tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  %y = onnx.Concat(%4, %5) {axis = -1 : i64} : (tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x?x4xf32>
  return %y : tensor<?x?x4xf32>
}

// -----

// CHECK-LABEL: @fused
// CHECK: llm.rope(%arg0, %arg1, %arg2) : (tensor<1x2x?x4xf32>, tensor<1x?x2xf32>, tensor<1x?x2xf32>) -> tensor<1x2x?x4xf32>
// CHECK: llm.rope(%{{.*}}, %arg3, %arg3 at %arg4) {interleaved} : (tensor<1x2x?x4xf32>
func.func @fused(%x: tensor<1x2x?x4xf32>, %cos: tensor<1x?x2xf32>, %sin: tensor<1x?x2xf32>, %table: tensor<9x2xf32>, %ids: tensor<1x?xi64>) -> (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) {
  %0 = onnx.RotaryEmbedding(%x, %cos, %sin) : (tensor<1x2x?x4xf32>, tensor<1x?x2xf32>, tensor<1x?x2xf32>) -> tensor<1x2x?x4xf32>
  %1 = onnx.RotaryEmbedding(%x, %table, %table, %ids) {interleaved = 1 : i64} : (tensor<1x2x?x4xf32>, tensor<9x2xf32>, tensor<9x2xf32>, tensor<1x?xi64>) -> tensor<1x2x?x4xf32>
  return %0, %1 : tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>
}

// -----

// Heads side by side; the position of the first row; a factor.
// CHECK-LABEL: @fused_flat
// CHECK: %[[COUNT:.*]] = onnx.Range
// CHECK: %[[IDS:.*]] = onnx.Add(%{{.*}}, %arg2) : (tensor<1x?xi64>, tensor<1xi64>) -> tensor<1x?xi64>
// CHECK: %[[HALF:.*]] = onnx.Mul(%arg0, %{{.*}})
// CHECK: onnx.Reshape(%[[HALF]], %{{.*}}) : {{.*}} -> tensor<?x?x2x4xf32>
// CHECK: %[[IN:.*]] = onnx.Transpose{{.*}} -> tensor<?x2x?x4xf32>
// CHECK: llm.rope(%[[IN]], %arg1, %arg1 at %[[IDS]])
// CHECK: onnx.Transpose
// CHECK: onnx.Reshape(%{{.*}}) : {{.*}} -> tensor<?x?x8xf32>
func.func @fused_flat(%x: tensor<?x?x8xf32>, %table: tensor<9x2xf32>, %ids: tensor<1xi64>) -> tensor<?x?x8xf32> {
  %0 = onnx.com.microsoft.RotaryEmbedding(%x, %ids, %table, %table) {num_heads = 2 : i64, scale = 0.5 : f32} : (tensor<?x?x8xf32>, tensor<1xi64>, tensor<9x2xf32>, tensor<9x2xf32>) -> tensor<?x?x8xf32>
  return %0 : tensor<?x?x8xf32>
}
