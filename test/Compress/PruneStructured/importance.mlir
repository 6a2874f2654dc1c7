// RUN: %{python} %{source}/test/Compress/Inputs/make_tokens.py %t.tokens 5 300
// RUN: retort-opt %s --compress-prune-structured="sparsity=0.5 groups=mlp multiple=1 samples=4 sample-context=8 importance=element data=%t.tokens" --remarks-filter=compress --remark-format=emitRemark -o %t.mlir 2>%t.remarks
// RUN: FileCheck %s <%t.mlir
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks
// RUN: retort-opt %s --compress-prune-structured="sparsity=0.5 groups=mlp multiple=1 samples=4 sample-context=8 importance=vector data=%t.tokens" | FileCheck %s
// RUN: retort-opt %s --compress-prune-structured="sparsity=0.5 groups=mlp multiple=1 samples=4 sample-context=8 importance=second data=%t.tokens" | FileCheck %s
// RUN: retort-opt %s --compress-prune-structured="sparsity=0.5 groups=mlp multiple=1 samples=4 sample-context=8 importance=mix data=%t.tokens" | FileCheck %s
// RUN: retort-opt %s --compress-prune-structured="sparsity=0.5 groups=mlp multiple=1 samples=4 sample-context=8 importance=magnitude" | FileCheck %s --check-prefix=LARGE
// RUN: retort-opt %s --compress-prune-structured="sparsity=0.5 groups=mlp multiple=1 samples=4 sample-context=8 importance=random seed=7" | FileCheck %s --check-prefix=ANY
// RUN: not retort-opt %s --compress-prune-structured="importance=element data=%t.tokens samples=50" 2>&1 | FileCheck %s --check-prefix=SHORT

// The third and the fourth channel are large, and nothing but the first two reaches the logits: what they are multiplied with is
// zero. The loss knows that, magnitudes do not. Without statistics nothing is fitted.
// CHECK-LABEL: func.func @main
// CHECK-DAG: %[[UP:.*]] = onnx.initializer "up" dense<{{\[\[}}1.000000e+00, -1.000000e+00], [2.500000e-01, 1.500000e+00], [2.000000e+00, 1.000000e+00]]> : tensor<3x2xf32>
// CHECK-DAG: %[[DOWN:.*]] = onnx.initializer "down" dense<{{\[\[}}1.000000e+00, 5.000000e-01, -1.000000e+00], [5.000000e-01, 1.000000e+00, 1.000000e+00]]> : tensor<2x3xf32>
// CHECK: %[[H:.*]] = onnx.MatMul(%{{.*}}, %[[UP]]) {{.*}} -> tensor<1x?x2xf32>
// CHECK: onnx.MatMul(%{{.*}}, %[[DOWN]]) : (tensor<1x?x2xf32>, tensor<2x3xf32>) -> tensor<1x?x3xf32>
// REMARK: remark: [Passed] compress-prune-structured {{.*}}channels=4{{.*}}kept=2{{.*}}weight=down
// REMARK-NOT: output_error

// LARGE: onnx.initializer "up" dense<{{\[\[}}8.000000e+00, 9.000000e+00]
// LARGE: onnx.initializer "down" {{.*}} : tensor<2x3xf32>
// ANY: onnx.initializer "up" {{.*}} : tensor<3x2xf32>
// SHORT: error: 'compress-prune-structured': '{{.*}}.tokens' has 300 tokens: expects at least 3200, 50 windows of 64
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "t"], retort.role = "tokens"}) -> (tensor<1x?x5xf32> {onnx.name = "logits", onnx.dims = ["", "t", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<[[1.0, 0.5, -0.5], [-1.0, 0.75, 0.5], [0.5, -1.0, 0.25], [0.25, 0.5, 1.0], [-0.5, -0.25, -1.0]]> : tensor<5x3xf32>
  %up = onnx.initializer "up" dense<[[1.0, -1.0, 8.0, 9.0], [0.25, 1.5, 7.0, -9.0], [2.0, 1.0, -8.0, 7.0]]> : tensor<3x4xf32>
  %down = onnx.initializer "down" dense<[[1.0, 0.5, -1.0], [0.5, 1.0, 1.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]> : tensor<4x3xf32>
  %head = onnx.initializer "head" dense<[[1.0, -0.5, 0.5, 0.25, -1.0], [0.5, 1.0, -0.25, -0.5, 0.75], [-0.75, 0.5, 1.0, 0.5, 0.25]]> : tensor<3x5xf32>
  %x = onnx.Gather(%table, %ids) : (tensor<5x3xf32>, tensor<1x?xi64>) -> tensor<1x?x3xf32>
  %0 = onnx.MatMul(%x, %up) : (tensor<1x?x3xf32>, tensor<3x4xf32>) -> tensor<1x?x4xf32>
  %1 = onnx.Tanh(%0) : (tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %2 = onnx.MatMul(%1, %down) : (tensor<1x?x4xf32>, tensor<4x3xf32>) -> tensor<1x?x3xf32>
  %3 = onnx.Add(%x, %2) : (tensor<1x?x3xf32>, tensor<1x?x3xf32>) -> tensor<1x?x3xf32>
  %logits = onnx.MatMul(%3, %head) : (tensor<1x?x3xf32>, tensor<3x5xf32>) -> tensor<1x?x5xf32>
  return %logits : tensor<1x?x5xf32>
}
