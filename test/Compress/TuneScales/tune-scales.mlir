// RUN: %{python} %{source}/test/Compress/Inputs/make_tokens.py %t.tokens 5 300
// RUN: retort-opt %s --compress-tune-scales="data=%t.tokens context=6 batch=4 steps=40 loss=ce learning-rate=0.1" --remarks-filter=compress --remark-format=emitRemark -o %t.mlir 2>%t.remarks
// RUN: FileCheck %s <%t.mlir
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks
// RUN: retort-opt %s --compress-tune-scales="data=%t.tokens context=6 steps=0 loss=ce" -o %t.same.mlir 2>/dev/null
// RUN: retort-opt %s -o %t.before.mlir && cmp %t.before.mlir %t.same.mlir
// RUN: retort-opt %s --compress-tune-scales="data=%t.tokens context=6 batch=4 steps=40 loss=ce learning-rate=0.1 zero-points=true" 2>/dev/null | FileCheck %s --check-prefix=ZERO

// Codes stay, scales do not.
// CHECK-LABEL: func.func @main
// CHECK-DAG: %[[CODES:.*]] = onnx.initializer "w_quantized" dense<{{\[\[}}1, -2, 3, 0], [2, 1, -1, 3], [-3, 2, 1, 1], [0, -1, 2, -2]]> : tensor<4x4xi4>
// CHECK-DAG: %[[SCALES:.*]] = onnx.initializer "w_scale" dense<
// CHECK-NOT: 5.000000e-01, 2.500000e-01, 1.250000e-01, 2.500000e-01
// CHECK: onnx.DequantizeLinear(%[[CODES]], %[[SCALES]]) {axis = 0 : i64, block_size = 2 : i64

// REMARK-DAG: remark: [Missed] compress-tune-scales {{.*}}is not made of codes{{.*}}weight=head
// REMARK-DAG: remark: [Passed] compress-tune-scales {{.*}}held_out_after={{.*}}held_out_before=
// REMARK-DAG: remark: [Passed] compress-tune-scales {{.*}}relative_change={{.*}}scales=8{{.*}}weight=w

// ZERO: %[[ZERO:.*]] = onnx.initializer "w_scale_zero" {{.*}} : tensor<2x4xf32>
// ZERO: compress.dequantize(%{{.*}}, %{{.*}}, %[[ZERO]]) {axis = 0 : i64, block_size = 2 : i64
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "t"], retort.role = "tokens"}) -> (tensor<1x?x5xf32> {onnx.name = "logits", onnx.dims = ["", "t", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<[[1.0, 0.5, -0.5, 0.25], [-1.0, 0.75, 0.5, 0.5], [0.5, -1.0, 0.25, 1.0], [0.25, 0.5, 1.0, -0.75], [-0.5, -0.25, -1.0, 0.5]]> : tensor<5x4xf32>
  %codes = onnx.initializer "w_quantized" dense<[[1, -2, 3, 0], [2, 1, -1, 3], [-3, 2, 1, 1], [0, -1, 2, -2]]> : tensor<4x4xi4>
  %scales = onnx.initializer "w_scale" dense<[[0.5, 0.25, 0.125, 0.25], [0.25, 0.5, 0.5, 0.125]]> : tensor<2x4xf32>
  %head = onnx.initializer "head" dense<[[1.0, -0.5, 0.5, 0.25, -1.0], [0.5, 1.0, -0.25, -0.5, 0.75], [-0.75, 0.5, 1.0, 0.5, 0.25], [0.25, -1.0, 0.5, 1.0, 0.5]]> : tensor<4x5xf32>
  %w = onnx.DequantizeLinear(%codes, %scales) {axis = 0 : i64, block_size = 2 : i64, onnx.outputs = ["w"]} : (tensor<4x4xi4>, tensor<2x4xf32>) -> tensor<4x4xf32>
  %x = onnx.Gather(%table, %ids) : (tensor<5x4xf32>, tensor<1x?xi64>) -> tensor<1x?x4xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %z = onnx.Tanh(%y) : (tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %logits = onnx.MatMul(%z, %head) : (tensor<1x?x4xf32>, tensor<4x5xf32>) -> tensor<1x?x5xf32>
  return %logits : tensor<1x?x5xf32>
}
