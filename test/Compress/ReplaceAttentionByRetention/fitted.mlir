// Decays, constants and norms are fitted to the attention; projections stay.
// RUN: %{python} %{source}/test/Compress/Inputs/make_tokens.py %t.tokens 5 600
// RUN: retort-opt %s --compress-replace-attention-by-retention="layers=0 data=%t.tokens context=8 batch=4 transfer-steps=20" --remarks-filter=compress --remark-format=emitRemark -o %t.mlir 2>%t.remarks
// RUN: FileCheck %s <%t.mlir
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks
// RUN: not retort-opt %s --compress-replace-attention-by-retention="layers=0 form=normalized" 2>&1 | FileCheck %s --check-prefix=DATA
// RUN: not retort-opt %s --compress-replace-attention-by-retention="layers=0 hidden=2 data=%t.tokens" 2>&1 | FileCheck %s --check-prefix=HIDDEN
// RUN: not retort-opt %s --compress-replace-attention-by-retention="layers=0 form=window" 2>&1 | FileCheck %s --check-prefix=FORM
// RUN: not retort-opt %s --compress-replace-attention-by-retention="layers=0 transfer-steps=0 data=%t.tokens" 2>&1 | FileCheck %s --check-prefix=STEPS
// RUN: sed 's/, retort.role = "logits"//' %s >%t.no-logits.mlir
// RUN: not retort-opt %t.no-logits.mlir --compress-replace-attention-by-retention="layers=0 data=%t.tokens context=8 batch=4 transfer-steps=1" 2>&1 | FileCheck %s --check-prefix=LOGITS

// CHECK: onnx.initializer "w" dense<{{\[\[}}5.000000e-01
// CHECK: onnx.initializer "retention_0_constant" {{.*}} : tensor<1x1x1x1xf32>
// CHECK: onnx.initializer "retention_0_norm" {{.*}} : tensor<1x1x1x4xf32>
// CHECK-NOT: llm.attention
// CHECK: llm.retention gated
// CHECK: llm.rms_norm
// REMARK: remark: [Passed] compress-replace-attention-by-retention | {{.*}}best_step={{.*}}held_out_after={{.*}}, held_out_before={{.*}}
// DATA: error: 'form=normalized' has weights that are fitted: expects 'data'
// HIDDEN: error: expects 'hidden' of 0, since what is fitted is held against the attention that goes, found 2
// FORM: error: expects 'form' to be auto, expansion, plain or normalized, found 'window'
// LOGITS: error: expects a result that is logits, which retort-recognize finds
// STEPS: error: expects 'transfer-steps' of at least 1, found 0
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "t"], retort.role = "tokens"})
    -> (tensor<1x?x5xf32> {onnx.name = "logits", onnx.dims = ["", "t", ""], retort.role = "logits"}) {
  %axis = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %table = onnx.initializer "table" dense<[[0.3, -0.2, 0.5, 0.1], [-0.4, 0.6, 0.2, -0.3], [0.7, 0.1, -0.6, 0.4], [-0.1, -0.5, 0.3, 0.8], [0.2, 0.4, -0.7, -0.6]]> : tensor<5x4xf32>
  %w = onnx.initializer "w" dense<[[0.5, -0.3, 0.2, 0.7], [-0.6, 0.4, 0.1, -0.2], [0.3, 0.8, -0.5, 0.1], [0.2, -0.1, 0.6, -0.4]]> : tensor<4x4xf32>
  %head = onnx.initializer "head" dense<[[0.4, -0.6, 0.1, 0.3, -0.2], [-0.5, 0.2, 0.7, -0.1, 0.6], [0.3, 0.5, -0.4, 0.2, -0.7], [0.1, -0.3, 0.6, -0.8, 0.2]]> : tensor<4x5xf32>
  %e = onnx.Gather(%table, %ids) : (tensor<5x4xf32>, tensor<1x?xi64>) -> tensor<1x?x4xf32>
  %0 = onnx.MatMul(%e, %w) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %heads = onnx.Unsqueeze(%0, %axis) : (tensor<1x?x4xf32>, tensor<1xi64>) -> tensor<1x1x?x4xf32>
  %y, %k, %v = llm.attention(%heads, %heads, %heads) {scale = 0.5 : f32, causal} : (tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>) -> (tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>)
  %1 = onnx.Squeeze(%y, %axis) : (tensor<1x1x?x4xf32>, tensor<1xi64>) -> tensor<1x?x4xf32>
  %x = onnx.Add(%e, %1) : (tensor<1x?x4xf32>, tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %logits = onnx.MatMul(%x, %head) : (tensor<1x?x4xf32>, tensor<4x5xf32>) -> tensor<1x?x5xf32>
  return %logits : tensor<1x?x5xf32>
}
