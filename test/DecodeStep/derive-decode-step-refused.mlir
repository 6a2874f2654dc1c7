// RUN: retort-opt %s --derive-decode-step=context=16 --split-input-file --verify-diagnostics | FileCheck %s

// Without a mask of the future, every row changes with what follows it.
// CHECK: retort.no_decode_step = "'llm.attention' op lets a row see tokens that follow it"
// CHECK-NOT: func.func @step
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "input_ids"}) -> tensor<?x?x40xf32> {
  %words = onnx.Constant() {value = dense<1.0> : tensor<40x4xf32>} : () -> tensor<40x4xf32>
  %out = onnx.Constant() {value = dense<1.0> : tensor<4x40xf32>} : () -> tensor<4x40xf32>
  %shape = onnx.Constant() {value = dense<[0, 0, 2, 2]> : tensor<4xi64>} : () -> tensor<4xi64>
  %flat = onnx.Constant() {value = dense<[0, 0, 4]> : tensor<3xi64>} : () -> tensor<3xi64>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %split = onnx.Reshape(%x, %shape) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x2x2xf32>
  %heads = onnx.Transpose(%split) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x2xf32>) -> tensor<?x2x?x2xf32>
  // expected-remark @+1 {{no decode step: 'llm.attention' op lets a row see tokens that follow it}}
  %mixed, %k, %v = llm.attention(%heads, %heads, %heads) {scale = 1.0 : f32}
      : (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>) -> (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>)
  %rows = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %y = onnx.Reshape(%rows, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits : tensor<?x?x40xf32>
}

// -----

// A convolution along the text.
// CHECK: retort.no_decode_step = "'onnx.Conv' op mixes the rows of the text: a row reads some that follow it"
// CHECK-NOT: func.func @step
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "input_ids"}) -> tensor<?x?x40xf32> {
  %words = onnx.Constant() {value = dense<1.0> : tensor<40x4xf32>} : () -> tensor<40x4xf32>
  %out = onnx.Constant() {value = dense<1.0> : tensor<4x40xf32>} : () -> tensor<4x40xf32>
  %shape = onnx.Constant() {value = dense<[0, 0, 2, 2]> : tensor<4xi64>} : () -> tensor<4xi64>
  %flat = onnx.Constant() {value = dense<[0, 0, 4]> : tensor<3xi64>} : () -> tensor<3xi64>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %split = onnx.Reshape(%x, %shape) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x2x2xf32>
  %heads = onnx.Transpose(%split) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x2xf32>) -> tensor<?x2x?x2xf32>
  %mixed, %k, %v = llm.attention(%heads, %heads, %heads) {causal, scale = 1.0 : f32}
      : (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>) -> (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>)
  %rows = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %attended = onnx.Reshape(%rows, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %filter = onnx.Constant() {value = dense<1.0> : tensor<4x1x3xf32>} : () -> tensor<4x1x3xf32>
  %columns = onnx.Transpose(%attended) {perm = array<i64: 0, 2, 1>} : (tensor<?x?x4xf32>) -> tensor<?x4x?xf32>
  // expected-remark @+1 {{no decode step: 'onnx.Conv' op mixes the rows of the text: a row reads some that follow it}}
  %blurred = onnx.Conv(%columns, %filter) {group = 4 : i64, pads = array<i64: 1, 1>} : (tensor<?x4x?xf32>, tensor<4x1x3xf32>) -> tensor<?x4x?xf32>
  %y = onnx.Transpose(%blurred) {perm = array<i64: 0, 2, 1>} : (tensor<?x4x?xf32>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits : tensor<?x?x40xf32>
}

// -----

// A sum over the rows.
// CHECK: retort.no_decode_step = "'onnx.ReduceSum' op mixes the rows of the text: no axis of its result is theirs"
// CHECK-NOT: func.func @step
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "input_ids"}) -> tensor<?x?x40xf32> {
  %words = onnx.Constant() {value = dense<1.0> : tensor<40x4xf32>} : () -> tensor<40x4xf32>
  %out = onnx.Constant() {value = dense<1.0> : tensor<4x40xf32>} : () -> tensor<4x40xf32>
  %shape = onnx.Constant() {value = dense<[0, 0, 2, 2]> : tensor<4xi64>} : () -> tensor<4xi64>
  %flat = onnx.Constant() {value = dense<[0, 0, 4]> : tensor<3xi64>} : () -> tensor<3xi64>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %split = onnx.Reshape(%x, %shape) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x2x2xf32>
  %heads = onnx.Transpose(%split) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x2xf32>) -> tensor<?x2x?x2xf32>
  %mixed, %k, %v = llm.attention(%heads, %heads, %heads) {causal, scale = 1.0 : f32}
      : (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>) -> (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>)
  %rows = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %attended = onnx.Reshape(%rows, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %axis = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  // expected-remark @+1 {{no decode step: 'onnx.ReduceSum' op mixes the rows of the text: no axis of its result is theirs}}
  %all = onnx.ReduceSum(%attended, %axis) : (tensor<?x?x4xf32>, tensor<1xi64>) -> tensor<?x1x4xf32>
  %y = onnx.Add(%attended, %all) : (tensor<?x?x4xf32>, tensor<?x1x4xf32>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits : tensor<?x?x40xf32>
}

// -----

// Numbers that change above a length of ten: short texts alone would not show it.
// CHECK: retort.no_decode_step = "'onnx.Add' op takes rows that depend on the length of the text"
// CHECK-NOT: func.func @step
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "input_ids"}) -> tensor<?x?x40xf32> {
  %words = onnx.Constant() {value = dense<1.0> : tensor<40x4xf32>} : () -> tensor<40x4xf32>
  %out = onnx.Constant() {value = dense<1.0> : tensor<4x40xf32>} : () -> tensor<4x40xf32>
  %shape = onnx.Constant() {value = dense<[0, 0, 2, 2]> : tensor<4xi64>} : () -> tensor<4xi64>
  %flat = onnx.Constant() {value = dense<[0, 0, 4]> : tensor<3xi64>} : () -> tensor<3xi64>
  %c0 = onnx.Constant() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
  %c1 = onnx.Constant() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
  %sizes = onnx.Shape(%ids) : (tensor<?x?xi64>) -> tensor<2xi64>
  %length = onnx.Gather(%sizes, %c1) : (tensor<2xi64>, tensor<i64>) -> tensor<i64>
  %range = onnx.Range(%c0, %length, %c1) : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %ten = onnx.Constant() {value = dense<10> : tensor<i64>} : () -> tensor<i64>
  %longest = onnx.Max(%length, %ten) : (tensor<i64>, tensor<i64>) -> tensor<i64>
  %places = onnx.Add(%range, %longest) : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  %axis = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %column = onnx.Unsqueeze(%places, %axis) : (tensor<?xi64>, tensor<1xi64>) -> tensor<?x1xi64>
  %reals = onnx.Cast(%column) {to = 1 : i64} : (tensor<?x1xi64>) -> tensor<?x1xf32>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  // expected-remark @+1 {{no decode step: 'onnx.Add' op takes rows that depend on the length of the text}}
  %placed = onnx.Add(%x, %reals) : (tensor<?x?x4xf32>, tensor<?x1xf32>) -> tensor<?x?x4xf32>
  %split = onnx.Reshape(%placed, %shape) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x2x2xf32>
  %heads = onnx.Transpose(%split) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x2xf32>) -> tensor<?x2x?x2xf32>
  %mixed, %k, %v = llm.attention(%heads, %heads, %heads) {causal, scale = 1.0 : f32}
      : (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>) -> (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>)
  %rows = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %y = onnx.Reshape(%rows, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits : tensor<?x?x40xf32>
}

// -----

// A mask made of the tokens: which of them count is not known before they come.
// CHECK: retort.no_decode_step = "'llm.attention' op has a mask that depends on the tokens"
// CHECK-NOT: func.func @step
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "input_ids"}) -> tensor<?x?x40xf32> {
  %words = onnx.Constant() {value = dense<1.0> : tensor<40x4xf32>} : () -> tensor<40x4xf32>
  %out = onnx.Constant() {value = dense<1.0> : tensor<4x40xf32>} : () -> tensor<4x40xf32>
  %shape = onnx.Constant() {value = dense<[0, 0, 2, 2]> : tensor<4xi64>} : () -> tensor<4xi64>
  %flat = onnx.Constant() {value = dense<[0, 0, 4]> : tensor<3xi64>} : () -> tensor<3xi64>
  %pad = onnx.Constant() {value = dense<3> : tensor<i64>} : () -> tensor<i64>
  %axes = onnx.Constant() {value = dense<[1, 2]> : tensor<2xi64>} : () -> tensor<2xi64>
  %padded = onnx.Equal(%ids, %pad) : (tensor<?x?xi64>, tensor<i64>) -> tensor<?x?xi1>
  %tokens = onnx.Not(%padded) : (tensor<?x?xi1>) -> tensor<?x?xi1>
  %sees = onnx.Unsqueeze(%tokens, %axes) : (tensor<?x?xi1>, tensor<2xi64>) -> tensor<?x1x1x?xi1>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %split = onnx.Reshape(%x, %shape) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x2x2xf32>
  %heads = onnx.Transpose(%split) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x2xf32>) -> tensor<?x2x?x2xf32>
  // expected-remark @+1 {{no decode step: 'llm.attention' op has a mask that depends on the tokens}}
  %mixed, %k, %v = llm.attention(%heads, %heads, %heads mask %sees) {causal, scale = 1.0 : f32}
      : (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x1x1x?xi1>) -> (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>)
  %rows = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %y = onnx.Reshape(%rows, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits : tensor<?x?x40xf32>
}

// -----

// An input that a text alone does not give.
// CHECK: retort.no_decode_step = "input 'pixels' has no role in a model that continues a text"
// CHECK-NOT: func.func @step
// expected-remark @+1 {{no decode step: input 'pixels' has no role in a model that continues a text}}
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "input_ids"}, %pixels: tensor<4xf32> {onnx.name = "pixels"}) -> tensor<?x?x40xf32> {
  %words = onnx.Constant() {value = dense<1.0> : tensor<40x4xf32>} : () -> tensor<40x4xf32>
  %out = onnx.Constant() {value = dense<1.0> : tensor<4x40xf32>} : () -> tensor<4x40xf32>
  %shape = onnx.Constant() {value = dense<[0, 0, 2, 2]> : tensor<4xi64>} : () -> tensor<4xi64>
  %flat = onnx.Constant() {value = dense<[0, 0, 4]> : tensor<3xi64>} : () -> tensor<3xi64>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %split = onnx.Reshape(%x, %shape) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x2x2xf32>
  %heads = onnx.Transpose(%split) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x2xf32>) -> tensor<?x2x?x2xf32>
  %mixed, %k, %v = llm.attention(%heads, %heads, %heads) {causal, scale = 1.0 : f32}
      : (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>) -> (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>)
  %rows = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %attended = onnx.Reshape(%rows, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %y = onnx.Add(%attended, %pixels) : (tensor<?x?x4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits : tensor<?x?x40xf32>
}

// -----

// The first row alone is no row of logits for each token.
// CHECK: retort.no_decode_step = "'onnx.Gather' op mixes the rows of the text: of 3 it chooses number 0, not the last"
// CHECK-NOT: func.func @step
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "input_ids"}) -> tensor<?x40xf32> {
  %words = onnx.Constant() {value = dense<1.0> : tensor<40x4xf32>} : () -> tensor<40x4xf32>
  %out = onnx.Constant() {value = dense<1.0> : tensor<4x40xf32>} : () -> tensor<4x40xf32>
  %shape = onnx.Constant() {value = dense<[0, 0, 2, 2]> : tensor<4xi64>} : () -> tensor<4xi64>
  %flat = onnx.Constant() {value = dense<[0, 0, 4]> : tensor<3xi64>} : () -> tensor<3xi64>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %split = onnx.Reshape(%x, %shape) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x2x2xf32>
  %heads = onnx.Transpose(%split) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x2xf32>) -> tensor<?x2x?x2xf32>
  %mixed, %k, %v = llm.attention(%heads, %heads, %heads) {causal, scale = 1.0 : f32}
      : (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>) -> (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>)
  %rows = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %y = onnx.Reshape(%rows, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %first = onnx.Constant() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
  // expected-remark @+1 {{no decode step: 'onnx.Gather' op mixes the rows of the text: of 3 it chooses number 0, not the last}}
  %row = onnx.Gather(%y, %first) {axis = 1 : i64} : (tensor<?x?x4xf32>, tensor<i64>) -> tensor<?x4xf32>
  %logits = onnx.MatMul(%row, %out) : (tensor<?x4xf32>, tensor<4x40xf32>) -> tensor<?x40xf32>
  return %logits : tensor<?x40xf32>
}

// -----

// Keys and values in one tensor, that change places from call to call.
// CHECK: retort.no_decode_step = "input 'past' and its next value are laid out differently"
// CHECK-NOT: func.func @step
// expected-remark @+1 {{no decode step: input 'past' and its next value are laid out differently}}
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "input_ids"}, %past: tensor<2x?x2x?x2xf32> {onnx.name = "past"})
    -> (tensor<?x?x40xf32> {onnx.name = "logits"}, tensor<2x?x2x?x2xf32>) {
  %words = onnx.Constant() {value = dense<1.0> : tensor<40x4xf32>} : () -> tensor<40x4xf32>
  %out = onnx.Constant() {value = dense<1.0> : tensor<4x40xf32>} : () -> tensor<4x40xf32>
  %shape = onnx.Constant() {value = dense<[0, 0, 2, 2]> : tensor<4xi64>} : () -> tensor<4xi64>
  %flat = onnx.Constant() {value = dense<[0, 0, 4]> : tensor<3xi64>} : () -> tensor<3xi64>
  %first = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %split = onnx.Reshape(%x, %shape) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x2x2xf32>
  %heads = onnx.Transpose(%split) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x2xf32>) -> tensor<?x2x?x2xf32>
  %0, %1 = onnx.Split(%past) {axis = 0 : i64, num_outputs = 2 : i64} : (tensor<2x?x2x?x2xf32>) -> (tensor<1x?x2x?x2xf32>, tensor<1x?x2x?x2xf32>)
  %pk = onnx.Squeeze(%0, %first) : (tensor<1x?x2x?x2xf32>, tensor<1xi64>) -> tensor<?x2x?x2xf32>
  %pv = onnx.Squeeze(%1, %first) : (tensor<1x?x2x?x2xf32>, tensor<1xi64>) -> tensor<?x2x?x2xf32>
  %mixed, %k, %v = llm.attention(%heads, %heads, %heads past %pk, %pv) {causal, scale = 1.0 : f32}
      : (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>) -> (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>)
  %nk = onnx.Unsqueeze(%k, %first) : (tensor<?x2x?x2xf32>, tensor<1xi64>) -> tensor<1x?x2x?x2xf32>
  %nv = onnx.Unsqueeze(%v, %first) : (tensor<?x2x?x2xf32>, tensor<1xi64>) -> tensor<1x?x2x?x2xf32>
  %next = onnx.Concat(%nv, %nk) {axis = 0 : i64} : (tensor<1x?x2x?x2xf32>, tensor<1x?x2x?x2xf32>) -> tensor<2x?x2x?x2xf32>
  %rows = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %y = onnx.Reshape(%rows, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits, %next : tensor<?x?x40xf32>, tensor<2x?x2x?x2xf32>
}

// -----

// Padded on both sides, and the rows that are kept begin one later: each looks ahead by one.
// CHECK: retort.no_decode_step = "'onnx.Conv' op mixes the rows of the text: what it makes behind the text is not cut off"
// CHECK-NOT: func.func @step
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "input_ids"}) -> tensor<?x?x40xf32> {
  %words = onnx.Constant() {value = dense<1.0> : tensor<40x4xf32>} : () -> tensor<40x4xf32>
  %out = onnx.Constant() {value = dense<1.0> : tensor<4x40xf32>} : () -> tensor<4x40xf32>
  %filter = onnx.Constant() {value = dense<1.0> : tensor<4x1x3xf32>} : () -> tensor<4x1x3xf32>
  %zero = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %two = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %columns = onnx.Transpose(%x) {perm = array<i64: 0, 2, 1>} : (tensor<?x?x4xf32>) -> tensor<?x4x?xf32>
  %count = onnx.Shape(%ids) {start = 1 : i64} : (tensor<?x?xi64>) -> tensor<1xi64>
  %one = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %end = onnx.Add(%count, %one) : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  // expected-remark @+1 {{no decode step: 'onnx.Conv' op mixes the rows of the text: what it makes behind the text is not cut off}}
  %blurred = onnx.Conv(%columns, %filter) {group = 4 : i64, pads = array<i64: 2, 2>} : (tensor<?x4x?xf32>, tensor<4x1x3xf32>) -> tensor<?x4x?xf32>
  %kept = onnx.Slice(%blurred, %one, %end, %two) : (tensor<?x4x?xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x4x?xf32>
  %y = onnx.Transpose(%kept) {perm = array<i64: 0, 2, 1>} : (tensor<?x4x?xf32>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits : tensor<?x?x40xf32>
}

// -----

// A mask of four axes that is turned around: what was to be hidden is seen.
// CHECK: retort.no_decode_step = "'llm.attention' op lets a row see tokens that follow it"
// CHECK-NOT: func.func @step
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "input_ids"}, %mask: tensor<?x1x?x?xi1> {onnx.name = "mask"}, %places: tensor<3x?x?xi64> {onnx.name = "places"}) -> tensor<?x?x40xf32> {
  %words = onnx.Constant() {value = dense<1.0> : tensor<40x4xf32>} : () -> tensor<40x4xf32>
  %learned = onnx.Constant() {value = dense<1.0> : tensor<20x4xf32>} : () -> tensor<20x4xf32>
  %out = onnx.Constant() {value = dense<1.0> : tensor<4x40xf32>} : () -> tensor<4x40xf32>
  %shape = onnx.Constant() {value = dense<[0, 0, 2, 2]> : tensor<4xi64>} : () -> tensor<4xi64>
  %flat = onnx.Constant() {value = dense<[0, 0, 4]> : tensor<3xi64>} : () -> tensor<3xi64>
  %zero = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %one = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %first = onnx.Slice(%places, %zero, %one, %zero) : (tensor<3x?x?xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x?x?xi64>
  %place = onnx.Squeeze(%first, %zero) : (tensor<1x?x?xi64>, tensor<1xi64>) -> tensor<?x?xi64>
  %at = onnx.Gather(%learned, %place) : (tensor<20x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %word = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %x = onnx.Add(%word, %at) : (tensor<?x?x4xf32>, tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  %split = onnx.Reshape(%x, %shape) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x2x2xf32>
  %heads = onnx.Transpose(%split) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x2xf32>) -> tensor<?x2x?x2xf32>
  %turned = onnx.Not(%mask) : (tensor<?x1x?x?xi1>) -> tensor<?x1x?x?xi1>
  // expected-remark @+1 {{no decode step: 'llm.attention' op lets a row see tokens that follow it}}
  %mixed, %k, %v = llm.attention(%heads, %heads, %heads mask %turned) {scale = 1.0 : f32}
      : (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x1x?x?xi1>) -> (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>)
  %rows = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %y = onnx.Reshape(%rows, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits : tensor<?x?x40xf32>
}

// -----

// How many lists of positions there are, the graph leaves open.
// CHECK: retort.no_decode_step = "input 'places' holds positions in a shape or type that a single text does not give"
// CHECK-NOT: func.func @step
// expected-remark @+1 {{no decode step: input 'places' holds positions in a shape or type that a single text does not give}}
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "input_ids"}, %mask: tensor<?x1x?x?xi1> {onnx.name = "mask"}, %places: tensor<?x?x?xi64> {onnx.name = "places"}) -> tensor<?x?x40xf32> {
  %words = onnx.Constant() {value = dense<1.0> : tensor<40x4xf32>} : () -> tensor<40x4xf32>
  %learned = onnx.Constant() {value = dense<1.0> : tensor<20x4xf32>} : () -> tensor<20x4xf32>
  %out = onnx.Constant() {value = dense<1.0> : tensor<4x40xf32>} : () -> tensor<4x40xf32>
  %shape = onnx.Constant() {value = dense<[0, 0, 2, 2]> : tensor<4xi64>} : () -> tensor<4xi64>
  %flat = onnx.Constant() {value = dense<[0, 0, 4]> : tensor<3xi64>} : () -> tensor<3xi64>
  %zero = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %one = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %first = onnx.Slice(%places, %zero, %one, %zero) : (tensor<?x?x?xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x?x?xi64>
  %place = onnx.Squeeze(%first, %zero) : (tensor<1x?x?xi64>, tensor<1xi64>) -> tensor<?x?xi64>
  %at = onnx.Gather(%learned, %place) : (tensor<20x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %word = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %x = onnx.Add(%word, %at) : (tensor<?x?x4xf32>, tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
  %split = onnx.Reshape(%x, %shape) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x2x2xf32>
  %heads = onnx.Transpose(%split) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x2xf32>) -> tensor<?x2x?x2xf32>
  %mixed, %k, %v = llm.attention(%heads, %heads, %heads mask %mask) {scale = 1.0 : f32}
      : (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x1x?x?xi1>) -> (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>)
  %rows = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %y = onnx.Reshape(%rows, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits : tensor<?x?x40xf32>
}
