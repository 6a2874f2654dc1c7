// Half of the heads go: columns of the matrix for queries, keys and values, and rows of the one behind attention.
// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics out=8
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-structured="what=heads ratio=0.5" -o %t.out.mlir --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: FileCheck %s < %t.out.mlir
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-structured="what=all ratio=0.5" | FileCheck %s
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-structured="what=heads ratio=0.5 bias=true" | FileCheck %s --check-prefix=BIAS
// RUN: not retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-structured="what=heads ratio=0.1" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=FEW
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-structured="what=heads ratio=0.5" --compress-quantize-gptq="bits=4 group-size=2 include=out" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=BEHIND

// REMARK-DAG: remark: [Passed] compress-prune-structured {{.*}}channels=8{{.*}}heads=4{{.*}}kept=4{{.*}}kept_heads=2{{.*}}output_error={{.*}}weight=out
// REMARK-DAG: remark: [Passed] compress-prune-structured {{.*}}channels=24{{.*}}heads=4{{.*}}kept=12{{.*}}kept_heads=2{{.*}}weight=qkv
// FEW-DAG: remark: [Missed] compress-prune-structured {{.*}}keeps all of its 4 heads{{.*}}weight=out
// FEW-DAG: error: 'compress-prune-structured' removes no heads: no attention that was recognized has such that can go
// BEHIND: remark: [Passed] compress-quantize-gptq {{.*}}weight=out

// A random input j has the mean square of j^2: the last two heads stay, places 4 to 7 of each of the three parts.
// CHECK: retort.kept_inputs = {out = array<i64: 4, 5, 6, 7>}
// CHECK-LABEL: func.func @main
// CHECK-DAG: onnx.initializer "qkv" dense<{{.*}}> : tensor<3x12xf32>
// CHECK-DAG: onnx.initializer "qkv_bias" dense<[5.000000e+00, 6.000000e+00, 7.000000e+00, 8.000000e+00, 1.300000e+01, 1.400000e+01, 1.500000e+01, 1.600000e+01, 2.100000e+01, 2.200000e+01, 2.300000e+01, 2.400000e+01]> : tensor<12xf32>
// CHECK-DAG: onnx.initializer "out" dense<{{.*}}> : tensor<4x3xf32>
// CHECK: onnx.Split({{.*}} -> (tensor<?x?x4xf32>, tensor<?x?x4xf32>, tensor<?x?x4xf32>)
// CHECK: onnx.Constant() {value = dense<[0, 0, 2, 2]> : tensor<4xi64>}
// CHECK: onnx.Reshape({{.*}} -> tensor<?x?x2x2xf32>
// CHECK: %[[KEPT:.*]] = onnx.Constant() {value = dense<[2, 3]> : tensor<2xi64>}
// CHECK: %[[SLOPES:.*]] = onnx.Gather(%{{.*}}, %[[KEPT]]) {axis = 1 : i64} {{.*}} -> tensor<1x2x1x1xf32>
// CHECK: llm.attention({{.*}} bias %[[SLOPES]]) {{.*}} -> (tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>, tensor<?x2x?x2xf32>)
// CHECK: onnx.Constant() {value = dense<[0, 0, 4]> : tensor<3xi64>}
// CHECK: onnx.MatMul({{.*}}(tensor<?x?x4xf32>, tensor<4x3xf32>) -> tensor<?x?x3xf32>
// BIAS: %[[SUM:.*]] = onnx.MatMul({{.*}}(tensor<?x?x4xf32>, tensor<4x3xf32>) -> tensor<?x?x3xf32>
// BIAS-NEXT: onnx.Add(%[[SUM]], %{{.*}}) {onnx.outputs = ["y"]} : (tensor<?x?x3xf32>, tensor<3xf32>) -> tensor<?x?x3xf32>
func.func @main(%x: tensor<?x?x3xf32>) -> (tensor<?x?x3xf32>, tensor<1x4x1x1xf32>) {
  %qkv = onnx.initializer "qkv" dense<1.0> : tensor<3x24xf32>
  %bias = onnx.initializer "qkv_bias" dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 19.0, 20.0, 21.0, 22.0, 23.0, 24.0]> : tensor<24xf32>
  %out = onnx.initializer "out" dense<1.0> : tensor<8x3xf32>
  %slopes = onnx.initializer "slopes" dense<[[[[1.0]], [[2.0]], [[3.0]], [[4.0]]]]> : tensor<1x4x1x1xf32>
  %heads = onnx.Constant() {value = dense<[0, 0, 4, 2]> : tensor<4xi64>} : () -> tensor<4xi64>
  %flat = onnx.Constant() {value = dense<[0, 0, 8]> : tensor<3xi64>} : () -> tensor<3xi64>
  %p = onnx.MatMul(%x, %qkv) : (tensor<?x?x3xf32>, tensor<3x24xf32>) -> tensor<?x?x24xf32>
  %b = onnx.Add(%p, %bias) : (tensor<?x?x24xf32>, tensor<24xf32>) -> tensor<?x?x24xf32>
  %s:3 = onnx.Split(%b) {axis = 2 : i64, num_outputs = 3 : i64} : (tensor<?x?x24xf32>) -> (tensor<?x?x8xf32>, tensor<?x?x8xf32>, tensor<?x?x8xf32>)
  %q0 = onnx.Reshape(%s#0, %heads) : (tensor<?x?x8xf32>, tensor<4xi64>) -> tensor<?x?x4x2xf32>
  %k0 = onnx.Reshape(%s#1, %heads) : (tensor<?x?x8xf32>, tensor<4xi64>) -> tensor<?x?x4x2xf32>
  %v0 = onnx.Reshape(%s#2, %heads) : (tensor<?x?x8xf32>, tensor<4xi64>) -> tensor<?x?x4x2xf32>
  %q = onnx.Transpose(%q0) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x4x2xf32>) -> tensor<?x4x?x2xf32>
  %k = onnx.Transpose(%k0) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x4x2xf32>) -> tensor<?x4x?x2xf32>
  %v = onnx.Transpose(%v0) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x4x2xf32>) -> tensor<?x4x?x2xf32>
  %a, %pk, %pv = llm.attention(%q, %k, %v bias %slopes) {causal, scale = 0.5 : f32} : (tensor<?x4x?x2xf32>, tensor<?x4x?x2xf32>, tensor<?x4x?x2xf32>, tensor<1x4x1x1xf32>) -> (tensor<?x4x?x2xf32>, tensor<?x4x?x2xf32>, tensor<?x4x?x2xf32>)
  %t = onnx.Transpose(%a) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x4x?x2xf32>) -> tensor<?x?x4x2xf32>
  %f = onnx.Reshape(%t, %flat) : (tensor<?x?x4x2xf32>, tensor<3xi64>) -> tensor<?x?x8xf32>
  %y = onnx.MatMul(%f, %out) {onnx.outputs = ["y"]} : (tensor<?x?x8xf32>, tensor<8x3xf32>) -> tensor<?x?x3xf32>
  %z = onnx.Softmax(%y) {axis = -1 : i64} : (tensor<?x?x3xf32>) -> tensor<?x?x3xf32>
  return %z, %slopes : tensor<?x?x3xf32>, tensor<1x4x1x1xf32>
}
