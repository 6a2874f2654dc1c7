// RUN: retort-opt %s --derive-decode-step=context=16 --split-input-file | FileCheck %s

// Learned positions are looked up in their own table, which has rows for twelve tokens: so does the state.
// CHECK-LABEL: func.func @step
// CHECK-SAME: tensor<1x2x12x2xf32> {retort.state = 0 : i64}
// CHECK-SAME: retort.context = 12
// CHECK: %[[PLACES:.*]] = onnx.Add(%{{.*}}, %arg1)
// CHECK: onnx.Gather(%{{.*}}, %[[PLACES]]) {{.*}}: (tensor<12x4xf32>, tensor<?xi64>)
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
  %table = onnx.Constant() {value = dense<1.0> : tensor<12x4xf32>} : () -> tensor<12x4xf32>
  %learned = onnx.Gather(%table, %range) : (tensor<12x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %placed = onnx.Add(%x, %learned) : (tensor<?x?x4xf32>, tensor<?x4xf32>) -> tensor<?x?x4xf32>
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

// Positions counted from the mask.
// CHECK-LABEL: func.func @step
// CHECK-NOT: onnx.CumSum
// CHECK: %[[PLACES:.*]] = onnx.Add(%{{.*}}, %arg1)
// CHECK-NOT: onnx.CumSum
// CHECK: onnx.Gather(%{{.*}}) {{.*}}: (tensor<20x4xf32>, tensor<1x?xi64>)
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "input_ids"}, %mask: tensor<?x?xi64> {onnx.name = "attention_mask"}) -> tensor<?x?x40xf32> {
  %words = onnx.Constant() {value = dense<1.0> : tensor<40x4xf32>} : () -> tensor<40x4xf32>
  %out = onnx.Constant() {value = dense<1.0> : tensor<4x40xf32>} : () -> tensor<4x40xf32>
  %shape = onnx.Constant() {value = dense<[0, 0, 2, 2]> : tensor<4xi64>} : () -> tensor<4xi64>
  %flat = onnx.Constant() {value = dense<[0, 0, 4]> : tensor<3xi64>} : () -> tensor<3xi64>
  %table = onnx.Constant() {value = dense<1.0> : tensor<20x4xf32>} : () -> tensor<20x4xf32>
  %axis = onnx.Constant() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
  %count = onnx.CumSum(%mask, %axis) : (tensor<?x?xi64>, tensor<i64>) -> tensor<?x?xi64>
  %learned = onnx.Gather(%table, %count) : (tensor<20x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %placed = onnx.Add(%x, %learned) : (tensor<?x?x4xf32>, tensor<?x?x4xf32>) -> tensor<?x?x4xf32>
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

// A bias of the column alone (ALiBi) is a table of columns, the same for every row.
// CHECK-LABEL: func.func @step
// CHECK: %[[BIAS:.*]] = onnx.Constant() {value = dense<{{.*}}> : tensor<1x1x1x16xf32>}
// CHECK: llm.attention(%{{.*}} bias %[[BIAS]] offset %arg1) {causal
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
  %slope = onnx.Constant() {value = dense<-0.5> : tensor<f32>} : () -> tensor<f32>
  %axes = onnx.Constant() {value = dense<[0, 1, 2]> : tensor<3xi64>} : () -> tensor<3xi64>
  %reals = onnx.Cast(%range) {to = 1 : i64} : (tensor<?xi64>) -> tensor<?xf32>
  %scaled = onnx.Mul(%reals, %slope) : (tensor<?xf32>, tensor<f32>) -> tensor<?xf32>
  %bias = onnx.Unsqueeze(%scaled, %axes) : (tensor<?xf32>, tensor<3xi64>) -> tensor<1x1x1x?xf32>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %split = onnx.Reshape(%x, %shape) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x2x2xf32>
  %heads = onnx.Transpose(%split) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x2xf32>) -> tensor<?x2x?x2xf32>
  %mixed, %k, %v = llm.attention(%heads, %heads, %heads bias %bias) {causal, scale = 1.0 : f32}
      : (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<1x1x1x?xf32>) -> (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>)
  %rows = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %y = onnx.Reshape(%rows, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits : tensor<?x?x40xf32>
}

// -----

// A mask that is written out, causal with a window of three columns, becomes attributes.
// CHECK-LABEL: func.func @step
// CHECK: llm.attention(%{{[^ ]*}}, %{{[^ ]*}}, %{{[^ ]*}} offset %arg1) {causal, left_window = 2 : i64
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
  %three = onnx.Constant() {value = dense<3> : tensor<i64>} : () -> tensor<i64>
  %axis = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %down = onnx.Unsqueeze(%range, %axis) : (tensor<?xi64>, tensor<1xi64>) -> tensor<?x1xi64>
  %distance = onnx.Sub(%down, %range) : (tensor<?x1xi64>, tensor<?xi64>) -> tensor<?x?xi64>
  %near = onnx.Less(%distance, %three) : (tensor<?x?xi64>, tensor<i64>) -> tensor<?x?xi1>
  %behind = onnx.GreaterOrEqual(%distance, %c0) : (tensor<?x?xi64>, tensor<i64>) -> tensor<?x?xi1>
  %sees = onnx.And(%near, %behind) : (tensor<?x?xi1>, tensor<?x?xi1>) -> tensor<?x?xi1>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %split = onnx.Reshape(%x, %shape) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x2x2xf32>
  %heads = onnx.Transpose(%split) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x2xf32>) -> tensor<?x2x?x2xf32>
  %mixed, %k, %v = llm.attention(%heads, %heads, %heads mask %sees) {scale = 1.0 : f32}
      : (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x?xi1>) -> (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>)
  %rows = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %y = onnx.Reshape(%rows, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits : tensor<?x?x40xf32>
}

// -----

// A mask that no attribute can say, of every second column, is a table whose rows are taken.
// CHECK-LABEL: func.func @step
// CHECK: %[[TABLE:.*]] = onnx.Constant() {value = dense<{{.*}}> : tensor<16x16xi1>}
// CHECK: %[[ROWS:.*]] = onnx.Gather(%[[TABLE]], %{{.*}}) {axis = 0 : i64} : (tensor<16x16xi1>, tensor<?xi64>) -> tensor<?x16xi1>
// CHECK: llm.attention(%{{.*}} mask %[[ROWS]] offset %arg1) {causal
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
  %two = onnx.Constant() {value = dense<2> : tensor<i64>} : () -> tensor<i64>
  %axis = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %down = onnx.Unsqueeze(%range, %axis) : (tensor<?xi64>, tensor<1xi64>) -> tensor<?x1xi64>
  %distance = onnx.Sub(%down, %range) : (tensor<?x1xi64>, tensor<?xi64>) -> tensor<?x?xi64>
  %rest = onnx.Mod(%distance, %two) : (tensor<?x?xi64>, tensor<i64>) -> tensor<?x?xi64>
  %sees = onnx.Equal(%rest, %c0) : (tensor<?x?xi64>, tensor<i64>) -> tensor<?x?xi1>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %split = onnx.Reshape(%x, %shape) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x2x2xf32>
  %heads = onnx.Transpose(%split) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x2xf32>) -> tensor<?x2x?x2xf32>
  %mixed, %k, %v = llm.attention(%heads, %heads, %heads mask %sees) {causal, scale = 1.0 : f32}
      : (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x?xi1>) -> (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>)
  %rows = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %y = onnx.Reshape(%rows, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits : tensor<?x?x40xf32>
}

// -----

// Caches that are inputs and outputs become states; the mask is ones, and goes.
// CHECK-LABEL: func.func @step
// CHECK-SAME: %[[KEYS:arg[0-9]+]]: tensor<1x2x16x2xf32> {retort.state = 0 : i64}, %{{[^ ]*}}: tensor<1x2x16x2xf32> {retort.state = 1 : i64})
// CHECK-NOT: onnx.Concat
// CHECK: %[[K:.*]] = onnx.TensorScatter(%[[KEYS]],
// CHECK: llm.attention(%{{[^ ]*}}, %[[K]], %{{[^ ]*}} offset %arg1) {causal
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "input_ids"}, %mask: tensor<?x?xi64> {onnx.name = "attention_mask"},
                %pk: tensor<?x2x?x2xf32> {onnx.name = "past.0.key"}, %pv: tensor<?x2x?x2xf32> {onnx.name = "past.0.value"})
    -> (tensor<?x?x40xf32> {onnx.name = "logits"}, tensor<?x2x?x2xf32> {onnx.name = "present.0.key"}, tensor<?x2x?x2xf32> {onnx.name = "present.0.value"}) {
  %words = onnx.Constant() {value = dense<1.0> : tensor<40x4xf32>} : () -> tensor<40x4xf32>
  %out = onnx.Constant() {value = dense<1.0> : tensor<4x40xf32>} : () -> tensor<4x40xf32>
  %shape = onnx.Constant() {value = dense<[0, 0, 2, 2]> : tensor<4xi64>} : () -> tensor<4xi64>
  %flat = onnx.Constant() {value = dense<[0, 0, 4]> : tensor<3xi64>} : () -> tensor<3xi64>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %split = onnx.Reshape(%x, %shape) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x2x2xf32>
  %heads = onnx.Transpose(%split) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x2xf32>) -> tensor<?x2x?x2xf32>
  %keys = onnx.Concat(%pk, %heads) {axis = 2 : i64} : (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>) -> tensor<?x2x?x2xf32>
  %values = onnx.Concat(%pv, %heads) {axis = -2 : i64} : (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>) -> tensor<?x2x?x2xf32>
  %axes = onnx.Constant() {value = dense<[1, 2]> : tensor<2xi64>} : () -> tensor<2xi64>
  %bits = onnx.Cast(%mask) {to = 9 : i64} : (tensor<?x?xi64>) -> tensor<?x?xi1>
  %sees = onnx.Unsqueeze(%bits, %axes) : (tensor<?x?xi1>, tensor<2xi64>) -> tensor<?x1x1x?xi1>
  %ksize = onnx.Shape(%keys) {start = 2 : i64, end = 3 : i64} : (tensor<?x2x?x2xf32>) -> tensor<1xi64>
  %qsize = onnx.Shape(%heads) {start = 2 : i64, end = 3 : i64} : (tensor<?x2x?x2xf32>) -> tensor<1xi64>
  %before = onnx.Sub(%ksize, %qsize) : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  %mixed, %k, %v = llm.attention(%heads, %keys, %values mask %sees offset %before) {causal, scale = 1.0 : f32}
      : (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x1x1x?xi1>, tensor<1xi64>) -> (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>)
  %rows = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %y = onnx.Reshape(%rows, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits, %keys, %values : tensor<?x?x40xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>
}

// -----

// A graph that gives the logits of the last token alone does so for the last of the new ones.
// CHECK-LABEL: func.func @step
// CHECK-SAME: -> (tensor<1x40xf32>
// CHECK-DAG: %[[LAST:.*]] = onnx.Constant() {value = dense<-1> : tensor<i64>}
// CHECK: onnx.Gather(%{{.*}}, %[[LAST]]) {axis = 1 : i64} : (tensor<1x?x4xf32>, tensor<i64>) -> tensor<1x4xf32>
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "input_ids"}) -> tensor<?x40xf32> {
  %words = onnx.Constant() {value = dense<1.0> : tensor<40x4xf32>} : () -> tensor<40x4xf32>
  %out = onnx.Constant() {value = dense<1.0> : tensor<4x40xf32>} : () -> tensor<4x40xf32>
  %shape = onnx.Constant() {value = dense<[0, 0, 2, 2]> : tensor<4xi64>} : () -> tensor<4xi64>
  %flat = onnx.Constant() {value = dense<[0, 0, 4]> : tensor<3xi64>} : () -> tensor<3xi64>
  %c0 = onnx.Constant() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
  %c1 = onnx.Constant() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
  %sizes = onnx.Shape(%ids) : (tensor<?x?xi64>) -> tensor<2xi64>
  %length = onnx.Gather(%sizes, %c1) : (tensor<2xi64>, tensor<i64>) -> tensor<i64>
  %range = onnx.Range(%c0, %length, %c1) : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  %last = onnx.Sub(%length, %c1) : (tensor<i64>, tensor<i64>) -> tensor<i64>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %split = onnx.Reshape(%x, %shape) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x2x2xf32>
  %heads = onnx.Transpose(%split) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x2xf32>) -> tensor<?x2x?x2xf32>
  %mixed, %k, %v = llm.attention(%heads, %heads, %heads) {causal, scale = 1.0 : f32}
      : (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>) -> (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>)
  %rows = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %y = onnx.Reshape(%rows, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %row = onnx.Gather(%y, %last) {axis = 1 : i64} : (tensor<?x?x4xf32>, tensor<i64>) -> tensor<?x4xf32>
  %logits = onnx.MatMul(%row, %out) : (tensor<?x4xf32>, tensor<4x40xf32>) -> tensor<?x40xf32>
  return %logits : tensor<?x40xf32>
}

// -----

// Keys and values in one tensor: each becomes a state of its own.
// CHECK-LABEL: func.func @step
// CHECK-SAME: tensor<1x2x16x2xf32> {retort.state = 0 : i64}, %{{.*}}: tensor<1x2x16x2xf32> {retort.state = 1 : i64}) ->
// CHECK-NOT: onnx.Split
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
  %next = onnx.Concat(%nk, %nv) {axis = 0 : i64} : (tensor<1x?x2x?x2xf32>, tensor<1x?x2x?x2xf32>) -> tensor<2x?x2x?x2xf32>
  %rows = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %y = onnx.Reshape(%rows, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits, %next : tensor<?x?x40xf32>, tensor<2x?x2x?x2xf32>
}

// -----

// A convolution that looks two rows back: they are its state. What was padded at the end is cut off again.
// CHECK-LABEL: func.func @step
// CHECK-SAME: %arg3: tensor<1x4x2xf32> {retort.state = 0 : i64})
// CHECK: %[[FIRST:.*]] = onnx.Equal(%arg1
// CHECK: %[[BEFORE:.*]] = onnx.Where(%[[FIRST]], %{{.*}}, %arg3)
// CHECK: %[[SEEN:.*]] = onnx.Concat(%[[BEFORE]], %{{.*}}) {axis = 2
// CHECK: onnx.TensorScatter(%arg3
// CHECK: %[[BLURRED:.*]] = onnx.Conv(%[[SEEN]]
// CHECK-SAME: pads = array<i64: 0, 0>
// CHECK: onnx.Transpose(%[[BLURRED]])
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "input_ids"}) -> tensor<?x?x40xf32> {
  %words = onnx.Constant() {value = dense<1.0> : tensor<40x4xf32>} : () -> tensor<40x4xf32>
  %out = onnx.Constant() {value = dense<1.0> : tensor<4x40xf32>} : () -> tensor<4x40xf32>
  %filter = onnx.Constant() {value = dense<1.0> : tensor<4x1x3xf32>} : () -> tensor<4x1x3xf32>
  %zero = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %two = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %columns = onnx.Transpose(%x) {perm = array<i64: 0, 2, 1>} : (tensor<?x?x4xf32>) -> tensor<?x4x?xf32>
  %count = onnx.Shape(%ids) {start = 1 : i64} : (tensor<?x?xi64>) -> tensor<1xi64>
  %blurred = onnx.Conv(%columns, %filter) {group = 4 : i64, pads = array<i64: 2, 2>} : (tensor<?x4x?xf32>, tensor<4x1x3xf32>) -> tensor<?x4x?xf32>
  %kept = onnx.Slice(%blurred, %zero, %count, %two) : (tensor<?x4x?xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x4x?xf32>
  %y = onnx.Transpose(%kept) {perm = array<i64: 0, 2, 1>} : (tensor<?x4x?xf32>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits : tensor<?x?x40xf32>
}

// -----

// A mask of four axes is bound to what rows of a text see, positions of three axes to equal ones.
// CHECK-LABEL: func.func @step
// CHECK-NOT: places
// CHECK: %[[PLACES:.*]] = onnx.Add(%{{.*}}, %arg1)
// CHECK: onnx.Gather({{.*}}: (tensor<20x4xf32>, tensor<1x?xi64>)
// CHECK: llm.attention(%{{.*}}, %{{.*}}, %{{.*}} offset %arg1) {causal
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
  %mixed, %k, %v = llm.attention(%heads, %heads, %heads mask %mask) {scale = 1.0 : f32}
      : (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x1x?x?xi1>) -> (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>)
  %rows = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %y = onnx.Reshape(%rows, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits : tensor<?x?x40xf32>
}

// -----

// A constant that is cut to the length of the text, at any axis, stays one; the state has as many rows.
// CHECK-LABEL: func.func @step
// CHECK-SAME: tensor<1x2x12x2xf32> {retort.state = 0 : i64}
// CHECK-SAME: retort.context = 12
// CHECK: %[[PLACES:.*]] = onnx.Add(%{{.*}}, %arg1)
// CHECK-NOT: onnx.Slice
// CHECK: onnx.Gather(%{{.*}}, %[[PLACES]]) {axis = 1 : i64} : (tensor<1x12x4xf32>, tensor<?xi64>) -> tensor<1x?x4xf32>
// CHECK: llm.attention
func.func @main(%ids: tensor<?x?xi64> {onnx.name = "input_ids"}) -> tensor<?x?x40xf32> {
  %words = onnx.Constant() {value = dense<1.0> : tensor<40x4xf32>} : () -> tensor<40x4xf32>
  %out = onnx.Constant() {value = dense<1.0> : tensor<4x40xf32>} : () -> tensor<4x40xf32>
  %shape = onnx.Constant() {value = dense<[0, 0, 2, 2]> : tensor<4xi64>} : () -> tensor<4xi64>
  %flat = onnx.Constant() {value = dense<[0, 0, 4]> : tensor<3xi64>} : () -> tensor<3xi64>
  %none = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %one = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %sizes = onnx.Shape(%ids) : (tensor<?x?xi64>) -> tensor<2xi64>
  %length = onnx.Gather(%sizes, %one) : (tensor<2xi64>, tensor<1xi64>) -> tensor<1xi64>
  %table = onnx.Constant() {value = dense<1.0> : tensor<1x12x4xf32>} : () -> tensor<1x12x4xf32>
  %learned = onnx.Slice(%table, %none, %length, %one) : (tensor<1x12x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x?x4xf32>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %placed = onnx.Add(%x, %learned) : (tensor<?x?x4xf32>, tensor<1x?x4xf32>) -> tensor<?x?x4xf32>
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

// A graph of one token that hands a state on is a step by itself.
// CHECK-NOT: @step
// CHECK-NOT: retort.no_decode_step
// CHECK-LABEL: func.func @main
// CHECK-NOT: @step
func.func @main(%ids: tensor<1x1xi64> {retort.role = "tokens"}, %state: tensor<1x4xf32> {retort.role = "past:0"})
    -> (tensor<1x1x4xf32> {retort.role = "logits"}, tensor<1x4xf32> {retort.role = "present:0"}) {
  %words = onnx.Constant() {value = dense<1.0> : tensor<40x4xf32>} : () -> tensor<40x4xf32>
  %x = onnx.Gather(%words, %ids) : (tensor<40x4xf32>, tensor<1x1xi64>) -> tensor<1x1x4xf32>
  %y = onnx.Add(%x, %state) : (tensor<1x1x4xf32>, tensor<1x4xf32>) -> tensor<1x1x4xf32>
  %next = onnx.Tanh(%state) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  return %y, %next : tensor<1x1x4xf32>, tensor<1x4xf32>
}
