// RUN: retort-opt %s --derive-gradient=context=4 --split-input-file --verify-diagnostics

// expected-error @+1 {{derive-gradient expects a function 'main'}}
module {}

// -----

// A loop on the way.
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "tokens"], retort.role = "tokens"})
    -> (tensor<1x?x6xf32> {onnx.name = "logits", onnx.dims = ["", "tokens", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<0.5> : tensor<6x3xf32>
  %head = onnx.initializer "head" dense<0.125> : tensor<3x6xf32>
  %x = onnx.Gather(%table, %ids) : (tensor<6x3xf32>, tensor<1x?xi64>) -> tensor<1x?x3xf32>
  %axis = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %mean = onnx.ReduceMean(%x, %axis) : (tensor<1x?x3xf32>, tensor<1xi64>) -> tensor<1x1x3xf32>
  %count = onnx.Constant() {value = dense<3> : tensor<i64>} : () -> tensor<i64>
  %always = onnx.Constant() {value = dense<true> : tensor<i1>} : () -> tensor<i1>
  // expected-error @+1 {{no gradient: 'onnx.Loop' op lies between what is trained and the loss, and has neither a gradient nor a body of operations that have one}}
  %b = onnx.Loop(%count, %always, %mean) {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %state: tensor<1x1x3xf32>):
    %next = onnx.Tanh(%state) : (tensor<1x1x3xf32>) -> tensor<1x1x3xf32>
    onnx.yield %go, %next : tensor<i1>, tensor<1x1x3xf32>
  } : (tensor<i64>, tensor<i1>, tensor<1x1x3xf32>) -> tensor<1x1x3xf32>
  %y = onnx.Add(%x, %b) : (tensor<1x?x3xf32>, tensor<1x1x3xf32>) -> tensor<1x?x3xf32>
  %logits = onnx.MatMul(%y, %head) : (tensor<1x?x3xf32>, tensor<3x6xf32>) -> tensor<1x?x6xf32>
  return %logits : tensor<1x?x6xf32>
}

// -----

// Sizes that follow from values.
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "tokens"], retort.role = "tokens"})
    -> (tensor<1x?x6xf32> {onnx.name = "logits", onnx.dims = ["", "tokens", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<0.5> : tensor<6x3xf32>
  %head = onnx.initializer "head" dense<0.125> : tensor<3x6xf32>
  %x = onnx.Gather(%table, %ids) : (tensor<6x3xf32>, tensor<1x?xi64>) -> tensor<1x?x3xf32>
  %zero = onnx.Constant() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  %above = onnx.Greater(%x, %zero) : (tensor<1x?x3xf32>, tensor<f32>) -> tensor<1x?x3xi1>
  // expected-error @+1 {{no gradient: 'onnx.NonZero' op has a result of a size that the number of tokens does not tell}}
  %where = onnx.NonZero(%above) : (tensor<1x?x3xi1>) -> tensor<3x?xi64>
  %places = onnx.Transpose(%where) {perm = array<i64: 1, 0>} : (tensor<3x?xi64>) -> tensor<?x3xi64>
  %some = onnx.GatherND(%x, %places) : (tensor<1x?x3xf32>, tensor<?x3xi64>) -> tensor<?xf32>
  %y = onnx.ScatterND(%x, %places, %some) : (tensor<1x?x3xf32>, tensor<?x3xi64>, tensor<?xf32>) -> tensor<1x?x3xf32>
  %logits = onnx.MatMul(%y, %head) : (tensor<1x?x3xf32>, tensor<3x6xf32>) -> tensor<1x?x6xf32>
  return %logits : tensor<1x?x6xf32>
}

// -----

// An operation without a rule.
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "tokens"], retort.role = "tokens"})
    -> (tensor<1x?x6xf32> {onnx.name = "logits", onnx.dims = ["", "tokens", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<0.5> : tensor<6x3xf32>
  %head = onnx.initializer "head" dense<0.125> : tensor<3x6xf32>
  %x = onnx.Gather(%table, %ids) : (tensor<6x3xf32>, tensor<1x?xi64>) -> tensor<1x?x3xf32>
  // expected-error @+1 {{no gradient: 'onnx.Hardmax' op lies between what is trained and the loss, and has neither a gradient nor a body of operations that have one}}
  %y = onnx.Hardmax(%x) : (tensor<1x?x3xf32>) -> tensor<1x?x3xf32>
  %logits = onnx.MatMul(%y, %head) : (tensor<1x?x3xf32>, tensor<3x6xf32>) -> tensor<1x?x6xf32>
  return %logits : tensor<1x?x6xf32>
}

// -----

// A form that its rule does not have.
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "tokens"], retort.role = "tokens"})
    -> (tensor<1x?x6xf32> {onnx.name = "logits", onnx.dims = ["", "tokens", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<0.5> : tensor<6x3xf32>
  %head = onnx.initializer "head" dense<0.125> : tensor<3x6xf32>
  %x = onnx.Gather(%table, %ids) : (tensor<6x3xf32>, tensor<1x?xi64>) -> tensor<1x?x3xf32>
  %indices = onnx.Constant() {value = dense<0> : tensor<1x1x1xi64>} : () -> tensor<1x1x1xi64>
  %ones = onnx.Constant() {value = dense<1.0> : tensor<1x1x1xf32>} : () -> tensor<1x1x1xf32>
  // expected-error @+1 {{no gradient: 'onnx.ScatterElements' op expects a 'reduction' of 'none' or 'add', found 'max'}}
  %y = onnx.ScatterElements(%x, %indices, %ones) {reduction = "max"} : (tensor<1x?x3xf32>, tensor<1x1x1xi64>, tensor<1x1x1xf32>) -> tensor<1x?x3xf32>
  %logits = onnx.MatMul(%y, %head) : (tensor<1x?x3xf32>, tensor<3x6xf32>) -> tensor<1x?x6xf32>
  return %logits : tensor<1x?x6xf32>
}

// -----

// The last row alone.
// expected-error @+1 {{no gradient: expects logits of every token, 4 rows of known width}}
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "tokens"], retort.role = "tokens"})
    -> (tensor<1x1x6xf32> {onnx.name = "logits", retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<0.5> : tensor<6x3xf32>
  %head = onnx.initializer "head" dense<0.125> : tensor<3x6xf32>
  %x = onnx.Gather(%table, %ids) : (tensor<6x3xf32>, tensor<1x?xi64>) -> tensor<1x?x3xf32>
  %last = onnx.Constant() {value = dense<[-1]> : tensor<1xi64>} : () -> tensor<1xi64>
  %end = onnx.Constant() {value = dense<[1000]> : tensor<1xi64>} : () -> tensor<1xi64>
  %rows = onnx.Constant() {value = dense<[1]> : tensor<1xi64>} : () -> tensor<1xi64>
  %y = onnx.Slice(%x, %last, %end, %rows) : (tensor<1x?x3xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x1x3xf32>
  %logits = onnx.MatMul(%y, %head) : (tensor<1x1x3xf32>, tensor<3x6xf32>) -> tensor<1x1x6xf32>
  return %logits : tensor<1x1x6xf32>
}
