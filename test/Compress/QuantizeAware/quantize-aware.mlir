// RUN: %{python} %{source}/test/Compress/Inputs/make_tokens.py %t.tokens 5 300
// RUN: retort-opt %s --compress-quantize-aware="bits=3 group-size=2 scale=fixed data=%t.tokens context=6 batch=2 steps=8 loss=ce learning-rate=0.05" --remarks-filter=compress --remark-format=emitRemark -o %t.mlir 2>%t.remarks
// RUN: FileCheck %s <%t.mlir
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks

// Codes of the matrix of the layer, trained with them; what makes the logits, and what is looked up, is trained as it is.
// CHECK-DAG: %[[TABLE:.*]] = onnx.initializer "table" dense<
// CHECK-DAG: %[[CODES:.*]] = onnx.initializer "w_quantized" dense<{{.*}}> : tensor<4x4xi3>
// CHECK-DAG: %[[SCALES:.*]] = onnx.initializer "w_scale" dense<{{.*}}> : tensor<2x4xf32>
// CHECK-DAG: %[[W:.*]] = compress.dequantize(%[[CODES]], %[[SCALES]]) {axis = 0 : i64, block_size = 2 : i64
// CHECK: %[[E:.*]] = onnx.Gather(%[[TABLE]],
// CHECK: onnx.MatMul(%[[E]], %[[W]])
// CHECK-NOT: fake_quantize

// REMARK: remark: [Missed] compress-quantize-aware | Category:compress | Reason="an embedding, compressed only where 'include' matches it", weight=table
// REMARK: remark: [Passed] compress-quantize-aware | {{.*}}best_step=8, {{.*}}held_out_after={{.*}}held_out_before={{.*}}steps=8, tokens=96
// REMARK: remark: [Passed] compress-quantize-aware | {{.*}}weight=head, weight_error=
// REMARK: remark: [Passed] compress-quantize-aware | {{.*}}bits=3, {{.*}}group_size=2, {{.*}}symmetric=true, {{.*}}weight=w, weight_error=
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
