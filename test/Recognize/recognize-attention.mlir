// Attention that is written out. The future is hidden by positions that are compared; grouped keys
// and values are repeated; each form is another spelling of the same operation.
// RUN: retort-opt %s --recognize-attention --split-input-file | FileCheck %s

// Scale on the scores, keys transposed by one operation, causal mask added.
// CHECK-LABEL: @scaled_scores
// CHECK-NOT: onnx.MatMul
// CHECK: %[[Y:.*]], %{{.*}}, %{{.*}} = llm.attention(%[[Q:.*]], %[[K:.*]], %[[V:.*]]) {causal, scale = 5.000000e-01 : f32}
// CHECK-NOT: onnx.Softmax
// CHECK: return %[[Y]]
func.func @scaled_scores(%q: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}, %k: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]},
                         %v: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}) -> tensor<?x2x?x4xf32> {
  %half = onnx.Constant() {value = dense<0.5> : tensor<f32>} : () -> tensor<f32>
  %zero = onnx.Constant() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
  %one = onnx.Constant() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
  %none = onnx.Constant() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  %low = onnx.Constant() {value = dense<0xFF800000> : tensor<f32>} : () -> tensor<f32>
  %axis = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %size = onnx.Shape(%q) {start = 2 : i64, end = 3 : i64} : (tensor<?x2x?x4xf32>) -> tensor<1xi64>
  %first = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %length = onnx.Squeeze(%size, %first) : (tensor<1xi64>, tensor<1xi64>) -> tensor<i64>
  %columns = onnx.Range(%zero, %length, %one) : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %rows = onnx.Unsqueeze(%columns, %axis) : (tensor<?xi64>, tensor<1xi64>) -> tensor<?x1xi64>
  %future = onnx.Greater(%columns, %rows) : (tensor<?xi64>, tensor<?x1xi64>) -> tensor<?x?xi1>
  %mask = onnx.Where(%future, %low, %none) : (tensor<?x?xi1>, tensor<f32>, tensor<f32>) -> tensor<?x?xf32>
  %kt = onnx.Transpose(%k) {perm = array<i64: 0, 1, 3, 2>} : (tensor<?x2x?x4xf32>) -> tensor<?x2x4x?xf32>
  %scores = onnx.MatMul(%q, %kt) : (tensor<?x2x?x4xf32>, tensor<?x2x4x?xf32>) -> tensor<?x2x?x?xf32>
  %scaled = onnx.Mul(%scores, %half) : (tensor<?x2x?x?xf32>, tensor<f32>) -> tensor<?x2x?x?xf32>
  %masked = onnx.Add(%scaled, %mask) : (tensor<?x2x?x?xf32>, tensor<?x?xf32>) -> tensor<?x2x?x?xf32>
  %shares = onnx.Softmax(%masked) {axis = -1 : i64} : (tensor<?x2x?x?xf32>) -> tensor<?x2x?x?xf32>
  %y = onnx.MatMul(%shares, %v) : (tensor<?x2x?x?xf32>, tensor<?x2x?x4xf32>) -> tensor<?x2x?x4xf32>
  return %y : tensor<?x2x?x4xf32>
}

// -----

// Half of the scale on the queries and half on the keys, which are transposed as three axes and
// repeated for groups of queries; a soft cap; keys and values read where they are not repeated.
// CHECK-LABEL: @grouped_heads
// CHECK-SAME: (%[[Q:.*]]: tensor<?x4x?x8xf32>{{.*}}, %[[K:.*]]: tensor<?x2x?x8xf32>{{.*}}, %[[V:.*]]: tensor<?x2x?x8xf32>
// CHECK: llm.attention(%[[Q]], %[[K]], %[[V]]) {scale = 2.500000e-01 : f32, softcap = 5.000000e+00 : f32}
func.func @grouped_heads(%q: tensor<?x4x?x8xf32> {onnx.dims = ["b", "", "t", ""]}, %k: tensor<?x2x?x8xf32> {onnx.dims = ["b", "", "t", ""]},
                         %v: tensor<?x2x?x8xf32> {onnx.dims = ["b", "", "t", ""]}) -> tensor<?x4x?x8xf32> {
  %half = onnx.Constant() {value = dense<0.5> : tensor<f32>} : () -> tensor<f32>
  %cap = onnx.Constant() {value = dense<5.0> : tensor<f32>} : () -> tensor<f32>
  %axis = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %repeat = onnx.Constant() {value = dense<[1, 1, 2, 1, 1]> : tensor<5xi64>} : () -> tensor<5xi64>
  %heads = onnx.Constant() {value = dense<[0, 4, -1, 8]> : tensor<4xi64>} : () -> tensor<4xi64>
  %flat = onnx.Constant() {value = dense<[-1, 0, 8]> : tensor<3xi64>} : () -> tensor<3xi64>
  %k5 = onnx.Unsqueeze(%k, %axis) : (tensor<?x2x?x8xf32>, tensor<1xi64>) -> tensor<?x2x1x?x8xf32>
  %kr = onnx.Tile(%k5, %repeat) : (tensor<?x2x1x?x8xf32>, tensor<5xi64>) -> tensor<?x2x2x?x8xf32>
  %k4 = onnx.Reshape(%kr, %heads) : (tensor<?x2x2x?x8xf32>, tensor<4xi64>) -> tensor<?x4x?x8xf32>
  %v5 = onnx.Unsqueeze(%v, %axis) : (tensor<?x2x?x8xf32>, tensor<1xi64>) -> tensor<?x2x1x?x8xf32>
  %vr = onnx.Concat(%v5, %v5) {axis = 2 : i64} : (tensor<?x2x1x?x8xf32>, tensor<?x2x1x?x8xf32>) -> tensor<?x2x2x?x8xf32>
  %v4 = onnx.Reshape(%vr, %heads) : (tensor<?x2x2x?x8xf32>, tensor<4xi64>) -> tensor<?x4x?x8xf32>
  %kt = onnx.Transpose(%k4) {perm = array<i64: 0, 1, 3, 2>} : (tensor<?x4x?x8xf32>) -> tensor<?x4x8x?xf32>
  %ks = onnx.Mul(%kt, %half) : (tensor<?x4x8x?xf32>, tensor<f32>) -> tensor<?x4x8x?xf32>
  %qs = onnx.Mul(%half, %q) : (tensor<f32>, tensor<?x4x?x8xf32>) -> tensor<?x4x?x8xf32>
  %scores = onnx.MatMul(%qs, %ks) : (tensor<?x4x?x8xf32>, tensor<?x4x8x?xf32>) -> tensor<?x4x?x?xf32>
  %small = onnx.Div(%scores, %cap) : (tensor<?x4x?x?xf32>, tensor<f32>) -> tensor<?x4x?x?xf32>
  %tanh = onnx.Tanh(%small) : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  %capped = onnx.Mul(%tanh, %cap) : (tensor<?x4x?x?xf32>, tensor<f32>) -> tensor<?x4x?x?xf32>
  %shares = onnx.Softmax(%capped) {axis = -1 : i64} : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  %y = onnx.MatMul(%shares, %v4) : (tensor<?x4x?x?xf32>, tensor<?x4x?x8xf32>) -> tensor<?x4x?x8xf32>
  return %y : tensor<?x4x?x8xf32>
}

// -----

// Rows before heads, by Einsum; the result too.
// CHECK-LABEL: @einsum
// CHECK: %[[Q:.*]] = onnx.Transpose(%arg0) {perm = array<i64: 0, 2, 1, 3>}
// CHECK: %[[K:.*]] = onnx.Transpose(%arg1) {perm = array<i64: 0, 2, 1, 3>}
// CHECK: %[[V:.*]] = onnx.Transpose(%arg2) {perm = array<i64: 0, 2, 1, 3>}
// CHECK: %[[Y:.*]], %{{.*}}, %{{.*}} = llm.attention(%[[Q]], %[[K]], %[[V]]) {scale = 1.000000e+00 : f32}
// CHECK: onnx.Transpose(%[[Y]]) {perm = array<i64: 0, 2, 1, 3>}
func.func @einsum(%q: tensor<?x?x2x4xf32> {onnx.dims = ["b", "t", "", ""]}, %k: tensor<?x?x2x4xf32> {onnx.dims = ["b", "s", "", ""]},
                  %v: tensor<?x?x2x4xf32> {onnx.dims = ["b", "s", "", ""]}) -> tensor<?x?x2x4xf32> {
  %scores = onnx.Einsum(%q, %k) {equation = "bthd,bshd->bhts"} : (tensor<?x?x2x4xf32>, tensor<?x?x2x4xf32>) -> tensor<?x2x?x?xf32>
  %shares = onnx.Softmax(%scores) {axis = -1 : i64} : (tensor<?x2x?x?xf32>) -> tensor<?x2x?x?xf32>
  %y = onnx.Einsum(%shares, %v) {equation = "bhts,bshd->bthd"} : (tensor<?x2x?x?xf32>, tensor<?x?x2x4xf32>) -> tensor<?x?x2x4xf32>
  return %y : tensor<?x?x2x4xf32>
}

// -----

// New keys and values follow a past; both together are results of the model.
// CHECK-LABEL: @past
// CHECK: %[[Y:.*]], %[[PK:.*]], %[[PV:.*]] = llm.attention(%arg0, %arg1, %arg2 past %arg3, %arg4) {scale = 1.000000e+00 : f32}
// CHECK: return %[[Y]], %[[PK]], %[[PV]]
func.func @past(%q: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}, %k: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]},
                %v: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}, %pk: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "p", ""]},
                %pv: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "p", ""]}) -> (tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>) {
  %ks = onnx.Concat(%pk, %k) {axis = -2 : i64} : (tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>) -> tensor<?x2x?x4xf32>
  %vs = onnx.Concat(%pv, %v) {axis = 2 : i64} : (tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>) -> tensor<?x2x?x4xf32>
  %kt = onnx.Transpose(%ks) {perm = array<i64: 0, 1, 3, 2>} : (tensor<?x2x?x4xf32>) -> tensor<?x2x4x?xf32>
  %scores = onnx.MatMul(%q, %kt) : (tensor<?x2x?x4xf32>, tensor<?x2x4x?xf32>) -> tensor<?x2x?x?xf32>
  %shares = onnx.Softmax(%scores) {axis = 3 : i64} : (tensor<?x2x?x?xf32>) -> tensor<?x2x?x?xf32>
  %y = onnx.MatMul(%shares, %vs) : (tensor<?x2x?x?xf32>, tensor<?x2x?x4xf32>) -> tensor<?x2x?x4xf32>
  return %y, %ks, %vs : tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>
}

// -----

// A mask of tokens by the lowest number: rows that see nothing take the mean.
// CHECK-LABEL: @padding
// CHECK: %[[B:.*]] = onnx.Cast(%[[M:.*]]) {to = 9 : i64}
// CHECK: %[[T:.*]] = onnx.Unsqueeze(%[[B]], %{{.*}}) : {{.*}} -> tensor<?x1x1x?xi1>
// CHECK: llm.attention(%{{.*}}, %{{.*}}, %{{.*}} mask %[[T]]) {masked_rows = 1 : i32, scale = 1.000000e+00 : f32}
func.func @padding(%q: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}, %k: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]},
                   %v: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}, %m: tensor<?x?xi64> {onnx.dims = ["b", "t"]}) -> tensor<?x2x?x4xf32> {
  %one = onnx.Constant() {value = dense<1.0> : tensor<f32>} : () -> tensor<f32>
  %low = onnx.Constant() {value = dense<-3.40282347E+38> : tensor<f32>} : () -> tensor<f32>
  %axes = onnx.Constant() {value = dense<[1, 2]> : tensor<2xi64>} : () -> tensor<2xi64>
  %float = onnx.Cast(%m) {to = 1 : i64} : (tensor<?x?xi64>) -> tensor<?x?xf32>
  %wide = onnx.Unsqueeze(%float, %axes) : (tensor<?x?xf32>, tensor<2xi64>) -> tensor<?x1x1x?xf32>
  %inverse = onnx.Sub(%one, %wide) : (tensor<f32>, tensor<?x1x1x?xf32>) -> tensor<?x1x1x?xf32>
  %mask = onnx.Mul(%inverse, %low) : (tensor<?x1x1x?xf32>, tensor<f32>) -> tensor<?x1x1x?xf32>
  %kt = onnx.Transpose(%k) {perm = array<i64: 0, 1, 3, 2>} : (tensor<?x2x?x4xf32>) -> tensor<?x2x4x?xf32>
  %scores = onnx.MatMul(%q, %kt) : (tensor<?x2x?x4xf32>, tensor<?x2x4x?xf32>) -> tensor<?x2x?x?xf32>
  %masked = onnx.Add(%scores, %mask) : (tensor<?x2x?x?xf32>, tensor<?x1x1x?xf32>) -> tensor<?x2x?x?xf32>
  %shares = onnx.Softmax(%masked) {axis = -1 : i64} : (tensor<?x2x?x?xf32>) -> tensor<?x2x?x?xf32>
  %y = onnx.MatMul(%shares, %v) : (tensor<?x2x?x?xf32>, tensor<?x2x?x4xf32>) -> tensor<?x2x?x4xf32>
  return %y : tensor<?x2x?x4xf32>
}

// -----

// -10000 does not take scores in: rows that it hides altogether still see by score, so it stays a bias.
// CHECK-LABEL: @weak_mask
// CHECK: llm.attention(%{{.*}}, %{{.*}}, %{{.*}} bias %{{.*}}) {scale = 1.000000e+00 : f32}
func.func @weak_mask(%q: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}, %k: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]},
                     %v: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}, %m: tensor<?x?xi64> {onnx.dims = ["b", "t"]}) -> tensor<?x2x?x4xf32> {
  %one = onnx.Constant() {value = dense<1.0> : tensor<f32>} : () -> tensor<f32>
  %low = onnx.Constant() {value = dense<-10000.0> : tensor<f32>} : () -> tensor<f32>
  %axes = onnx.Constant() {value = dense<[1, 2]> : tensor<2xi64>} : () -> tensor<2xi64>
  %float = onnx.Cast(%m) {to = 1 : i64} : (tensor<?x?xi64>) -> tensor<?x?xf32>
  %wide = onnx.Unsqueeze(%float, %axes) : (tensor<?x?xf32>, tensor<2xi64>) -> tensor<?x1x1x?xf32>
  %inverse = onnx.Sub(%one, %wide) : (tensor<f32>, tensor<?x1x1x?xf32>) -> tensor<?x1x1x?xf32>
  %mask = onnx.Mul(%inverse, %low) : (tensor<?x1x1x?xf32>, tensor<f32>) -> tensor<?x1x1x?xf32>
  %kt = onnx.Transpose(%k) {perm = array<i64: 0, 1, 3, 2>} : (tensor<?x2x?x4xf32>) -> tensor<?x2x4x?xf32>
  %scores = onnx.MatMul(%q, %kt) : (tensor<?x2x?x4xf32>, tensor<?x2x4x?xf32>) -> tensor<?x2x?x?xf32>
  %masked = onnx.Add(%scores, %mask) : (tensor<?x2x?x?xf32>, tensor<?x1x1x?xf32>) -> tensor<?x2x?x?xf32>
  %shares = onnx.Softmax(%masked) {axis = -1 : i64} : (tensor<?x2x?x?xf32>) -> tensor<?x2x?x?xf32>
  %y = onnx.MatMul(%shares, %v) : (tensor<?x2x?x?xf32>, tensor<?x2x?x4xf32>) -> tensor<?x2x?x4xf32>
  return %y : tensor<?x2x?x4xf32>
}

// -----

// One sink for each head: a column that takes its share and has no value.
// CHECK-LABEL: @sinks
// CHECK: %[[S:.*]] = onnx.Reshape({{.*}}) : (tensor<1x2x?x1xf32>, tensor<1xi64>) -> tensor<2xf32>
// CHECK: llm.attention(%arg0, %arg1, %arg2 sinks %[[S]]) {scale = 1.000000e+00 : f32}
func.func @sinks(%q: tensor<1x2x?x4xf32> {onnx.dims = ["", "", "t", ""]}, %k: tensor<1x2x?x4xf32> {onnx.dims = ["", "", "t", ""]},
                 %v: tensor<1x2x?x4xf32> {onnx.dims = ["", "", "t", ""]}) -> tensor<1x2x?x4xf32> {
  %sinks = onnx.initializer "sinks" dense<[[[[1.0]], [[2.0]]]]> : tensor<1x2x1x1xf32>
  %zero = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %end = onnx.Constant() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %last = onnx.Constant() {value = dense<3> : tensor<1xi64>} : () -> tensor<1xi64>
  %head = onnx.Constant() {value = dense<[1, 2]> : tensor<2xi64>} : () -> tensor<2xi64>
  %tail = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %rows = onnx.Shape(%q) {start = 2 : i64, end = 3 : i64} : (tensor<1x2x?x4xf32>) -> tensor<1xi64>
  %shape = onnx.Concat(%head, %rows, %tail) {axis = 0 : i64} : (tensor<2xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<4xi64>
  %wide = onnx.Expand(%sinks, %shape) : (tensor<1x2x1x1xf32>, tensor<4xi64>) -> tensor<1x2x?x1xf32>
  %kt = onnx.Transpose(%k) {perm = array<i64: 0, 1, 3, 2>} : (tensor<1x2x?x4xf32>) -> tensor<1x2x4x?xf32>
  %scores = onnx.MatMul(%q, %kt) : (tensor<1x2x?x4xf32>, tensor<1x2x4x?xf32>) -> tensor<1x2x?x?xf32>
  %all = onnx.Concat(%scores, %wide) {axis = -1 : i64} : (tensor<1x2x?x?xf32>, tensor<1x2x?x1xf32>) -> tensor<1x2x?x?xf32>
  %max = onnx.ReduceMax(%all, %end) {keepdims = 1 : i64} : (tensor<1x2x?x?xf32>, tensor<1xi64>) -> tensor<1x2x?x1xf32>
  %shifted = onnx.Sub(%all, %max) : (tensor<1x2x?x?xf32>, tensor<1x2x?x1xf32>) -> tensor<1x2x?x?xf32>
  %shares = onnx.Softmax(%shifted) {axis = -1 : i64} : (tensor<1x2x?x?xf32>) -> tensor<1x2x?x?xf32>
  %kept = onnx.Slice(%shares, %zero, %end, %last) : (tensor<1x2x?x?xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x2x?x?xf32>
  %y = onnx.MatMul(%kept, %v) : (tensor<1x2x?x?xf32>, tensor<1x2x?x4xf32>) -> tensor<1x2x?x4xf32>
  return %y : tensor<1x2x?x4xf32>
}

// -----

// A window of 4096 columns looks causal at small sizes: a small number takes its place to find out.
// CHECK-LABEL: @large_window
// CHECK: llm.attention(%arg0, %arg1, %arg2) {causal, left_window = 4095 : i64, scale = 1.000000e+00 : f32}
func.func @large_window(%q: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}, %k: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]},
                        %v: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}) -> tensor<?x2x?x4xf32> {
  %zero = onnx.Constant() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
  %one = onnx.Constant() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
  %width = onnx.Constant() {value = dense<4096> : tensor<i64>} : () -> tensor<i64>
  %low = onnx.Constant() {value = dense<0xFF800000> : tensor<f32>} : () -> tensor<f32>
  %axis = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %first = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %size = onnx.Shape(%q) {start = 2 : i64, end = 3 : i64} : (tensor<?x2x?x4xf32>) -> tensor<1xi64>
  %length = onnx.Squeeze(%size, %first) : (tensor<1xi64>, tensor<1xi64>) -> tensor<i64>
  %columns = onnx.Range(%zero, %length, %one) : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %rows = onnx.Unsqueeze(%columns, %axis) : (tensor<?xi64>, tensor<1xi64>) -> tensor<?x1xi64>
  %past = onnx.LessOrEqual(%columns, %rows) : (tensor<?xi64>, tensor<?x1xi64>) -> tensor<?x?xi1>
  %begin = onnx.Sub(%rows, %width) : (tensor<?x1xi64>, tensor<i64>) -> tensor<?x1xi64>
  %near = onnx.Greater(%columns, %begin) : (tensor<?xi64>, tensor<?x1xi64>) -> tensor<?x?xi1>
  %sees = onnx.And(%past, %near) : (tensor<?x?xi1>, tensor<?x?xi1>) -> tensor<?x?xi1>
  %kt = onnx.Transpose(%k) {perm = array<i64: 0, 1, 3, 2>} : (tensor<?x2x?x4xf32>) -> tensor<?x2x4x?xf32>
  %scores = onnx.MatMul(%q, %kt) : (tensor<?x2x?x4xf32>, tensor<?x2x4x?xf32>) -> tensor<?x2x?x?xf32>
  %masked = onnx.Where(%sees, %scores, %low) : (tensor<?x?xi1>, tensor<?x2x?x?xf32>, tensor<f32>) -> tensor<?x2x?x?xf32>
  %shares = onnx.Softmax(%masked) {axis = -1 : i64} : (tensor<?x2x?x?xf32>) -> tensor<?x2x?x?xf32>
  %y = onnx.MatMul(%shares, %v) : (tensor<?x2x?x?xf32>, tensor<?x2x?x4xf32>) -> tensor<?x2x?x4xf32>
  return %y : tensor<?x2x?x4xf32>
}

// -----

// As ONNX's function Attention guards rows that see nothing: the guard moves behind the attention.
// CHECK-LABEL: @guarded_rows
// CHECK: %[[Y:[a-z_0-9]+]], %{{.*}} = llm.attention(%arg0, %arg1, %arg2
// CHECK: %[[GUARDED:.*]] = onnx.Where(%{{.*}}, %{{.*}}, %[[Y]])
// CHECK: return %[[GUARDED]]
func.func @guarded_rows(%q: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}, %k: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]},
                        %v: tensor<?x2x?x4xf32> {onnx.dims = ["b", "", "t", ""]}, %mask: tensor<?x?xi64> {onnx.dims = ["b", "t"]}) -> tensor<?x2x?x4xf32> {
  %axes = onnx.Constant() {value = dense<[1, 2]> : tensor<2xi64>} : () -> tensor<2xi64>
  %last = onnx.Constant() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %zero = onnx.Constant() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  %low = onnx.Constant() {value = dense<0xFF800000> : tensor<f32>} : () -> tensor<f32>
  %tokens = onnx.Cast(%mask) {to = 9 : i64} : (tensor<?x?xi64>) -> tensor<?x?xi1>
  %sees = onnx.Unsqueeze(%tokens, %axes) : (tensor<?x?xi1>, tensor<2xi64>) -> tensor<?x1x1x?xi1>
  %bias = onnx.Where(%sees, %zero, %low) : (tensor<?x1x1x?xi1>, tensor<f32>, tensor<f32>) -> tensor<?x1x1x?xf32>
  %most = onnx.ReduceMax(%bias, %last) {keepdims = 1 : i64} : (tensor<?x1x1x?xf32>, tensor<1xi64>) -> tensor<?x1x1x1xf32>
  %blind = onnx.Equal(%most, %low) : (tensor<?x1x1x1xf32>, tensor<f32>) -> tensor<?x1x1x1xi1>
  %kt = onnx.Transpose(%k) {perm = array<i64: 0, 1, 3, 2>} : (tensor<?x2x?x4xf32>) -> tensor<?x2x4x?xf32>
  %scores = onnx.MatMul(%q, %kt) : (tensor<?x2x?x4xf32>, tensor<?x2x4x?xf32>) -> tensor<?x2x?x?xf32>
  %masked = onnx.Add(%scores, %bias) : (tensor<?x2x?x?xf32>, tensor<?x1x1x?xf32>) -> tensor<?x2x?x?xf32>
  %shares = onnx.Softmax(%masked) {axis = -1 : i64} : (tensor<?x2x?x?xf32>) -> tensor<?x2x?x?xf32>
  %kept = onnx.Where(%blind, %zero, %shares) : (tensor<?x1x1x1xi1>, tensor<f32>, tensor<?x2x?x?xf32>) -> tensor<?x2x?x?xf32>
  %y = onnx.MatMul(%kept, %v) : (tensor<?x2x?x?xf32>, tensor<?x2x?x4xf32>) -> tensor<?x2x?x4xf32>
  return %y : tensor<?x2x?x4xf32>
}
