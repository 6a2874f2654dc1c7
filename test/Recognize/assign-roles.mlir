// RUN: retort-opt %s --assign-roles --split-input-file | FileCheck %s

// Names would say the opposite. Positions look up a table as tokens do, but not one as wide as the logits; a result is
// the next value of a cache if it holds it.
// CHECK-LABEL: @by_dataflow
// CHECK-SAME: %arg0: {{.*}}onnx.name = "input_ids", retort.role = "positions"
// CHECK-SAME: %arg1: {{.*}}onnx.name = "position_ids", retort.role = "tokens"
// CHECK-SAME: %arg2: {{.*}}onnx.name = "mask", retort.role = "past:0"
// CHECK-SAME: %arg3: {{.*}}onnx.name = "past", retort.role = "mask"
// CHECK-SAME: %arg4: tensor<?xi64> {onnx.name = "lengths"}
// CHECK-SAME: -> (tensor<?x2x?x2xf32> {retort.role = "present:0"}, tensor<?x?x40xf32> {retort.role = "logits"})
func.func @by_dataflow(%positions: tensor<?x?xi64> {onnx.name = "input_ids"}, %tokens: tensor<?x?xi64> {onnx.name = "position_ids"},
                       %past: tensor<?x2x?x2xf32> {onnx.name = "mask"}, %mask: tensor<?x?xi64> {onnx.name = "past"},
                       %lengths: tensor<?xi64> {onnx.name = "lengths"}) -> (tensor<?x2x?x2xf32>, tensor<?x?x40xf32>) {
  %words = onnx.initializer "w" dense<1.0> : tensor<40x4xf32>
  %places = onnx.initializer "p" dense<1.0> : tensor<64x4xf32>
  %out = onnx.initializer "o" dense<1.0> : tensor<4x40xf32>
  %shape = onnx.Constant() {value = dense<[0, 0, 2, 2]> : tensor<4xi64>} : () -> tensor<4xi64>
  %flat = onnx.Constant() {value = dense<[0, 0, 4]> : tensor<3xi64>} : () -> tensor<3xi64>
  %axes = onnx.Constant() {value = dense<[1, 2]> : tensor<2xi64>} : () -> tensor<2xi64>
  %two = onnx.Constant() {value = dense<2> : tensor<i64>} : () -> tensor<i64>
  %0 = onnx.Gather(%words, %tokens) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %shifted = onnx.Add(%positions, %two) : (tensor<?x?xi64>, tensor<i64>) -> tensor<?x?xi64>
  %1 = onnx.Gather(%places, %shifted) : (tensor<64x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %x = onnx.Add(%0, %1) : (tensor<?x?x4xf32>, tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  %heads = onnx.Reshape(%x, %shape) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x2x2xf32>
  %new = onnx.Transpose(%heads) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x2xf32>) -> tensor<?x2x?x2xf32>
  %k = onnx.Concat(%past, %new) {axis = 2 : i64} : (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>) -> tensor<?x2x?x2xf32>
  %kt = onnx.Transpose(%k) {perm = array<i64: 0, 1, 3, 2>} : (tensor<?x2x?x2xf32>) -> tensor<?x2x2x?xf32>
  %scores = onnx.MatMul(%new, %kt) : (tensor<?x2x?x2xf32>, tensor<?x2x2x?xf32>) -> tensor<?x2x?x?xf32>
  %numbers = onnx.Cast(%mask) {to = 1 : i64} : (tensor<?x?xi64>) -> tensor<?x?xf32>
  %bias = onnx.Unsqueeze(%numbers, %axes) : (tensor<?x?xf32>, tensor<2xi64>) -> tensor<?x1x1x?xf32>
  %masked = onnx.Add(%scores, %bias) : (tensor<?x2x?x?xf32>, tensor<?x1x1x?xf32>) -> tensor<?x2x?x?xf32>
  %a = onnx.Softmax(%masked) : (tensor<?x2x?x?xf32>) -> tensor<?x2x?x?xf32>
  %y = onnx.MatMul(%a, %k) : (tensor<?x2x?x?xf32>, tensor<?x2x?x2xf32>) -> tensor<?x2x?x2xf32>
  %back = onnx.Transpose(%y) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %rows = onnx.Reshape(%back, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%rows, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %k, %logits : tensor<?x2x?x2xf32>, tensor<?x?x40xf32>
}

// -----

// Positions that are counted from the mask leave it a mask; what looks up a table of two rows tells segments apart.
// CHECK-LABEL: @counted
// CHECK-SAME: %arg0: tensor<?x?xi64> {retort.role = "tokens"}, %arg1: tensor<?x?xi64> {retort.role = "mask"}, %arg2: tensor<?x?xi64>)
func.func @counted(%tokens: tensor<?x?xi64>, %mask: tensor<?x?xi64>, %segments: tensor<?x?xi64>) -> tensor<?x?x4xf32> {
  %words = onnx.initializer "w" dense<1.0> : tensor<40x4xf32>
  %places = onnx.initializer "p" dense<1.0> : tensor<64x4xf32>
  %kinds = onnx.initializer "k" dense<1.0> : tensor<2x4xf32>
  %axis = onnx.Constant() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
  %axes = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %0 = onnx.Gather(%words, %tokens) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %sum = onnx.CumSum(%mask, %axis) : (tensor<?x?xi64>, tensor<i64>) -> tensor<?x?xi64>
  %positions = onnx.Mul(%sum, %mask) : (tensor<?x?xi64>, tensor<?x?xi64>) -> tensor<?x?xi64>
  %1 = onnx.Gather(%places, %positions) : (tensor<64x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %2 = onnx.Gather(%kinds, %segments) : (tensor<2x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %sum1 = onnx.Add(%0, %1) : (tensor<?x?x4xf32>, tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  %x = onnx.Add(%sum1, %2) : (tensor<?x?x4xf32>, tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  %t = onnx.Transpose(%x) {perm = array<i64: 0, 2, 1>} : (tensor<?x?x4xf32>) -> tensor<?x4x?xf32>
  %scores = onnx.MatMul(%x, %t) : (tensor<?x?x4xf32>, tensor<?x4x?xf32>) -> tensor<?x?x?xf32>
  %numbers = onnx.Cast(%mask) {to = 1 : i64} : (tensor<?x?xi64>) -> tensor<?x?xf32>
  %bias = onnx.Unsqueeze(%numbers, %axes) : (tensor<?x?xf32>, tensor<1xi64>) -> tensor<?x1x?xf32>
  %masked = onnx.Add(%scores, %bias) : (tensor<?x?x?xf32>, tensor<?x1x?xf32>) -> tensor<?x?x?xf32>
  %a = onnx.Softmax(%masked) : (tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  %y = onnx.MatMul(%a, %x) : (tensor<?x?x?xf32>, tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  return %y : tensor<?x?x4xf32>
}

// -----

// Angles; a cache inside a fused operation; what the graph leaves open, by name.
// CHECK-LABEL: @by_slot_and_name
// CHECK-SAME: %arg0: tensor<?x?x4xf32>, %arg1: tensor<?x?xi64> {retort.role = "positions"}
// CHECK-SAME: %arg2: {{.*}}retort.role = "past:0"}, %arg3: {{.*}}retort.role = "past:1"}, %arg4: tensor<?x?xi64> {onnx.name = "attention_mask", retort.role = "mask"}
// CHECK-SAME: -> (tensor<?x?x4xf32> {retort.role = "logits"}, tensor<?x?xf32>, tensor<?x1x?x4xf32> {retort.role = "present:0"}, tensor<?x1x?x4xf32> {retort.role = "present:1"})
func.func @by_slot_and_name(%x: tensor<?x?x4xf32>, %positions: tensor<?x?xi64>, %past_key: tensor<?x1x?x4xf32>, %past_value: tensor<?x1x?x4xf32>,
                            %mask: tensor<?x?xi64> {onnx.name = "attention_mask"}) -> (tensor<?x?x4xf32>, tensor<?x?xf32>, tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>) {
  %0 = onnx.Cast(%positions) {to = 1 : i64} : (tensor<?x?xi64>) -> tensor<?x?xf32>
  %cos = onnx.Cos(%0) : (tensor<?x?xf32>) -> tensor<?x?xf32>
  %y, %key, %value = onnx.Attention(%x, %x, %x, _, %past_key, %past_value) {q_num_heads = 1 : i64, kv_num_heads = 1 : i64}
      : (tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>) -> (tensor<?x?x4xf32>, tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>)
  return %y, %cos, %key, %value : tensor<?x?x4xf32>, tensor<?x?xf32>, tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
}

// -----

// Where rows are written, and how many columns there are: one number for each text. Places of each row are positions.
// CHECK-LABEL: @written
// CHECK-SAME: %arg1: tensor<1xi64> {retort.role = "start"}, %arg2: tensor<?xi64> {onnx.dims = ["t"], retort.role = "positions"}
// CHECK-SAME: %arg3: tensor<?x8x4xf32> {retort.role = "past:0"}, %arg4: tensor<8x4xf32> {retort.role = "past:1"}, %arg5: tensor<i64> {retort.role = "length"}
func.func @written(%tokens: tensor<?x?xi64> {onnx.dims = ["b", "t"]}, %start: tensor<1xi64>, %each: tensor<?xi64> {onnx.dims = ["t"]}, %keys: tensor<?x8x4xf32>,
                   %values: tensor<8x4xf32>, %columns: tensor<i64>) -> (tensor<?x?x4xf32>, tensor<?x8x4xf32>, tensor<8x4xf32>) {
  %words = onnx.initializer "w" dense<1.0> : tensor<40x4xf32>
  %zero = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %last = onnx.Constant() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %eight = onnx.Constant() {value = dense<[0, 1, 2, 3, 4, 5, 6, 7]> : tensor<8xi64>} : () -> tensor<8xi64>
  %x = onnx.Gather(%words, %tokens) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %k = onnx.TensorScatter(%keys, %x, %start) {axis = 1 : i64} : (tensor<?x8x4xf32>, tensor<?x?x4xf32>, tensor<1xi64>) -> tensor<?x8x4xf32>
  %rows = onnx.Squeeze(%x, %zero) : (tensor<?x?x4xf32>, tensor<1xi64>) -> tensor<?x4xf32>
  %index = onnx.Unsqueeze(%each, %last) : (tensor<?xi64>, tensor<1xi64>) -> tensor<?x1xi64>
  %v = onnx.ScatterND(%values, %index, %rows) : (tensor<8x4xf32>, tensor<?x1xi64>, tensor<?x4xf32>) -> tensor<8x4xf32>
  %t = onnx.Transpose(%k) {perm = array<i64: 0, 2, 1>} : (tensor<?x8x4xf32>) -> tensor<?x4x8xf32>
  %scores = onnx.MatMul(%x, %t) : (tensor<?x?x4xf32>, tensor<?x4x8xf32>) -> tensor<?x?x8xf32>
  %sees = onnx.Less(%eight, %columns) : (tensor<8xi64>, tensor<i64>) -> tensor<8xi1>
  %bias = onnx.Cast(%sees) {to = 1 : i64} : (tensor<8xi1>) -> tensor<8xf32>
  %masked = onnx.Add(%scores, %bias) : (tensor<?x?x8xf32>, tensor<8xf32>) -> tensor<?x?x8xf32>
  %a = onnx.Softmax(%masked) : (tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  %y = onnx.MatMul(%a, %v) : (tensor<?x?x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
  return %y, %k, %v : tensor<?x?x4xf32>, tensor<?x8x4xf32>, tensor<8x4xf32>
}

// -----

// As wide as a row of the tokens' table: no logits.
// CHECK-LABEL: @hidden_states
// CHECK-SAME: -> (tensor<?x?x4xf32> {retort.role = "hidden_states"})
func.func @hidden_states(%tokens: tensor<?x?xi64>) -> tensor<?x?x4xf32> {
  %words = onnx.initializer "w" dense<1.0> : tensor<40x4xf32>
  %rows = onnx.Gather(%words, %tokens) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  return %rows : tensor<?x?x4xf32>
}

// -----

// One row for a text, of few numbers.
// CHECK-LABEL: @class_scores
// CHECK-SAME: -> (tensor<?x3xf32> {onnx.name = "logits", retort.role = "class_scores"})
func.func @class_scores(%tokens: tensor<?x?xi64>) -> (tensor<?x3xf32> {onnx.name = "logits"}) {
  %words = onnx.initializer "w" dense<1.0> : tensor<40x4xf32>
  %classes = onnx.initializer "c" dense<1.0> : tensor<4x3xf32>
  %axis = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %rows = onnx.Gather(%words, %tokens) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %text = onnx.ReduceSum(%rows, %axis) {keepdims = 0 : i64} : (tensor<?x?x4xf32>, tensor<1xi64>) -> tensor<?x4xf32>
  %scores = onnx.MatMul(%text, %classes) : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  return %scores : tensor<?x3xf32>
}

// -----

// Logits of the last token alone, or of fewer ids than the table has rows, are logits.
// CHECK-LABEL: @last_logits
// CHECK-SAME: -> (tensor<?x38xf32> {retort.role = "logits"})
func.func @last_logits(%tokens: tensor<?x?xi64>) -> tensor<?x38xf32> {
  %words = onnx.initializer "w" dense<1.0> : tensor<40x4xf32>
  %head = onnx.initializer "h" dense<1.0> : tensor<4x38xf32>
  %axis = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %rows = onnx.Gather(%words, %tokens) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %text = onnx.ReduceSum(%rows, %axis) {keepdims = 0 : i64} : (tensor<?x?x4xf32>, tensor<1xi64>) -> tensor<?x4xf32>
  %logits = onnx.MatMul(%text, %head) : (tensor<?x4xf32>, tensor<4x38xf32>) -> tensor<?x38xf32>
  return %logits : tensor<?x38xf32>
}

// -----

// States of a graph of one token: what depends on a state alone is its next value, whatever it is called; where several
// do, names decide, and then the order.
// CHECK-LABEL: @step_graph
// CHECK-SAME: %arg0: {{.*}}retort.role = "tokens"
// CHECK-SAME: %arg1: {{.*}}onnx.name = "a", retort.role = "past:1"
// CHECK-SAME: %arg2: {{.*}}onnx.name = "b", retort.role = "past:0"
// CHECK-SAME: -> (tensor<5xf32> {onnx.name = "b_out", retort.role = "present:1"}, tensor<5xf32> {onnx.name = "a_out", retort.role = "present:0"}, tensor<40xf32> {onnx.name = "scores", retort.role = "logits"})
func.func @step_graph(%ids: tensor<1xi64> {onnx.name = "x"}, %a: tensor<5xf32> {onnx.name = "a"}, %b: tensor<5xf32> {onnx.name = "b"})
    -> (tensor<5xf32> {onnx.name = "b_out"}, tensor<5xf32> {onnx.name = "a_out"}, tensor<40xf32> {onnx.name = "scores"}) {
  %words = onnx.initializer "w" dense<1.0> : tensor<40x5xf32>
  %out = onnx.initializer "o" dense<1.0> : tensor<5x40xf32>
  %zero = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %rows = onnx.Gather(%words, %ids) : (tensor<40x5xf32>, tensor<1xi64>) -> tensor<1x5xf32>
  %row = onnx.Squeeze(%rows, %zero) : (tensor<1x5xf32>, tensor<1xi64>) -> tensor<5xf32>
  %next = onnx.Add(%row, %a) : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xf32>
  %both = onnx.Mul(%next, %b) : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xf32>
  %logits = onnx.MatMul(%both, %out) : (tensor<5xf32>, tensor<5x40xf32>) -> tensor<40xf32>
  return %next, %both, %logits : tensor<5xf32>, tensor<5xf32>, tensor<40xf32>
}
