// RUN: %{python} %{source}/test/Compress/Inputs/make_tokens.py %t.tokens 5 300
// RUN: retort-opt %s --compress-prune-lora="sparsity=0.5 multiple=1 rank=2 every=4 context=6 batch=4 data=%t.tokens loss=ce learning-rate=0.02 steps=40" --remarks-filter=compress --remark-format=emitRemark -o %t.mlir 2>%t.remarks
// RUN: FileCheck %s <%t.mlir
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks
// RUN: retort-opt %s --compress-prune-lora="sparsity=0.5 multiple=1 rank=2 every=4 context=6 batch=4 data=%t.tokens loss=ce learning-rate=0.02 steps=0" -o %t.same.mlir 2>/dev/null
// RUN: retort-opt %s -o %t.before.mlir && cmp %t.before.mlir %t.same.mlir
// RUN: not retort-opt %s --compress-prune-lora="sparsity=0.5 multiple=1 rank=2 every=4 context=6 batch=4 data=%t.tokens loss=ce learning-rate=0.02 steps=40 warmup=0 learning-rate=1e38" 2>&1 | FileCheck %s --check-prefix=LOST

// Two of four channels stay, and no factors.
// CHECK-LABEL: func.func @main
// CHECK-DAG: %[[UP:.*]] = onnx.initializer "up" {{.*}} : tensor<3x2xf32>
// CHECK-DAG: %[[DOWN:.*]] = onnx.initializer "down" {{.*}} : tensor<2x3xf32>
// CHECK: onnx.MatMul(%{{.*}}, %[[UP]]) {{.*}} -> tensor<1x?x2xf32>
// CHECK-NEXT: onnx.Tanh
// CHECK-NEXT: onnx.MatMul(%{{.*}}, %[[DOWN]]) : (tensor<1x?x2xf32>, tensor<2x3xf32>) -> tensor<1x?x3xf32>
// CHECK-NEXT: onnx.Add
// CHECK-NEXT: onnx.MatMul
// CHECK-NEXT: return

// LOST: error: 'compress-prune-lora' ended before channels left: ended behind step {{.*}} was not finite for a second time

// REMARK-DAG: remark: [Passed] compress-prune-lora {{.*}}held_out_after={{.*}}held_out_before=
// REMARK-DAG: remark: [Passed] compress-prune-lora {{.*}}channels=4{{.*}}kept=2{{.*}}weight=down
// REMARK-DAG: remark: [Passed] compress-prune-lora {{.*}}channels=4{{.*}}kept=2{{.*}}weight=up
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "t"], retort.role = "tokens"}) -> (tensor<1x?x5xf32> {onnx.name = "logits", onnx.dims = ["", "t", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<[[1.0, 0.5, -0.5], [-1.0, 0.75, 0.5], [0.5, -1.0, 0.25], [0.25, 0.5, 1.0], [-0.5, -0.25, -1.0]]> : tensor<5x3xf32>
  %up = onnx.initializer "up" dense<[[1.0, -1.0, 8.0, 9.0], [0.25, 1.5, 7.0, -9.0], [2.0, 1.0, -8.0, 7.0]]> : tensor<3x4xf32>
  %down = onnx.initializer "down" dense<[[1.0, 0.5, -1.0], [0.5, 1.0, 1.0], [2.0, 1.5, 0.5], [-1.0, 1.0, 0.75]]> : tensor<4x3xf32>
  %head = onnx.initializer "head" dense<[[1.0, -0.5, 0.5, 0.25, -1.0], [0.5, 1.0, -0.25, -0.5, 0.75], [-0.75, 0.5, 1.0, 0.5, 0.25]]> : tensor<3x5xf32>
  %x = onnx.Gather(%table, %ids) : (tensor<5x3xf32>, tensor<1x?xi64>) -> tensor<1x?x3xf32>
  %0 = onnx.MatMul(%x, %up) : (tensor<1x?x3xf32>, tensor<3x4xf32>) -> tensor<1x?x4xf32>
  %1 = onnx.Tanh(%0) : (tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %2 = onnx.MatMul(%1, %down) : (tensor<1x?x4xf32>, tensor<4x3xf32>) -> tensor<1x?x3xf32>
  %3 = onnx.Add(%x, %2) : (tensor<1x?x3xf32>, tensor<1x?x3xf32>) -> tensor<1x?x3xf32>
  %logits = onnx.MatMul(%3, %head) : (tensor<1x?x3xf32>, tensor<3x5xf32>) -> tensor<1x?x5xf32>
  return %logits : tensor<1x?x5xf32>
}
