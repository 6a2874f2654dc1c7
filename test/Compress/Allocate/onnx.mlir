// A module that becomes a file of ONNX gets what ONNX stores; without sensitivities an error is what the outputs are off by.
// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics w=8
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-allocate="target-bits=16" -o %t.out.mlir --remarks-filter=compress --remark-format=emitRemark 2>%t.remarks
// RUN: FileCheck %s <%t.out.mlir
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks

// REMARK-DAG: remark: [Passed] compress-allocate {{.*}}the sample does not say what the model loses with it{{.*}}bits=8, {{.*}}levels=false{{.*}}weight=w
// REMARK-DAG: remark: [Missed] compress-allocate {{.*}}the sample says nothing about its inputs{{.*}}weight=unseen
// REMARK-DAG: remark: [Analysis] compress-allocate {{.*}}relative_error=

// CHECK: module attributes {{.*}}retort.emission = "onnx"
// CHECK: onnx.initializer "w_quantized" dense<{{.*}}> : tensor<8x2xi8>
// CHECK-NOT: compress.decode_levels
module attributes {retort.emission = "onnx"} {
func.func @main(%x: tensor<?x8xf32>) -> tensor<?x2xf32> {
  %w = onnx.initializer "w" dense<[[0.5, -1.25], [1.0, 0.25], [-0.75, 0.5], [0.25, 1.5],
                                   [-0.5, 0.75], [1.5, -0.25], [0.125, 2.0], [-1.0, 0.375]]> : tensor<8x2xf32>
  %unseen = onnx.initializer "unseen" dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<?x8xf32>, tensor<8x2xf32>) -> tensor<?x2xf32>
  %v = onnx.MatMul(%y, %unseen) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  %z = onnx.Relu(%v) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %z : tensor<?x2xf32>
}
}
