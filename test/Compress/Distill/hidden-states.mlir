// Hidden states are held against the teacher's: by their names, where it is the model as it was; evenly, through matrices
// that are dropped, where it is another one of another width.
// RUN: %{python} %{source}/test/Compress/Inputs/make_tokens.py %t.tokens 5 600
// RUN: sed -e 's/"w" dense<[^>]*>/"w" dense<[[0.5, -0.3, 0.2, 0.7], [-0.6, 0.4, 0.1, -0.2], [0.3, 0.8, -0.5, 0.1], [0.2, -0.1, 0.6, -0.4]]>/' %s >%t.teacher.mlir
// RUN: retort-opt %s --compress-distill="hidden=0.5 teacher=%t.teacher.mlir data=%t.tokens context=8 batch=4 steps=40" --remarks-filter=compress --remark-format=emitRemark -o %t.mlir 2>%t.remarks
// RUN: FileCheck %s <%t.mlir
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks

// REMARK: remark: [Passed] compress-distill | {{.*}}hidden_states=2{{.*}}, steps=40
// CHECK: onnx.initializer "table"
// CHECK-NOT: map_
// CHECK: return

// A teacher of three columns.
// RUN: %{python} %S/Inputs/narrow.py <%s >%t.narrow.mlir
// RUN: retort-opt %s --compress-distill="hidden=0.5 teacher=%t.narrow.mlir data=%t.tokens context=8 batch=4 steps=40" --remarks-filter=compress --remark-format=emitRemark -o %t.mlir 2>%t.remarks
// RUN: FileCheck %s <%t.mlir
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks

// RUN: not retort-opt %s --compress-distill="hidden=-1 data=%t.tokens" 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// NEGATIVE: error: expects 'hidden' of 0 or more, found -1
// RUN: sed -e 's/{onnx.outputs = \["[a-z]*"\]}//' %s >%t.nameless.mlir
// RUN: not retort-opt %t.nameless.mlir --compress-distill="hidden=1 data=%t.tokens context=8" 2>&1 | FileCheck %s --check-prefix=NAMES
// NAMES: error: 'compress-distill': expects hidden states that are the teacher's too ('hidden'), found 2, and 2 of the teacher
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "t"], retort.role = "tokens"})
    -> (tensor<1x?x5xf32> {onnx.name = "logits", onnx.dims = ["", "t", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<[[0.3, -0.2, 0.5, 0.1], [-0.4, 0.6, 0.2, -0.3], [0.7, 0.1, -0.6, 0.4], [-0.1, -0.5, 0.3, 0.8], [0.2, 0.4, -0.7, -0.6]]> : tensor<5x4xf32>
  %w = onnx.initializer "w" dense<[[0.0, -0.3, 0.0, 0.7], [-0.6, 0.0, 0.0, -0.2], [0.3, 0.8, -0.5, 0.0], [0.0, 0.0, 0.6, -0.4]]> : tensor<4x4xf32>
  %head = onnx.initializer "head" dense<[[0.4, -0.6, 0.1, 0.3, -0.2], [-0.5, 0.2, 0.7, -0.1, 0.6], [0.3, 0.5, -0.4, 0.2, -0.7], [0.1, -0.3, 0.6, -0.8, 0.2]]> : tensor<4x5xf32>
  %e = onnx.Gather(%table, %ids) {onnx.outputs = ["e"]} : (tensor<5x4xf32>, tensor<1x?xi64>) -> tensor<1x?x4xf32>
  %0 = onnx.MatMul(%e, %w) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %1 = onnx.Tanh(%0) : (tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %x = onnx.Add(%e, %1) {onnx.outputs = ["x"]} : (tensor<1x?x4xf32>, tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %n = onnx.Tanh(%x) : (tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %logits = onnx.MatMul(%n, %head) : (tensor<1x?x4xf32>, tensor<4x5xf32>) -> tensor<1x?x5xf32>
  return %logits : tensor<1x?x5xf32>
}
