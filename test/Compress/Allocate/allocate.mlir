// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics matters=16:1 hardly=16:0.001
// RUN: rm -f %t.statistics.options
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-allocate="target-bits=8 candidates=levels:2:16,levels:4:16,levels:8:16" -o %t.out.mlir --remarks-filter=compress --remark-format=emitRemark 2>%t.remarks
// RUN: FileCheck %s <%t.out.mlir
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks
// RUN: FileCheck %s --check-prefix=FILE <%t.statistics.options
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-allocate="target-bits=8 candidates=levels:2:16,levels:4:16,levels:8:16" -o %t.again.mlir
// RUN: cmp %t.out.mlir %t.again.mlir

// The model loses a thousand times as much by an error of the one as by the same error of the other.
// REMARK-DAG: remark: [Passed] compress-allocate {{.*}}bits=8, {{.*}}weight=matters
// REMARK-DAG: remark: [Passed] compress-allocate {{.*}}bits=2, {{.*}}weight=hardly
// REMARK-DAG: remark: [Analysis] compress-allocate {{.*}}budget_bytes=64{{.*}}predicted_kl=

// What every candidate came to stays for the next budget, which gives the same from it.
// FILE: "hardly": {
// FILE: "levels:2:16": {
// FILE: "levels:8:16": {
// FILE: "codes": {{[0-9]+}}

// CHECK-LABEL: func.func @main
// CHECK-DAG: %[[MATTERS:.*]] = onnx.initializer "matters_codes" dense<{{.*}}> : tensor<16x2xui8>
// CHECK-DAG: compress.decode_levels{{.*}}%[[MATTERS]]
// CHECK-DAG: %[[HARDLY:.*]] = onnx.initializer "hardly_codes" dense<{{.*}}> : tensor<16x2xui2>
// CHECK-DAG: compress.decode_levels{{.*}}%[[HARDLY]]
func.func @main(%x: tensor<?x16xf32>) -> tensor<?x2xf32> {
  %matters = onnx.initializer "matters" dense<[[0.5, -1.25], [1.0, 0.25], [-0.75, 0.5], [0.25, 1.5], [-0.5, 0.75], [1.5, -0.25], [0.125, 2.0], [-1.0, 0.375],
                                               [0.3, -1.15], [1.2, 0.45], [-0.65, 0.4], [0.35, 1.1], [-0.4, 0.55], [1.3, -0.75], [0.225, 1.9], [-1.1, 0.275]]> : tensor<16x2xf32>
  %hardly = onnx.initializer "hardly" dense<[[0.1, -1.15], [1.1, 0.35], [-0.55, 0.6], [0.45, 1.4], [-0.6, 0.65], [1.4, -0.35], [0.325, 1.8], [-1.2, 0.475],
                                             [0.4, -1.05], [1.3, 0.15], [-0.45, 0.7], [0.55, 1.2], [-0.7, 0.45], [1.1, -0.65], [0.425, 1.7], [-1.3, 0.375]]> : tensor<16x2xf32>
  %y = onnx.MatMul(%x, %matters) : (tensor<?x16xf32>, tensor<16x2xf32>) -> tensor<?x2xf32>
  %z = onnx.MatMul(%x, %hardly) : (tensor<?x16xf32>, tensor<16x2xf32>) -> tensor<?x2xf32>
  %sum = onnx.Add(%y, %z) : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %r = onnx.Relu(%sum) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %r : tensor<?x2xf32>
}
