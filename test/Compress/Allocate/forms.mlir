// Every form that a matrix can have; without a budget to speak of what is plain stays.
// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics w=16
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-allocate="target-bits=32 candidates=sparse:2:4" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=SPARSE
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-allocate="target-bits=32 candidates=rank:0.6" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=RANK
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-allocate="target-bits=32 candidates=integers:4:16:rtn" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=RTN
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-allocate="target-bits=32 candidates=plain,sparse:2:4,levels:2:16" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=PLAIN
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-allocate="target-size=4.5kB candidates=plain,levels:8:16" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-allocate="target-bits=32 candidates=rank:0.01" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=SMALL

// SPARSE-DAG: remark: [Passed] compress-allocate {{.*}}candidate=sparse:2:4{{.*}}m=4, {{.*}}n=2, {{.*}}weight=w
// SPARSE-DAG: compress.decode_sparse
// RANK-DAG: remark: [Passed] compress-allocate {{.*}}candidate=rank:0.6{{.*}}rank=4{{.*}}weight=w
// RANK-DAG: onnx.initializer "w_left"
// RTN-DAG: remark: [Passed] compress-allocate {{.*}}bits=4, {{.*}}candidate=integers:4:16:rtn{{.*}}weight=w
// RTN-DAG: onnx.DequantizeLinear
// PLAIN-DAG: remark: [Missed] compress-allocate {{.*}}stays as it is{{.*}}weight=w
// PLAIN-DAG: onnx.initializer "w" dense
// The other constant takes 4,096 bytes, and leaves 404 for the matrix, which takes 1,024 as it is.
// SIZE-DAG: remark: [Passed] compress-allocate {{.*}}candidate=levels:8:16{{.*}}weight=w
// SIZE-DAG: remark: [Analysis] compress-allocate {{.*}}budget_bytes=404
// SIZE-DAG: module attributes {{.*}}retort.size = {bytes = {{[0-9]+}} : i64, least = {{[0-9]+}} : i64, most = 1024 : i64, target = 4500 : i64}
// SMALL-DAG: remark: [Missed] compress-allocate {{.*}}no candidate suits its shape{{.*}}weight=w
func.func @main(%x: tensor<?x16xf32>) -> tensor<?x16xf32> {
  %w = onnx.initializer "w" dense<[
    [0.5, -1.25, 1.0, 0.25, -0.75, 0.5, 0.25, 1.5, -0.5, 0.75, 1.5, -0.25, 0.125, 2.0, -1.0, 0.375],
    [0.3, -1.15, 1.2, 0.45, -0.65, 0.4, 0.35, 1.1, -0.4, 0.55, 1.3, -0.75, 0.225, 1.9, -1.1, 0.275],
    [0.1, -1.15, 1.1, 0.35, -0.55, 0.6, 0.45, 1.4, -0.6, 0.65, 1.4, -0.35, 0.325, 1.8, -1.2, 0.475],
    [0.4, -1.05, 1.3, 0.15, -0.45, 0.7, 0.55, 1.2, -0.7, 0.45, 1.1, -0.65, 0.425, 1.7, -1.3, 0.375],
    [0.5, 1.25, 1.0, 0.25, 0.75, 0.5, 0.25, 1.5, 0.5, 0.75, 1.5, 0.25, 0.125, 2.0, 1.0, 0.375],
    [0.3, 1.15, 1.2, 0.45, 0.65, 0.4, 0.35, 1.1, 0.4, 0.55, 1.3, 0.75, 0.225, 1.9, 1.1, 0.275],
    [0.1, 1.15, 1.1, 0.35, 0.55, 0.6, 0.45, 1.4, 0.6, 0.65, 1.4, 0.35, 0.325, 1.8, 1.2, 0.475],
    [0.4, 1.05, 1.3, 0.15, 0.45, 0.7, 0.55, 1.2, 0.7, 0.45, 1.1, 0.65, 0.425, 1.7, 1.3, 0.375],
    [-0.5, -1.25, 1.0, 0.25, -0.75, 0.5, 0.25, 1.5, -0.5, 0.75, 1.5, -0.25, 0.125, 2.0, -1.0, -0.375],
    [-0.3, -1.15, 1.2, 0.45, -0.65, 0.4, 0.35, 1.1, -0.4, 0.55, 1.3, -0.75, 0.225, 1.9, -1.1, -0.275],
    [-0.1, -1.15, 1.1, 0.35, -0.55, 0.6, 0.45, 1.4, -0.6, 0.65, 1.4, -0.35, 0.325, 1.8, -1.2, -0.475],
    [-0.4, -1.05, 1.3, 0.15, -0.45, 0.7, 0.55, 1.2, -0.7, 0.45, 1.1, -0.65, 0.425, 1.7, -1.3, -0.375],
    [0.5, -1.25, -1.0, 0.25, -0.75, -0.5, 0.25, 1.5, -0.5, 0.75, -1.5, -0.25, 0.125, -2.0, -1.0, 0.375],
    [0.3, -1.15, -1.2, 0.45, -0.65, -0.4, 0.35, 1.1, -0.4, 0.55, -1.3, -0.75, 0.225, -1.9, -1.1, 0.275],
    [0.1, -1.15, -1.1, 0.35, -0.55, -0.6, 0.45, 1.4, -0.6, 0.65, -1.4, -0.35, 0.325, -1.8, -1.2, 0.475],
    [0.4, -1.05, -1.3, 0.15, -0.45, -0.7, 0.55, 1.2, -0.7, 0.45, -1.1, -0.65, 0.425, -1.7, -1.3, 0.375]]> : tensor<16x16xf32>
  %b = onnx.initializer "b" dense<1.0> : tensor<64x16xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<?x16xf32>, tensor<16x16xf32>) -> tensor<?x16xf32>
  %c = onnx.ReduceSum(%b) {keepdims = 0 : i64} : (tensor<64x16xf32>) -> tensor<f32>
  %z = onnx.Add(%y, %c) : (tensor<?x16xf32>, tensor<f32>) -> tensor<?x16xf32>
  %r = onnx.Relu(%z) : (tensor<?x16xf32>) -> tensor<?x16xf32>
  return %r : tensor<?x16xf32>
}
