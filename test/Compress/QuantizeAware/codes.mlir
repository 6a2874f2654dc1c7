// Weights that are codes keep their form, and begin with their codes and scales: integers with zero points and scales of f16, or levels.
// RUN: %{python} %{source}/test/Compress/Inputs/make_tokens.py %t.tokens 5 300
// RUN: retort-opt %s --compress-quantize-rtn="bits=3 group-size=4 form=levels" -o %t.levels.mlir
// RUN: retort-opt %t.levels.mlir --compress-quantize-aware="init=codes data=%t.tokens context=6 steps=0" -o %t.same.mlir
// RUN: diff %t.levels.mlir %t.same.mlir
// RUN: retort-opt %t.levels.mlir --compress-quantize-aware="init=codes data=%t.tokens context=6 batch=2 steps=8 loss=ce learning-rate=0.1" --remarks-filter=compress --remark-format=emitRemark -o %t.mlir 2>%t.remarks
// RUN: FileCheck %s --check-prefix=LEVELS <%t.mlir
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks
// RUN: retort-opt %s --compress-quantize-rtn="bits=2 group-size=2 symmetric=false scales=f16" -o %t.integers.mlir
// RUN: retort-opt %t.integers.mlir --compress-quantize-aware="init=codes data=%t.tokens context=6 steps=0" -o %t.same.mlir
// RUN: diff %t.integers.mlir %t.same.mlir
// RUN: retort-opt %t.integers.mlir --compress-quantize-aware="init=codes data=%t.tokens context=6 batch=2 steps=8 loss=ce learning-rate=0.1" | FileCheck %s --check-prefix=INTEGERS

// A weight that is none stays a float, which is trained as it is.
// RUN: retort-opt %s --compress-quantize-aware="init=codes data=%t.tokens context=6 batch=2 steps=8" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=NONE

// LEVELS-DAG: %[[CODES:.*]] = onnx.initializer "w_codes" dense<{{.*}}> : tensor<4x4xui3>
// LEVELS-DAG: %[[SCALES:.*]] = onnx.initializer "w_scale" dense<{{.*}}> : tensor<1x4xui6>
// LEVELS-DAG: %[[LADDER:.*]] = onnx.initializer "w_ladder" dense<{{.*}}> : tensor<2xi32>
// LEVELS: compress.decode_levels(%[[CODES]], %[[SCALES]], %[[LADDER]]) {block_size = 4 : i64
// LEVELS-NOT: fake_quantize
// REMARK: remark: [Passed] compress-quantize-aware | {{.*}}best_step=8
// REMARK: remark: [Passed] compress-quantize-aware | {{.*}}bits=3, {{.*}}bytes_after=[[BYTES:[0-9]+]], bytes_before=[[BYTES]], {{.*}}weight=w, weight_error=
// INTEGERS-DAG: onnx.initializer "w_quantized" dense<{{.*}}> : tensor<4x4xui2>
// INTEGERS-DAG: onnx.initializer "w_scale" dense<{{.*}}> : tensor<2x4xf16>
// INTEGERS-DAG: onnx.initializer "w_zero_point" dense<{{.*}}> : tensor<2x4xui2>
// INTEGERS-NOT: fake_quantize
// NONE: remark: [Missed] compress-quantize-aware | {{.*}}Reason="is not made of codes", weight=w
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "t"], retort.role = "tokens"})
    -> (tensor<1x?x5xf32> {onnx.name = "logits", onnx.dims = ["", "t", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<[[0.3, -0.2, 0.5, 0.1], [-0.4, 0.6, 0.2, -0.3], [0.7, 0.1, -0.6, 0.4], [-0.1, -0.5, 0.3, 0.8], [0.2, 0.4, -0.7, -0.6]]> : tensor<5x4xf32>
  %w = onnx.initializer "w" dense<[[0.5, -0.3, 0.2, 0.7], [-0.6, 0.4, 0.1, -0.2], [0.3, 0.8, -0.5, 0.1], [0.2, -0.1, 0.6, -0.4]]> : tensor<4x4xf32>
  %head = onnx.initializer "head" dense<[[0.4, -0.6, 0.1, 0.3, -0.2], [-0.5, 0.2, 0.7, -0.1, 0.6], [0.3, 0.5, -0.4, 0.2, -0.7], [0.1, -0.3, 0.6, -0.8, 0.2]]> : tensor<4x5xf32>
  %e = onnx.Gather(%table, %ids) : (tensor<5x4xf32>, tensor<1x?xi64>) -> tensor<1x?x4xf32>
  %0 = onnx.MatMul(%e, %w) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %1 = onnx.Tanh(%0) : (tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %x = onnx.Add(%e, %1) : (tensor<1x?x4xf32>, tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %logits = onnx.MatMul(%x, %head) : (tensor<1x?x4xf32>, tensor<4x5xf32>) -> tensor<1x?x5xf32>
  return %logits : tensor<1x?x5xf32>
}
