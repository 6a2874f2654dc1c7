// RUN: retort-opt %s --derive-decode-step=context=16 --split-input-file --verify-diagnostics | FileCheck %s

// Each token with the weights of its two experts: rows and experts in one axis, two elements of each row side by side.
// CHECK-LABEL: func.func @step
// CHECK: onnx.TopK
// CHECK: onnx.GatherND({{.*}}: (tensor<3x4x4xf32>, tensor<?x1xi64>) -> tensor<?x4x4xf32>
// CHECK: onnx.ReduceSum({{.*}}: (tensor<?x2x4xf32>, tensor<1xi64>) -> tensor<?x4xf32>
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
  %back = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %attended = onnx.Reshape(%back, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %router = onnx.Constant() {value = dense<1.0> : tensor<4x3xf32>} : () -> tensor<4x3xf32>
  %experts = onnx.Constant() {value = dense<1.0> : tensor<3x4x4xf32>} : () -> tensor<3x4x4xf32>
  %two = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %one = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %last = onnx.Constant() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %rows = onnx.Constant() {value = dense<[-1, 4]> : tensor<2xi64>} : () -> tensor<2xi64>
  %tokens = onnx.Reshape(%attended, %rows) : (tensor<?x?x4xf32>, tensor<2xi64>) -> tensor<?x4xf32>
  %scores = onnx.MatMul(%tokens, %router) : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  %best, %which = onnx.TopK(%scores, %two) : (tensor<?x3xf32>, tensor<1xi64>) -> (tensor<?x2xf32>, tensor<?x2xi64>)
  %each = onnx.Constant() {value = dense<[1, 2, 1]> : tensor<3xi64>} : () -> tensor<3xi64>
  %column = onnx.Constant() {value = dense<[-1, 4, 1]> : tensor<3xi64>} : () -> tensor<3xi64>
  %list = onnx.Constant() {value = dense<[-1, 1]> : tensor<2xi64>} : () -> tensor<2xi64>
  %pairs = onnx.Constant() {value = dense<[-1, 2, 4]> : tensor<3xi64>} : () -> tensor<3xi64>
  %apart = onnx.Unsqueeze(%tokens, %one) : (tensor<?x4xf32>, tensor<1xi64>) -> tensor<?x1x4xf32>
  %twice = onnx.Expand(%apart, %each) : (tensor<?x1x4xf32>, tensor<3xi64>) -> tensor<?x2x4xf32>
  %both = onnx.Reshape(%twice, %column) : (tensor<?x2x4xf32>, tensor<3xi64>) -> tensor<?x4x1xf32>
  %index = onnx.Reshape(%which, %list) : (tensor<?x2xi64>, tensor<2xi64>) -> tensor<?x1xi64>
  %weights = onnx.GatherND(%experts, %index) : (tensor<3x4x4xf32>, tensor<?x1xi64>) -> tensor<?x4x4xf32>
  %product = onnx.MatMul(%weights, %both) : (tensor<?x4x4xf32>, tensor<?x4x1xf32>) -> tensor<?x4x1xf32>
  %parts = onnx.Reshape(%product, %pairs) : (tensor<?x4x1xf32>, tensor<3xi64>) -> tensor<?x2x4xf32>
  %sum = onnx.ReduceSum(%parts, %one) {keepdims = 0 : i64} : (tensor<?x2x4xf32>, tensor<1xi64>) -> tensor<?x4xf32>
  %sizes = onnx.Shape(%attended) : (tensor<?x?x4xf32>) -> tensor<3xi64>
  %y = onnx.Reshape(%sum, %sizes) : (tensor<?x4xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits : tensor<?x?x40xf32>
}

// -----

// Written at the experts that a row chose: each within its own row.
// CHECK-LABEL: func.func @step
// CHECK: onnx.ScatterElements
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
  %back = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %attended = onnx.Reshape(%back, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %router = onnx.Constant() {value = dense<1.0> : tensor<4x3xf32>} : () -> tensor<4x3xf32>
  %experts = onnx.Constant() {value = dense<1.0> : tensor<3x4x4xf32>} : () -> tensor<3x4x4xf32>
  %two = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %one = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %last = onnx.Constant() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %rows = onnx.Constant() {value = dense<[-1, 4]> : tensor<2xi64>} : () -> tensor<2xi64>
  %tokens = onnx.Reshape(%attended, %rows) : (tensor<?x?x4xf32>, tensor<2xi64>) -> tensor<?x4xf32>
  %scores = onnx.MatMul(%tokens, %router) : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  %best, %which = onnx.TopK(%scores, %two) : (tensor<?x3xf32>, tensor<1xi64>) -> (tensor<?x2xf32>, tensor<?x2xi64>)
  %zero = onnx.Constant() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  %none = onnx.Mul(%scores, %zero) : (tensor<?x3xf32>, tensor<f32>) -> tensor<?x3xf32>
  %shares = onnx.ScatterElements(%none, %which, %best) {axis = 1 : i64} : (tensor<?x3xf32>, tensor<?x2xi64>, tensor<?x2xf32>) -> tensor<?x3xf32>
  %back4 = onnx.Constant() {value = dense<1.0> : tensor<3x4xf32>} : () -> tensor<3x4xf32>
  %sum = onnx.MatMul(%shares, %back4) : (tensor<?x3xf32>, tensor<3x4xf32>) -> tensor<?x4xf32>
  %sizes = onnx.Shape(%attended) : (tensor<?x?x4xf32>) -> tensor<3xi64>
  %y = onnx.Reshape(%sum, %sizes) : (tensor<?x4xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits : tensor<?x?x40xf32>
}

// -----

// The best tokens for each expert: tokens compete.
// CHECK: retort.no_decode_step = "'onnx.TopK' op mixes the rows of the text: no axis of its result is theirs"
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
  %back = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %attended = onnx.Reshape(%back, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %router = onnx.Constant() {value = dense<1.0> : tensor<4x3xf32>} : () -> tensor<4x3xf32>
  %experts = onnx.Constant() {value = dense<1.0> : tensor<3x4x4xf32>} : () -> tensor<3x4x4xf32>
  %two = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %one = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %last = onnx.Constant() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %rows = onnx.Constant() {value = dense<[-1, 4]> : tensor<2xi64>} : () -> tensor<2xi64>
  %tokens = onnx.Reshape(%attended, %rows) : (tensor<?x?x4xf32>, tensor<2xi64>) -> tensor<?x4xf32>
  %scores = onnx.MatMul(%tokens, %router) : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  // expected-remark @+1 {{no decode step: 'onnx.TopK' op mixes the rows of the text: no axis of its result is theirs}}
  %best, %which = onnx.TopK(%scores, %one) {axis = 0 : i64} : (tensor<?x3xf32>, tensor<1xi64>) -> (tensor<1x3xf32>, tensor<1x3xi64>)
  %highest = onnx.ReduceMax(%best, %last) : (tensor<1x3xf32>, tensor<1xi64>) -> tensor<1x1xf32>
  %sum = onnx.Sub(%tokens, %highest) : (tensor<?x4xf32>, tensor<1x1xf32>) -> tensor<?x4xf32>
  %sizes = onnx.Shape(%attended) : (tensor<?x?x4xf32>) -> tensor<3xi64>
  %y = onnx.Reshape(%sum, %sizes) : (tensor<?x4xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits : tensor<?x?x40xf32>
}

// -----

// An expert takes two tokens: how many chose it before is counted along the text.
// CHECK: retort.no_decode_step = "'onnx.CumSum' op mixes the rows of the text: a row of its result follows from several"
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
  %back = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %attended = onnx.Reshape(%back, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %router = onnx.Constant() {value = dense<1.0> : tensor<4x3xf32>} : () -> tensor<4x3xf32>
  %experts = onnx.Constant() {value = dense<1.0> : tensor<3x4x4xf32>} : () -> tensor<3x4x4xf32>
  %two = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %one = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %last = onnx.Constant() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %rows = onnx.Constant() {value = dense<[-1, 4]> : tensor<2xi64>} : () -> tensor<2xi64>
  %tokens = onnx.Reshape(%attended, %rows) : (tensor<?x?x4xf32>, tensor<2xi64>) -> tensor<?x4xf32>
  %scores = onnx.MatMul(%tokens, %router) : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  %axis = onnx.Constant() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
  %most = onnx.Constant() {value = dense<2.0> : tensor<f32>} : () -> tensor<f32>
  %chosen = onnx.Hardmax(%scores) : (tensor<?x3xf32>) -> tensor<?x3xf32>
  // expected-remark @+1 {{no decode step: 'onnx.CumSum' op mixes the rows of the text: a row of its result follows from several}}
  %counted = onnx.CumSum(%chosen, %axis) : (tensor<?x3xf32>, tensor<i64>) -> tensor<?x3xf32>
  %free = onnx.LessOrEqual(%counted, %most) : (tensor<?x3xf32>, tensor<f32>) -> tensor<?x3xi1>
  %kept = onnx.Where(%free, %chosen, %most) : (tensor<?x3xi1>, tensor<?x3xf32>, tensor<f32>) -> tensor<?x3xf32>
  %back4 = onnx.Constant() {value = dense<1.0> : tensor<3x4xf32>} : () -> tensor<3x4xf32>
  %sum = onnx.MatMul(%kept, %back4) : (tensor<?x3xf32>, tensor<3x4xf32>) -> tensor<?x4xf32>
  %sizes = onnx.Shape(%attended) : (tensor<?x?x4xf32>) -> tensor<3xi64>
  %y = onnx.Reshape(%sum, %sizes) : (tensor<?x4xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits : tensor<?x?x40xf32>
}

// -----

// An expert takes the rows that chose it, and adds what it makes of each to that row. How many these are, only the run
// knows.
// CHECK-LABEL: func.func @step
// CHECK: onnx.NonZero
// CHECK: onnx.ScatterND
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
  %back = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %attended = onnx.Reshape(%back, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %router = onnx.Constant() {value = dense<1.0> : tensor<4x3xf32>} : () -> tensor<4x3xf32>
  %experts = onnx.Constant() {value = dense<1.0> : tensor<3x4x4xf32>} : () -> tensor<3x4x4xf32>
  %two = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %one = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %last = onnx.Constant() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %rows = onnx.Constant() {value = dense<[-1, 4]> : tensor<2xi64>} : () -> tensor<2xi64>
  %tokens = onnx.Reshape(%attended, %rows) : (tensor<?x?x4xf32>, tensor<2xi64>) -> tensor<?x4xf32>
  %scores = onnx.MatMul(%tokens, %router) : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  %best, %which = onnx.TopK(%scores, %two) : (tensor<?x3xf32>, tensor<1xi64>) -> (tensor<?x2xf32>, tensor<?x2xi64>)
  %second = onnx.Constant() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
  %zero = onnx.Constant() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  %first = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %weights = onnx.Constant() {value = dense<1.0> : tensor<4x4xf32>} : () -> tensor<4x4xf32>
  %chosen = onnx.Equal(%which, %second) : (tensor<?x2xi64>, tensor<i64>) -> tensor<?x2xi1>
  %pair = onnx.NonZero(%chosen) : (tensor<?x2xi1>) -> tensor<2x?xi64>
  %one_token, %one_slot = onnx.Split(%pair) {axis = 0 : i64, num_outputs = 2 : i64} : (tensor<2x?xi64>) -> (tensor<1x?xi64>, tensor<1x?xi64>)
  %token = onnx.Squeeze(%one_token, %first) : (tensor<1x?xi64>, tensor<1xi64>) -> tensor<?xi64>
  %slot = onnx.Squeeze(%one_slot, %first) : (tensor<1x?xi64>, tensor<1xi64>) -> tensor<?xi64>
  %taken = onnx.Gather(%tokens, %token) : (tensor<?x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  %made = onnx.MatMul(%taken, %weights) : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %none = onnx.Mul(%tokens, %zero) : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  %at = onnx.Unsqueeze(%token, %last) : (tensor<?xi64>, tensor<1xi64>) -> tensor<?x1xi64>
  %sum = onnx.ScatterND(%none, %at, %made) {reduction = "add"} : (tensor<?x4xf32>, tensor<?x1xi64>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %sizes = onnx.Shape(%attended) : (tensor<?x?x4xf32>) -> tensor<3xi64>
  %y = onnx.Reshape(%sum, %sizes) : (tensor<?x4xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits : tensor<?x?x40xf32>
}

// -----

// The rows that an expert takes meet in their mean.
// CHECK: retort.no_decode_step = "'onnx.ReduceMean' op mixes the rows of the text: no single axis of its result is theirs"
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
  %back = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %attended = onnx.Reshape(%back, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %router = onnx.Constant() {value = dense<1.0> : tensor<4x3xf32>} : () -> tensor<4x3xf32>
  %experts = onnx.Constant() {value = dense<1.0> : tensor<3x4x4xf32>} : () -> tensor<3x4x4xf32>
  %two = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %one = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %last = onnx.Constant() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %rows = onnx.Constant() {value = dense<[-1, 4]> : tensor<2xi64>} : () -> tensor<2xi64>
  %tokens = onnx.Reshape(%attended, %rows) : (tensor<?x?x4xf32>, tensor<2xi64>) -> tensor<?x4xf32>
  %scores = onnx.MatMul(%tokens, %router) : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  %best, %which = onnx.TopK(%scores, %two) : (tensor<?x3xf32>, tensor<1xi64>) -> (tensor<?x2xf32>, tensor<?x2xi64>)
  %second = onnx.Constant() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
  %zero = onnx.Constant() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  %first = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %weights = onnx.Constant() {value = dense<1.0> : tensor<4x4xf32>} : () -> tensor<4x4xf32>
  %chosen = onnx.Equal(%which, %second) : (tensor<?x2xi64>, tensor<i64>) -> tensor<?x2xi1>
  %pair = onnx.NonZero(%chosen) : (tensor<?x2xi1>) -> tensor<2x?xi64>
  %one_token, %one_slot = onnx.Split(%pair) {axis = 0 : i64, num_outputs = 2 : i64} : (tensor<2x?xi64>) -> (tensor<1x?xi64>, tensor<1x?xi64>)
  %token = onnx.Squeeze(%one_token, %first) : (tensor<1x?xi64>, tensor<1xi64>) -> tensor<?xi64>
  %slot = onnx.Squeeze(%one_slot, %first) : (tensor<1x?xi64>, tensor<1xi64>) -> tensor<?xi64>
  %taken = onnx.Gather(%tokens, %token) : (tensor<?x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  %made = onnx.MatMul(%taken, %weights) : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %none = onnx.Mul(%tokens, %zero) : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  // expected-remark @+1 {{no decode step: 'onnx.ReduceMean' op mixes the rows of the text: no single axis of its result is theirs}}
  %mean = onnx.ReduceMean(%made, %first) : (tensor<?x4xf32>, tensor<1xi64>) -> tensor<1x4xf32>
  %less = onnx.Sub(%made, %mean) : (tensor<?x4xf32>, tensor<1x4xf32>) -> tensor<?x4xf32>
  %at = onnx.Unsqueeze(%token, %last) : (tensor<?xi64>, tensor<1xi64>) -> tensor<?x1xi64>
  %sum = onnx.ScatterND(%none, %at, %less) {reduction = "add"} : (tensor<?x4xf32>, tensor<?x1xi64>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %sizes = onnx.Shape(%attended) : (tensor<?x?x4xf32>) -> tensor<3xi64>
  %y = onnx.Reshape(%sum, %sizes) : (tensor<?x4xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits : tensor<?x?x40xf32>
}

// -----

// What is made of a row is added to another one: that of the number of the choice.
// CHECK: retort.no_decode_step = "'onnx.ScatterND' op mixes the rows of the text: it takes numbers of rows for more than to read and to write these"
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
  %back = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %attended = onnx.Reshape(%back, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %router = onnx.Constant() {value = dense<1.0> : tensor<4x3xf32>} : () -> tensor<4x3xf32>
  %experts = onnx.Constant() {value = dense<1.0> : tensor<3x4x4xf32>} : () -> tensor<3x4x4xf32>
  %two = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %one = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %last = onnx.Constant() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %rows = onnx.Constant() {value = dense<[-1, 4]> : tensor<2xi64>} : () -> tensor<2xi64>
  %tokens = onnx.Reshape(%attended, %rows) : (tensor<?x?x4xf32>, tensor<2xi64>) -> tensor<?x4xf32>
  %scores = onnx.MatMul(%tokens, %router) : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  %best, %which = onnx.TopK(%scores, %two) : (tensor<?x3xf32>, tensor<1xi64>) -> (tensor<?x2xf32>, tensor<?x2xi64>)
  %second = onnx.Constant() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
  %zero = onnx.Constant() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  %first = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %weights = onnx.Constant() {value = dense<1.0> : tensor<4x4xf32>} : () -> tensor<4x4xf32>
  %chosen = onnx.Equal(%which, %second) : (tensor<?x2xi64>, tensor<i64>) -> tensor<?x2xi1>
  %pair = onnx.NonZero(%chosen) : (tensor<?x2xi1>) -> tensor<2x?xi64>
  %one_token, %one_slot = onnx.Split(%pair) {axis = 0 : i64, num_outputs = 2 : i64} : (tensor<2x?xi64>) -> (tensor<1x?xi64>, tensor<1x?xi64>)
  %token = onnx.Squeeze(%one_token, %first) : (tensor<1x?xi64>, tensor<1xi64>) -> tensor<?xi64>
  %slot = onnx.Squeeze(%one_slot, %first) : (tensor<1x?xi64>, tensor<1xi64>) -> tensor<?xi64>
  %taken = onnx.Gather(%tokens, %token) : (tensor<?x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  %made = onnx.MatMul(%taken, %weights) : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %none = onnx.Mul(%tokens, %zero) : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  %at = onnx.Unsqueeze(%slot, %last) : (tensor<?xi64>, tensor<1xi64>) -> tensor<?x1xi64>
  // expected-remark @+1 {{no decode step: 'onnx.ScatterND' op mixes the rows of the text: it takes numbers of rows for more than to read and to write these}}
  %sum = onnx.ScatterND(%none, %at, %made) {reduction = "add"} : (tensor<?x4xf32>, tensor<?x1xi64>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %sizes = onnx.Shape(%attended) : (tensor<?x?x4xf32>) -> tensor<3xi64>
  %y = onnx.Reshape(%sum, %sizes) : (tensor<?x4xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits : tensor<?x?x40xf32>
}

// -----

// The number of a row is no number in a step, which counts its own rows.
// CHECK: retort.no_decode_step = "'onnx.Mul' op mixes the rows of the text: it takes numbers of rows for more than to read and to write these"
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
  %back = onnx.Transpose(%mixed) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %attended = onnx.Reshape(%back, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %router = onnx.Constant() {value = dense<1.0> : tensor<4x3xf32>} : () -> tensor<4x3xf32>
  %experts = onnx.Constant() {value = dense<1.0> : tensor<3x4x4xf32>} : () -> tensor<3x4x4xf32>
  %two = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %one = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %last = onnx.Constant() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %rows = onnx.Constant() {value = dense<[-1, 4]> : tensor<2xi64>} : () -> tensor<2xi64>
  %tokens = onnx.Reshape(%attended, %rows) : (tensor<?x?x4xf32>, tensor<2xi64>) -> tensor<?x4xf32>
  %scores = onnx.MatMul(%tokens, %router) : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  %best, %which = onnx.TopK(%scores, %two) : (tensor<?x3xf32>, tensor<1xi64>) -> (tensor<?x2xf32>, tensor<?x2xi64>)
  %second = onnx.Constant() {value = dense<1> : tensor<i64>} : () -> tensor<i64>
  %zero = onnx.Constant() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  %first = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %weights = onnx.Constant() {value = dense<1.0> : tensor<4x4xf32>} : () -> tensor<4x4xf32>
  %chosen = onnx.Equal(%which, %second) : (tensor<?x2xi64>, tensor<i64>) -> tensor<?x2xi1>
  %pair = onnx.NonZero(%chosen) : (tensor<?x2xi1>) -> tensor<2x?xi64>
  %one_token, %one_slot = onnx.Split(%pair) {axis = 0 : i64, num_outputs = 2 : i64} : (tensor<2x?xi64>) -> (tensor<1x?xi64>, tensor<1x?xi64>)
  %token = onnx.Squeeze(%one_token, %first) : (tensor<1x?xi64>, tensor<1xi64>) -> tensor<?xi64>
  %slot = onnx.Squeeze(%one_slot, %first) : (tensor<1x?xi64>, tensor<1xi64>) -> tensor<?xi64>
  %taken = onnx.Gather(%tokens, %token) : (tensor<?x4xf32>, tensor<?xi64>) -> tensor<?x4xf32>
  %made = onnx.MatMul(%taken, %weights) : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %none = onnx.Mul(%tokens, %zero) : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  %real = onnx.Cast(%token) {to = 1 : i64} : (tensor<?xi64>) -> tensor<?xf32>
  %number = onnx.Unsqueeze(%real, %last) : (tensor<?xf32>, tensor<1xi64>) -> tensor<?x1xf32>
  // expected-remark @+1 {{no decode step: 'onnx.Mul' op mixes the rows of the text: it takes numbers of rows for more than to read and to write these}}
  %placed = onnx.Mul(%made, %number) : (tensor<?x4xf32>, tensor<?x1xf32>) -> tensor<?x4xf32>
  %at = onnx.Unsqueeze(%token, %last) : (tensor<?xi64>, tensor<1xi64>) -> tensor<?x1xi64>
  %sum = onnx.ScatterND(%none, %at, %placed) {reduction = "add"} : (tensor<?x4xf32>, tensor<?x1xi64>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %sizes = onnx.Shape(%attended) : (tensor<?x?x4xf32>) -> tensor<3xi64>
  %y = onnx.Reshape(%sum, %sizes) : (tensor<?x4xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%y, %out) : (tensor<?x?x4xf32>, tensor<4x40xf32>) -> tensor<?x?x40xf32>
  return %logits : tensor<?x?x40xf32>
}
