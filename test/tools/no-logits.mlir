// A model of language whose output is no logits: it is inspected and run, not generated from.
// RUN: split-file %s %t
// RUN: retort inspect %t/hidden.mlir | FileCheck %s --check-prefix=HIDDEN-ROLE
// RUN: retort inspect %t/classes.mlir --json | FileCheck %s --check-prefix=CLASS-ROLE
// RUN: not retort generate %t/hidden.mlir --tokenizer=%t/words.json --prompt=a 2>&1 | FileCheck %s --check-prefix=HIDDEN
// RUN: not retort eval %t/hidden.mlir --tokenizer=%t/words.json --text=%t/words.json --context=4 2>&1 | FileCheck %s --check-prefix=HIDDEN
// RUN: not retort bench %t/hidden.mlir 2>&1 | FileCheck %s --check-prefix=HIDDEN
// RUN: not retort generate %t/classes.mlir --tokenizer=%t/words.json --prompt=a 2>&1 | FileCheck %s --check-prefix=CLASSES
// RUN: not retort generate %t/flat.mlir --tokenizer=%t/words.json --prompt="a b" 2>&1 | FileCheck %s --check-prefix=FLAT
// RUN: not retort generate %t/narrow.mlir --tokenizer=%t/words.json --prompt=a 2>&1 | FileCheck %s --check-prefix=NARROW

// HIDDEN-ROLE: output states: f32 [?, ?, 40], hidden_states
// CLASS-ROLE: "role":"class_scores"
// HIDDEN: error: {{.*}}hidden.mlir: output 'states' holds hidden states, no logits of the next token{{$}}
// CLASSES: error: {{.*}}classes.mlir: output 'logits' holds scores of classes, no logits of the next token{{$}}
// FLAT: error: {{.*}}flat.mlir: expects logits of rank 2 or 3, found shape 10{{$}}
// NARROW: error: {{.*}}narrow.mlir: a token has 9 output values: these are no logits of the tokenizer's 10 ids{{$}}

//--- words.json
{"pre_tokenizer": {"type": "WhitespaceSplit"}, "model": {"type": "WordLevel", "unk_token": "a", "vocab": {"a": 0, "b": 9}}}
//--- hidden.mlir
func.func @main(%tokens: tensor<?x?xi64> {onnx.name = "input_ids"}, %kinds: tensor<?x?xi64> {onnx.name = "token_type_ids"})
    -> (tensor<?x?x40xf32> {onnx.name = "states"}) {
  %words = onnx.initializer "w" dense<1.0> : tensor<20x40xf32>
  %two = onnx.initializer "t" dense<1.0> : tensor<2x40xf32>
  %0 = onnx.Gather(%words, %tokens) : (tensor<20x40xf32>, tensor<?x?xi64>) -> tensor<?x?x40xf32>
  %1 = onnx.Gather(%two, %kinds) : (tensor<2x40xf32>, tensor<?x?xi64>) -> tensor<?x?x40xf32>
  %2 = onnx.Add(%0, %1) : (tensor<?x?x40xf32>, tensor<?x?x40xf32>) -> tensor<?x?x40xf32>
  return %2 : tensor<?x?x40xf32>
}
//--- classes.mlir
func.func @main(%tokens: tensor<?x?xi64> {onnx.name = "input_ids"}) -> (tensor<?x3xf32> {onnx.name = "logits"}) {
  %words = onnx.initializer "w" dense<1.0> : tensor<20x4xf32>
  %classes = onnx.initializer "c" dense<1.0> : tensor<4x3xf32>
  %axis = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %rows = onnx.Gather(%words, %tokens) : (tensor<20x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %text = onnx.ReduceSum(%rows, %axis) {keepdims = 0 : i64} : (tensor<?x?x4xf32>, tensor<1xi64>) -> tensor<?x4xf32>
  %scores = onnx.MatMul(%text, %classes) : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  return %scores : tensor<?x3xf32>
}
//--- narrow.mlir
func.func @main(%tokens: tensor<?x?xi64> {onnx.name = "input_ids"}) -> (tensor<?x?x9xf32> {onnx.name = "logits"}) {
  %words = onnx.initializer "w" dense<1.0> : tensor<9x4xf32>
  %head = onnx.initializer "h" dense<1.0> : tensor<4x9xf32>
  %rows = onnx.Gather(%words, %tokens) : (tensor<9x4xf32>, tensor<?x?xi64>) -> tensor<?x?x4xf32>
  %logits = onnx.MatMul(%rows, %head) : (tensor<?x?x4xf32>, tensor<4x9xf32>) -> tensor<?x?x9xf32>
  return %logits : tensor<?x?x9xf32>
}
//--- flat.mlir
func.func @main(%tokens: tensor<?x?xi64> {onnx.name = "input_ids"}) -> (tensor<10xf32> {onnx.name = "logits", retort.role = "logits"}) {
  %words = onnx.initializer "w" dense<1.0> : tensor<10x10xf32>
  %axes = onnx.Constant() {value = dense<[0, 1]> : tensor<2xi64>} : () -> tensor<2xi64>
  %rows = onnx.Gather(%words, %tokens) : (tensor<10x10xf32>, tensor<?x?xi64>) -> tensor<?x?x10xf32>
  %logits = onnx.ReduceSum(%rows, %axes) {keepdims = 0 : i64} : (tensor<?x?x10xf32>, tensor<2xi64>) -> tensor<10xf32>
  return %logits : tensor<10xf32>
}
