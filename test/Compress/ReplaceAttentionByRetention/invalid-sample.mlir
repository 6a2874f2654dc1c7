// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.empty --text=0:6:8 wo=4
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics --text=8:6:8 wo=4
// RUN: not retort-opt %s --identify-model=statistics=%t.empty --compress-replace-attention-by-retention="layers=0 candidates=window" 2>&1 | FileCheck %s --check-prefix=TOKENS
// RUN: not retort-opt %s --identify-model=statistics=%t.statistics --compress-replace-attention-by-retention="layers=0 candidates=window" 2>&1 | FileCheck %s --check-prefix=CANNOT
// RUN: sed 's/causal, //' %s >%t.cross.mlir
// RUN: retort-opt %t.cross.mlir --identify-model -o %t.identified.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.identified.mlir %t.cross --text=8:6:8 wo=4
// RUN: not retort-opt %t.cross.mlir --identify-model=statistics=%t.cross --compress-replace-attention-by-retention="max-kl=1" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=NONE

// TOKENS: error: 'compress-replace-attention-by-retention' expects statistics with the tokens of their sample, found none
// The table is so small that nothing tells it from a mask.
// CANNOT: error: 'compress-replace-attention-by-retention' cannot run the model: its logits do not follow from its text by large constants
// NONE: remark: [Missed] compress-replace-attention-by-retention {{.*}}Reason="expects causal self-attention, found attention to all columns"{{.*}}weight="attention 0"
// NONE: error: 'compress-replace-attention-by-retention' finds no attention that can be replaced
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "t"], retort.role = "tokens"})
    -> (tensor<1x?x8xf32> {onnx.name = "logits", onnx.dims = ["", "t", ""], retort.role = "logits"}) {
  %axis = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %table = onnx.initializer "table" dense<0.5> : tensor<8x4xf32>
  %w = onnx.initializer "w" dense<0.25> : tensor<4x4xf32>
  %wo = onnx.initializer "wo" dense<0.75> : tensor<4x4xf32>
  %head = onnx.initializer "head" dense<0.5> : tensor<4x8xf32>
  %x = onnx.Gather(%table, %ids) : (tensor<8x4xf32>, tensor<1x?xi64>) -> tensor<1x?x4xf32>
  %e = onnx.MatMul(%x, %w) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %h = onnx.Unsqueeze(%e, %axis) : (tensor<1x?x4xf32>, tensor<1xi64>) -> tensor<1x1x?x4xf32>
  %a, %k, %v = llm.attention(%h, %h, %h) {causal, scale = 0.5 : f32} : (tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>) -> (tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>)
  %m = onnx.Squeeze(%a, %axis) : (tensor<1x1x?x4xf32>, tensor<1xi64>) -> tensor<1x?x4xf32>
  %y = onnx.MatMul(%m, %wo) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %z = onnx.Add(%x, %y) : (tensor<1x?x4xf32>, tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %logits = onnx.MatMul(%z, %head) : (tensor<1x?x4xf32>, tensor<4x8xf32>) -> tensor<1x?x8xf32>
  return %logits : tensor<1x?x8xf32>
}
