// Groups of heads go with their keys, values and cache; heads alone, as many in each group, leave these as they are.
// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics o=8 o2=4
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-structured="what=kv-groups ratio=0.5" -o %t.out.mlir --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: FileCheck %s < %t.out.mlir
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-structured="what=heads ratio=0.5" | FileCheck %s --check-prefix=HEADS

// REMARK-DAG: remark: [Missed] compress-prune-structured {{.*}}all of its heads share keys and values
// REMARK-DAG: remark: [Passed] compress-prune-structured {{.*}}kept_kv_groups=1{{.*}}kv_groups=2{{.*}}weight=o
// REMARK-DAG: remark: [Passed] compress-prune-structured {{.*}}channels=4{{.*}}kept=2{{.*}}weight=k

// CHECK-LABEL: func.func @main
// CHECK-SAME: %arg1: tensor<?x1x?x2xf32> {retort.role = "past:0"}, %arg2: tensor<?x1x?x2xf32> {retort.role = "past:1"}
// CHECK-SAME: -> (tensor<?x?x3xf32>, tensor<?x1x?x2xf32> {retort.role = "present:0"}, tensor<?x1x?x2xf32> {retort.role = "present:1"}
// CHECK-DAG: onnx.initializer "q" dense<{{.*}}> : tensor<3x4xf32>
// CHECK-DAG: onnx.initializer "k" dense<{{.*}}> : tensor<3x2xf32>
// CHECK-DAG: onnx.initializer "o" dense<{{.*}}> : tensor<4x3xf32>
// CHECK-DAG: onnx.initializer "norm" dense<1.{{0+}}e+00> : tensor<2xf32>
// CHECK: llm.rms_norm({{.*}} : (tensor<?x2x?x2xf32>, tensor<2xf32>)
// CHECK: llm.rope({{.*}} -> tensor<?x2x?x2xf32>
// CHECK: llm.attention({{.*}} past %arg1, %arg2) {{.*}} -> (tensor<?x2x?x2xf32>, tensor<?x1x?x2xf32>, tensor<?x1x?x2xf32>)

// HEADS-LABEL: func.func @main
// HEADS-SAME: %arg1: tensor<?x2x?x2xf32> {retort.role = "past:0"}
// HEADS-DAG: onnx.initializer "q" dense<{{.*}}> : tensor<3x4xf32>
// HEADS-DAG: onnx.initializer "k" dense<{{.*}}> : tensor<3x4xf32>
// HEADS: llm.attention({{.*}} past %arg1, %arg2) {{.*}} -> (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>)
// HEADS: onnx.initializer "q2" dense<{{.*}}> : tensor<3x2xf32>
func.func @main(%x: tensor<?x?x3xf32>, %pastKey: tensor<?x2x?x2xf32> {retort.role = "past:0"}, %pastValue: tensor<?x2x?x2xf32> {retort.role = "past:1"}, %cos: tensor<1x?x1xf32>) -> (tensor<?x?x3xf32>, tensor<?x2x?x2xf32> {retort.role = "present:0"}, tensor<?x2x?x2xf32> {retort.role = "present:1"}, tensor<?x?x3xf32>) {
  %qw = onnx.initializer "q" dense<1.0> : tensor<3x8xf32>
  %kw = onnx.initializer "k" dense<1.0> : tensor<3x4xf32>
  %vw = onnx.initializer "v" dense<1.0> : tensor<3x4xf32>
  %ow = onnx.initializer "o" dense<1.0> : tensor<8x3xf32>
  %norm = onnx.initializer "norm" dense<1.0> : tensor<2xf32>
  %heads = onnx.Constant() {value = dense<[0, 0, -1, 2]> : tensor<4xi64>} : () -> tensor<4xi64>
  %flat = onnx.Constant() {value = dense<[0, 0, -1]> : tensor<3xi64>} : () -> tensor<3xi64>
  %q0 = onnx.MatMul(%x, %qw) : (tensor<?x?x3xf32>, tensor<3x8xf32>) -> tensor<?x?x8xf32>
  %k0 = onnx.MatMul(%x, %kw) : (tensor<?x?x3xf32>, tensor<3x4xf32>) -> tensor<?x?x4xf32>
  %v0 = onnx.MatMul(%x, %vw) : (tensor<?x?x3xf32>, tensor<3x4xf32>) -> tensor<?x?x4xf32>
  %q1 = onnx.Reshape(%q0, %heads) : (tensor<?x?x8xf32>, tensor<4xi64>) -> tensor<?x?x4x2xf32>
  %k1 = onnx.Reshape(%k0, %heads) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x2x2xf32>
  %v1 = onnx.Reshape(%v0, %heads) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x2x2xf32>
  %q2 = onnx.Transpose(%q1) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x4x2xf32>) -> tensor<?x4x?x2xf32>
  %k2 = onnx.Transpose(%k1) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x2xf32>) -> tensor<?x2x?x2xf32>
  %v = onnx.Transpose(%v1) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x2xf32>) -> tensor<?x2x?x2xf32>
  %q3 = llm.rms_norm(%q2, %norm) {epsilon = 1.0e-5 : f32} : (tensor<?x4x?x2xf32>, tensor<2xf32>) -> tensor<?x4x?x2xf32>
  %q = llm.rope(%q3, %cos, %cos) : (tensor<?x4x?x2xf32>, tensor<1x?x1xf32>, tensor<1x?x1xf32>) -> tensor<?x4x?x2xf32>
  %a, %pk, %pv = llm.attention(%q, %k2, %v past %pastKey, %pastValue) {causal, scale = 0.5 : f32} : (tensor<?x4x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>) -> (tensor<?x4x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>)
  %t = onnx.Transpose(%a) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x4x?x2xf32>) -> tensor<?x?x4x2xf32>
  %f = onnx.Reshape(%t, %flat) : (tensor<?x?x4x2xf32>, tensor<3xi64>) -> tensor<?x?x8xf32>
  %o = onnx.MatMul(%f, %ow) : (tensor<?x?x8xf32>, tensor<8x3xf32>) -> tensor<?x?x3xf32>
  %y = onnx.Softmax(%o) {axis = -1 : i64} : (tensor<?x?x3xf32>) -> tensor<?x?x3xf32>

  %qw2 = onnx.initializer "q2" dense<1.0> : tensor<3x4xf32>
  %kw2 = onnx.initializer "k2" dense<1.0> : tensor<3x2xf32>
  %ow2 = onnx.initializer "o2" dense<1.0> : tensor<4x3xf32>
  %q4 = onnx.MatMul(%x, %qw2) : (tensor<?x?x3xf32>, tensor<3x4xf32>) -> tensor<?x?x4xf32>
  %k4 = onnx.MatMul(%x, %kw2) : (tensor<?x?x3xf32>, tensor<3x2xf32>) -> tensor<?x?x2xf32>
  %q5 = onnx.Reshape(%q4, %heads) : (tensor<?x?x4xf32>, tensor<4xi64>) -> tensor<?x?x2x2xf32>
  %k5 = onnx.Reshape(%k4, %heads) : (tensor<?x?x2xf32>, tensor<4xi64>) -> tensor<?x?x1x2xf32>
  %q6 = onnx.Transpose(%q5) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x2x2xf32>) -> tensor<?x2x?x2xf32>
  %k6 = onnx.Transpose(%k5) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x1x2xf32>) -> tensor<?x1x?x2xf32>
  %a2, %pk2, %pv2 = llm.attention(%q6, %k6, %k6) {causal, scale = 0.5 : f32} : (tensor<?x2x?x2xf32>, tensor<?x1x?x2xf32>, tensor<?x1x?x2xf32>) -> (tensor<?x2x?x2xf32>, tensor<?x1x?x2xf32>, tensor<?x1x?x2xf32>)
  %t2 = onnx.Transpose(%a2) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x2xf32>) -> tensor<?x?x2x2xf32>
  %f2 = onnx.Reshape(%t2, %flat) : (tensor<?x?x2x2xf32>, tensor<3xi64>) -> tensor<?x?x4xf32>
  %o2 = onnx.MatMul(%f2, %ow2) : (tensor<?x?x4xf32>, tensor<4x3xf32>) -> tensor<?x?x3xf32>
  %y2 = onnx.Softmax(%o2) {axis = -1 : i64} : (tensor<?x?x3xf32>) -> tensor<?x?x3xf32>
  return %y, %pk, %pv, %y2 : tensor<?x?x3xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x?x3xf32>
}
