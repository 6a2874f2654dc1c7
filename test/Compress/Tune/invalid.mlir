// RUN: %{python} %{source}/test/Compress/Inputs/make_tokens.py %t.tokens 5 300
// RUN: %{python} %{source}/test/Compress/Inputs/make_tokens.py %t.others.tokens 9 300
// RUN: %{python} %{source}/test/Compress/Inputs/make_tokens.py %t.short.tokens 5 9
// RUN: not retort-opt %s --compress-tune="parameters=( data=%t.tokens" 2>&1 | FileCheck %s --check-prefix=REGEX
// RUN: not retort-opt %s --compress-tune="parameters=absent data=%t.tokens" 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not retort-opt %s --compress-tune="parameters=scales data=%t.tokens" 2>&1 | FileCheck %s --check-prefix=SCALES
// RUN: not retort-opt %s --compress-tune 2>&1 | FileCheck %s --check-prefix=DATA
// RUN: not retort-opt %s --compress-tune="data=%t.none" 2>&1 | FileCheck %s --check-prefix=FILE
// RUN: not retort-opt %s --compress-tune="data=%t.others.tokens context=8" 2>&1 | FileCheck %s --check-prefix=VOCABULARY
// RUN: not retort-opt %s --compress-tune="data=%t.short.tokens context=8" 2>&1 | FileCheck %s --check-prefix=SHORT
// RUN: not retort-opt %s --compress-tune="data=%t.tokens" 2>&1 | FileCheck %s --check-prefix=CONTEXT
// RUN: not retort-opt %s --compress-distill="data=%t.tokens context=8 teacher=%t.none" 2>&1 | FileCheck %s --check-prefix=TEACHER
// RUN: echo 'func.func @main(%%x: tensor<2x3xf32>) -> tensor<*xf32> { %%0 = onnx.Concat(%%x, %%x) {axis = 7 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<*xf32> return %%0 : tensor<*xf32> }' >%t.contradiction.mlir
// RUN: not retort-opt %s --compress-distill="data=%t.tokens context=8 teacher=%t.contradiction.mlir" 2>&1 | FileCheck %s --check-prefix=UNREAD

// REGEX: error: 'compress-tune' expects all, scales, norms, biases, factors or a regular expression as 'parameters', found '('
// NONE: error: 'compress-tune' expects constants that a model learns as 'parameters', found none that are 'absent'
// SCALES: error: 'compress-tune' expects constants that a model learns as 'parameters', found none that are 'scales'
// DATA: error: {{.*}}'data'
// FILE: error: {{.*}}none
// VOCABULARY: error: {{.*}}others.tokens{{.*}}
// SHORT: error: {{.*}}short.tokens
// CONTEXT: error: {{.*}}expects 'context'
// TEACHER: error: {{.*}}none
// UNREAD: error: the teacher '{{.*}}.contradiction.mlir' cannot be read as a model
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "t"], retort.role = "tokens"})
    -> (tensor<1x?x5xf32> {onnx.name = "logits", onnx.dims = ["", "t", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<[[0.3, -0.2, 0.5, 0.1], [-0.4, 0.6, 0.2, -0.3], [0.7, 0.1, -0.6, 0.4], [-0.1, -0.5, 0.3, 0.8], [0.2, 0.4, -0.7, -0.6]]> : tensor<5x4xf32>
  %w = onnx.initializer "w" dense<[[0.0, -0.3, 0.0, 0.7], [-0.6, 0.0, 0.0, -0.2], [0.3, 0.8, -0.5, 0.0], [0.0, 0.0, 0.6, -0.4]]> : tensor<4x4xf32>
  %head = onnx.initializer "head" dense<[[0.4, -0.6, 0.1, 0.3, -0.2], [-0.5, 0.2, 0.7, -0.1, 0.6], [0.3, 0.5, -0.4, 0.2, -0.7], [0.1, -0.3, 0.6, -0.8, 0.2]]> : tensor<4x5xf32>
  %e = onnx.Gather(%table, %ids) : (tensor<5x4xf32>, tensor<1x?xi64>) -> tensor<1x?x4xf32>
  %0 = onnx.MatMul(%e, %w) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %1 = onnx.Tanh(%0) : (tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %x = onnx.Add(%e, %1) : (tensor<1x?x4xf32>, tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %logits = onnx.MatMul(%x, %head) : (tensor<1x?x4xf32>, tensor<4x5xf32>) -> tensor<1x?x5xf32>
  return %logits : tensor<1x?x5xf32>
}
