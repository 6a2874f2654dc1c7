// A pruned matrix learns from the model before it was pruned, and its zeros stay.
// RUN: %{python} %{source}/test/Compress/Inputs/make_tokens.py %t.tokens 5 600
// RUN: sed -e 's/"w" dense<[^>]*>/"w" dense<[[0.5, -0.3, 0.2, 0.7], [-0.6, 0.4, 0.1, -0.2], [0.3, 0.8, -0.5, 0.1], [0.2, -0.1, 0.6, -0.4]]>/' %s >%t.teacher.mlir
// RUN: retort-opt %s --compress-distill="teacher=%t.teacher.mlir data=%t.tokens context=8 batch=4 steps=40" --remarks-filter=compress --remark-format=emitRemark -o %t.mlir 2>%t.remarks
// RUN: FileCheck %s <%t.mlir
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks

// CHECK: onnx.initializer "w" dense<{{\[\[}}0.000000e+00, {{[^,]*}}, 0.000000e+00, {{[^,]*}}], {{\[[^,]*}}, 0.000000e+00, 0.000000e+00, {{[^,]*}}], {{.*}}, 0.000000e+00], [0.000000e+00, 0.000000e+00, {{.*}}>
// CHECK-NOT: dense<{{.*}}-6.000000e-01, 0.000000e+00, 0.000000e+00, -2.000000e-01
// REMARK: remark: [Passed] compress-distill | {{.*}}best_step={{.*}}, curve={{.*}}, held_out_after={{.*}}, held_out_before={{.*}}, seconds={{.*}}, steps=40, tokens=1280
// REMARK: remark: [Passed] compress-distill | {{.*}}weight=w, {{.*}}zeros_kept=7
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
