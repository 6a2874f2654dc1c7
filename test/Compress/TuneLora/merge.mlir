// RUN: %{python} %{source}/test/Compress/Inputs/make_tokens.py %t.tokens 5 300
// DEFINE: %{options} = rank=2 data=%t.tokens context=6 batch=4 steps=40 loss=ce learning-rate=0.05
// RUN: retort-opt %s --compress-tune-lora="%{options} merge=zero-points" 2>/dev/null | FileCheck %s --check-prefix=ZERO
// RUN: retort-opt %s --compress-tune-lora="%{options} merge=requantize" --remarks-filter=compress --remark-format=emitRemark -o %t.mlir 2>%t.remarks
// RUN: FileCheck %s --check-prefix=AGAIN <%t.mlir
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks
// RUN: retort-opt %s --compress-expand --compress-tune-lora="%{options}" 2>/dev/null | FileCheck %s --check-prefix=FOLD
// RUN: retort-opt %s --compress-expand --compress-tune-lora="%{options} merge=keep parameters=lora,^head$" 2>/dev/null | FileCheck %s --check-prefix=KEEP

// ZERO-DAG: %[[CODES:.*]] = onnx.initializer "w_quantized" dense<{{\[\[}}1, -2, 3, 2], [2, 1, -1, 3], [-3, 2, 1, 1], [3, -1, 2, -2]]> : tensor<4x4xi4>
// ZERO-DAG: %[[ZERO:.*]] = onnx.initializer "w_zero" {{.*}} : tensor<2x4xf32>
// ZERO: compress.dequantize(%[[CODES]], %{{.*}}, %[[ZERO]]) {axis = 0 : i64, block_size = 2 : i64
// ZERO-COUNT-2: onnx.MatMul
// ZERO-NOT: onnx.MatMul

// AGAIN: %[[CODES:.*]] = onnx.initializer "w_quantized{{.*}}" {{.*}} : tensor<4x4xi4>
// AGAIN-NOT: dense<{{\[\[}}1, -2, 3, 2], [2, 1, -1, 3]
// AGAIN: onnx.DequantizeLinear(%[[CODES]], %{{.*}}) {axis = 0 : i64, block_size = 2 : i64
// AGAIN-COUNT-2: onnx.MatMul
// AGAIN-NOT: onnx.MatMul
// REMARK-DAG: remark: [Passed] compress-tune-lora {{.*}}held_out_requantized={{.*}}held_out_trained=

// FOLD: onnx.initializer "w" {{.*}} : tensor<4x4xf32>
// FOLD-COUNT-2: onnx.MatMul
// FOLD-NOT: onnx.MatMul

// KEEP-NOT: onnx.initializer "head" dense<{{\[\[}}1.000000e+00, -5.000000e-01
// KEEP: onnx.initializer "w_lora_a"
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "t"], retort.role = "tokens"}) -> (tensor<1x?x5xf32> {onnx.name = "logits", onnx.dims = ["", "t", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<[[1.0, 0.5, -0.5, 0.25], [-1.0, 0.75, 0.5, 0.5], [0.5, -1.0, 0.25, 1.0], [0.25, 0.5, 1.0, -0.75], [-0.5, -0.25, -1.0, 0.5]]> : tensor<5x4xf32>
  %codes = onnx.initializer "w_quantized" dense<[[1, -2, 3, 2], [2, 1, -1, 3], [-3, 2, 1, 1], [3, -1, 2, -2]]> : tensor<4x4xi4>
  %scales = onnx.initializer "w_scale" dense<[[0.5, 0.25, 0.125, 0.25], [0.25, 0.5, 0.5, 0.125]]> : tensor<2x4xf32>
  %head = onnx.initializer "head" dense<[[1.0, -0.5, 0.5, 0.25, -1.0], [0.5, 1.0, -0.25, -0.5, 0.75], [-0.75, 0.5, 1.0, 0.5, 0.25], [0.25, -1.0, 0.5, 1.0, 0.5]]> : tensor<4x5xf32>
  %w = onnx.DequantizeLinear(%codes, %scales) {axis = 0 : i64, block_size = 2 : i64, onnx.outputs = ["w"]} : (tensor<4x4xi4>, tensor<2x4xf32>) -> tensor<4x4xf32>
  %x = onnx.Gather(%table, %ids) : (tensor<5x4xf32>, tensor<1x?xi64>) -> tensor<1x?x4xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %z = onnx.Tanh(%y) : (tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %logits = onnx.MatMul(%z, %head) : (tensor<1x?x4xf32>, tensor<4x5xf32>) -> tensor<1x?x5xf32>
  return %logits : tensor<1x?x5xf32>
}
