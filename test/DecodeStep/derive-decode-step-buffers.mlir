// RUN: retort-opt %s --assign-roles --derive-decode-step --split-input-file --verify-diagnostics | FileCheck %s

// A cache of eight rows that are written from `start` on. The step reads the rows of the text alone, and its states hold
// as many; nothing is left of the buffers, the mask and the number.
// CHECK: %arg1: tensor<1xi64> {onnx.name = "start", retort.role = "start"}
// CHECK-LABEL: func.func @step
// CHECK-SAME: (%arg0: tensor<1x?xi64>
// CHECK-SAME: %arg1: tensor<i64> {{.*}}retort.role = "past"
// CHECK-SAME: tensor<1x2x8x2xf32> {retort.state = 0 : i64}
// CHECK-SAME: tensor<1x2x8x2xf32> {retort.state = 1 : i64})
// CHECK-SAME: retort.context = 8
// CHECK-NOT: onnx.ScatterND
// CHECK: %[[KEYS:.*]] = onnx.TensorScatter(%arg3
// CHECK: %[[VALUES:.*]] = onnx.TensorScatter(%arg4
// CHECK: llm.attention(%{{.*}}, %[[KEYS]], %[[VALUES]] offset %arg1) {causal
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "input_ids"}, %start: tensor<1xi64> {onnx.name = "start"},
                %keys: tensor<?x2x8x2xf32> {onnx.name = "keys"}, %values: tensor<?x8x4xf32> {onnx.name = "values"})
    -> (tensor<?x?x40xf32> {onnx.name = "logits"}, tensor<?x2x8x2xf32>, tensor<?x8x4xf32>) {
  %words = onnx.Constant() {value = dense<1.0> : tensor<40x4xf32>} : () -> tensor<40x4xf32>
  %out = onnx.Constant() {value = dense<1.0> : tensor<4x40xf32>} : () -> tensor<4x40xf32>
  %shape = onnx.Constant() {value = dense<[0, -1, 2, 2]> : tensor<4xi64>} : () -> tensor<4xi64>
  %flat = onnx.Constant() {value = dense<[0, -1, 4]> : tensor<3xi64>} : () -> tensor<3xi64>
  %c0 = onnx.Constant() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
  %c1 = onnx.Constant() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
  %one = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %columns = onnx.Constant() {value = dense<[[0, 1, 2, 3, 4, 5, 6, 7]]> : tensor<1x8xi64>} : () -> tensor<1x8xi64>
  %sizes = onnx.Shape(%ids) : (tensor<?x?xi64>) -> tensor<2xi64>
  %length = onnx.Gather(%sizes, %c1) : (tensor<2xi64>, tensor<i64>) -> tensor<i64>
  %range = onnx.Range(%c0, %length, %c1) : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %places = onnx.Add(%range, %start) : (tensor<?xi64>, tensor<1xi64>) -> tensor<?xi64>
  %column = onnx.Unsqueeze(%places, %one) : (tensor<?xi64>, tensor<1xi64>) -> tensor<?x1xi64>
  %sees = onnx.GreaterOrEqual(%column, %columns) : (tensor<?x1xi64>, tensor<1x8xi64>) -> tensor<?x8xi1>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %split = onnx.Reshape(%x, %shape) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x2x2xf32>
  %heads = onnx.Transpose(%split) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x2xf32>) -> tensor<?x2x?x2xf32>
  // Keys in heads: rows to the front and back.
  %front = onnx.Transpose(%keys) {perm = array<i64: 2, 0, 1, 3>} : (tensor<?x2x8x2xf32>) -> tensor<8x?x2x2xf32>
  %rows = onnx.Transpose(%heads) {perm = array<i64: 2, 0, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %written = onnx.ScatterND(%front, %column, %rows) : (tensor<8x?x2x2xf32>, tensor<?x1xi64>, tensor<?x?x2x2xf32>) -> tensor<8x?x2x2xf32>
  %k = onnx.Transpose(%written) {perm = array<i64: 1, 2, 0, 3>} : (tensor<8x?x2x2xf32>) -> tensor<?x2x8x2xf32>
  // Values before heads are split.
  %all = onnx.TensorScatter(%values, %x, %start) {axis = 1 : i64} : (tensor<?x8x4xf32>, tensor<?x?x4xf32>, tensor<1xi64>) -> tensor<?x8x4xf32>
  %parted = onnx.Reshape(%all, %shape) : (tensor<?x8x4xf32>, tensor<4xi64>) -> tensor<?x8x2x2xf32>
  %v = onnx.Transpose(%parted) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x8x2x2xf32>) -> tensor<?x2x8x2xf32>
  %mixed, %pk, %pv = llm.attention(%heads, %k, %v mask %sees) {scale = 1.0 : f32}
      : (tensor<?x2x?x2xf32>, tensor<?x2x8x2xf32>, tensor<?x2x8x2xf32>, tensor<?x8xi1>) -> (tensor<?x2x?x2xf32>, tensor<?x2x8x2xf32>, tensor<?x2x8x2xf32>)
  %back = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %y = onnx.Reshape(%back, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits, %k, %all : tensor<?x?x40xf32>, tensor<?x2x8x2xf32>, tensor<?x8x4xf32>
}

// -----

// A key length shows rows that nothing was written to: one more than there are.
// CHECK: retort.no_decode_step = "'llm.attention' op lets a row see tokens that follow it"
// CHECK-NOT: func.func @step
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "input_ids"}, %start: tensor<1xi64> {onnx.name = "start"},
                %keys: tensor<?x2x8x2xf32> {onnx.name = "keys"})
    -> (tensor<?x?x40xf32> {onnx.name = "logits"}, tensor<?x2x8x2xf32>) {
  %words = onnx.Constant() {value = dense<1.0> : tensor<40x4xf32>} : () -> tensor<40x4xf32>
  %out = onnx.Constant() {value = dense<1.0> : tensor<4x40xf32>} : () -> tensor<4x40xf32>
  %shape = onnx.Constant() {value = dense<[0, -1, 2, 2]> : tensor<4xi64>} : () -> tensor<4xi64>
  %flat = onnx.Constant() {value = dense<[0, -1, 4]> : tensor<3xi64>} : () -> tensor<3xi64>
  %two = onnx.Constant() {value = dense<2> : tensor<i64>} : () -> tensor<i64>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %split = onnx.Reshape(%x, %shape) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x2x2xf32>
  %heads = onnx.Transpose(%split) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x2xf32>) -> tensor<?x2x?x2xf32>
  %k = onnx.TensorScatter(%keys, %heads, %start) {axis = 2 : i64} : (tensor<?x2x8x2xf32>, tensor<?x2x?x2xf32>, tensor<1xi64>) -> tensor<?x2x8x2xf32>
  %sizes = onnx.Shape(%ids) {start = 1 : i64} : (tensor<?x?xi64>) -> tensor<1xi64>
  %sum = onnx.Add(%start, %sizes) : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  %many = onnx.Add(%sum, %two) : (tensor<1xi64>, tensor<i64>) -> tensor<1xi64>
  // expected-remark @+1 {{no decode step: 'llm.attention' op lets a row see tokens that follow it}}
  %mixed, %pk, %pv = llm.attention(%heads, %k, %k key_length %many) {scale = 1.0 : f32}
      : (tensor<?x2x?x2xf32>, tensor<?x2x8x2xf32>, tensor<?x2x8x2xf32>, tensor<1xi64>) -> (tensor<?x2x?x2xf32>, tensor<?x2x8x2xf32>, tensor<?x2x8x2xf32>)
  %back = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %y = onnx.Reshape(%back, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits, %k : tensor<?x?x40xf32>, tensor<?x2x8x2xf32>
}

// -----

// Rows are written one further than the text has come.
// CHECK: retort.no_decode_step = "a cache is not written behind the rows of the past"
// CHECK-NOT: func.func @step
// expected-remark @+1 {{no decode step: a cache is not written behind the rows of the past}}
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "input_ids"}, %start: tensor<1xi64> {onnx.name = "start"},
                %keys: tensor<?x2x8x2xf32> {onnx.name = "keys"})
    -> (tensor<?x?x40xf32> {onnx.name = "logits"}, tensor<?x2x8x2xf32>) {
  %words = onnx.Constant() {value = dense<1.0> : tensor<40x4xf32>} : () -> tensor<40x4xf32>
  %out = onnx.Constant() {value = dense<1.0> : tensor<4x40xf32>} : () -> tensor<4x40xf32>
  %shape = onnx.Constant() {value = dense<[0, -1, 2, 2]> : tensor<4xi64>} : () -> tensor<4xi64>
  %flat = onnx.Constant() {value = dense<[0, -1, 4]> : tensor<3xi64>} : () -> tensor<3xi64>
  %one = onnx.Constant() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
  %zero = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %split = onnx.Reshape(%x, %shape) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x2x2xf32>
  %heads = onnx.Transpose(%split) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x2xf32>) -> tensor<?x2x?x2xf32>
  %next = onnx.Add(%start, %one) : (tensor<1xi64>, tensor<i64>) -> tensor<1xi64>
  %k = onnx.TensorScatter(%keys, %heads, %next) {axis = 2 : i64} : (tensor<?x2x8x2xf32>, tensor<?x2x?x2xf32>, tensor<1xi64>) -> tensor<?x2x8x2xf32>
  %mixed, %pk, %pv = llm.attention(%heads, %k, %k offset %start) {causal, scale = 1.0 : f32}
      : (tensor<?x2x?x2xf32>, tensor<?x2x8x2xf32>, tensor<?x2x8x2xf32>, tensor<1xi64>) -> (tensor<?x2x?x2xf32>, tensor<?x2x8x2xf32>, tensor<?x2x8x2xf32>)
  %back = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %y = onnx.Reshape(%back, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits, %k : tensor<?x?x40xf32>, tensor<?x2x8x2xf32>
}

// -----

// Without an offset, row i stands at column i: what was written before is not behind it.
// CHECK: retort.no_decode_step = "'llm.attention' op places its rows at other columns than those of the text"
// CHECK-NOT: func.func @step
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "input_ids"}, %start: tensor<1xi64> {onnx.name = "start"},
                %keys: tensor<?x2x8x2xf32> {onnx.name = "keys"})
    -> (tensor<?x?x40xf32> {onnx.name = "logits"}, tensor<?x2x8x2xf32>) {
  %words = onnx.Constant() {value = dense<1.0> : tensor<40x4xf32>} : () -> tensor<40x4xf32>
  %out = onnx.Constant() {value = dense<1.0> : tensor<4x40xf32>} : () -> tensor<4x40xf32>
  %shape = onnx.Constant() {value = dense<[0, -1, 2, 2]> : tensor<4xi64>} : () -> tensor<4xi64>
  %flat = onnx.Constant() {value = dense<[0, -1, 4]> : tensor<3xi64>} : () -> tensor<3xi64>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %split = onnx.Reshape(%x, %shape) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x2x2xf32>
  %heads = onnx.Transpose(%split) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x2xf32>) -> tensor<?x2x?x2xf32>
  %k = onnx.TensorScatter(%keys, %heads, %start) {axis = 2 : i64} : (tensor<?x2x8x2xf32>, tensor<?x2x?x2xf32>, tensor<1xi64>) -> tensor<?x2x8x2xf32>
  // expected-remark @+1 {{no decode step: 'llm.attention' op places its rows at other columns than those of the text}}
  %mixed, %pk, %pv = llm.attention(%heads, %k, %k) {causal, scale = 1.0 : f32}
      : (tensor<?x2x?x2xf32>, tensor<?x2x8x2xf32>, tensor<?x2x8x2xf32>) -> (tensor<?x2x?x2xf32>, tensor<?x2x8x2xf32>, tensor<?x2x8x2xf32>)
  %back = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %y = onnx.Reshape(%back, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits, %k : tensor<?x?x40xf32>, tensor<?x2x8x2xf32>
}

// -----

// As many rows as the caller likes: those of the context.
// CHECK-LABEL: func.func @step
// CHECK-SAME: tensor<1x2x2048x2xf32> {retort.state = 0 : i64}
// CHECK: llm.attention(%{{.*}}, %{{.*}}, %{{.*}} offset %arg1) {causal
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "input_ids"}, %start: tensor<1xi64> {onnx.name = "start"},
                %keys: tensor<?x2x?x2xf32> {onnx.name = "keys"})
    -> (tensor<?x?x40xf32> {onnx.name = "logits"}, tensor<?x2x?x2xf32>) {
  %words = onnx.Constant() {value = dense<1.0> : tensor<40x4xf32>} : () -> tensor<40x4xf32>
  %out = onnx.Constant() {value = dense<1.0> : tensor<4x40xf32>} : () -> tensor<4x40xf32>
  %shape = onnx.Constant() {value = dense<[0, -1, 2, 2]> : tensor<4xi64>} : () -> tensor<4xi64>
  %flat = onnx.Constant() {value = dense<[0, -1, 4]> : tensor<3xi64>} : () -> tensor<3xi64>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %split = onnx.Reshape(%x, %shape) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x2x2xf32>
  %heads = onnx.Transpose(%split) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x2xf32>) -> tensor<?x2x?x2xf32>
  %k = onnx.TensorScatter(%keys, %heads, %start) {axis = 2 : i64} : (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<1xi64>) -> tensor<?x2x?x2xf32>
  %sizes = onnx.Shape(%ids) {start = 1 : i64} : (tensor<?x?xi64>) -> tensor<1xi64>
  %sum = onnx.Add(%start, %sizes) : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  %mixed, %pk, %pv = llm.attention(%heads, %k, %k key_length %sum offset %start) {causal, scale = 1.0 : f32}
      : (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<1xi64>, tensor<1xi64>) -> (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>)
  %back = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %y = onnx.Reshape(%back, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits, %k : tensor<?x?x40xf32>, tensor<?x2x?x2xf32>
}
