// Options that no gradient follows from.
// RUN: not retort-opt %s --derive-gradient='context=4 loss=mse' 2>&1 | FileCheck %s --check-prefix=LOSS
// RUN: not retort-opt %s --derive-gradient='context=4 temperature=0' 2>&1 | FileCheck %s --check-prefix=TEMPERATURE
// RUN: not retort-opt %s --derive-gradient='context=4 beta=1' 2>&1 | FileCheck %s --check-prefix=BETA
// RUN: not retort-opt %s --derive-gradient='context=4 mix=2' 2>&1 | FileCheck %s --check-prefix=MIX
// RUN: not retort-opt %s --derive-gradient='context=4 top-k=3' 2>&1 | FileCheck %s --check-prefix=TOPK
// RUN: not retort-opt %s --derive-gradient='context=4 hidden=-1' 2>&1 | FileCheck %s --check-prefix=HIDDEN
// RUN: not retort-opt %s --derive-gradient='context=4 parameters=(' 2>&1 | FileCheck %s --check-prefix=REGEX
// RUN: not retort-opt %s --derive-gradient='context=4 parameters=^none' 2>&1 | FileCheck %s --check-prefix=NONE

// LOSS: error: derive-gradient expects 'loss' to be ce, forward-kl, reverse-kl, jsd or skew-kl, found 'mse'
// TEMPERATURE: error: derive-gradient expects a 'temperature' above 0, found 0
// BETA: error: derive-gradient expects a 'beta' between 0 and 1, found 1
// MIX: error: derive-gradient expects a 'mix' from 0 to 1, found 2
// TOPK: error: derive-gradient expects 'top-k' of 0, or more with forward-kl, found 3 with ce
// HIDDEN: error: derive-gradient expects 'hidden' of 0 or more, found -1
// REGEX: error: derive-gradient expects a regular expression as 'parameters', found '(': parentheses not balanced
// NONE: error: derive-gradient expects constants that a model learns to match '^none', found none

func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "tokens"], retort.role = "tokens"})
    -> (tensor<1x?x6xf32> {onnx.name = "logits", onnx.dims = ["", "tokens", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<0.5> : tensor<6x3xf32>
  %head = onnx.initializer "head" dense<0.125> : tensor<3x6xf32>
  %x = onnx.Gather(%table, %ids) : (tensor<6x3xf32>, tensor<1x?xi64>) -> tensor<1x?x3xf32>
  %logits = onnx.MatMul(%x, %head) : (tensor<1x?x3xf32>, tensor<3x6xf32>) -> tensor<1x?x6xf32>
  return %logits : tensor<1x?x6xf32>
}
