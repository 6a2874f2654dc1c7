// Shares, blocks longer than the inputs, and what stays as it is. The statistics are those of random rows.
// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics turned=8 narrow=2
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-sparsegpt="sparsity=0.5" -o %t.half.mlir --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=HALF
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-sparsegpt="n=2 m=4" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=BLOCKS

// HALF-DAG: remark: [Passed] compress-prune-sparsegpt {{.*}}output_error={{.*}}output_error_magnitude={{.*}}pruned=8{{.*}}weight=turned{{.*}}weights=16
// HALF-DAG: remark: [Missed] compress-prune-sparsegpt {{.*}}quantized already{{.*}}weight=done
// HALF-DAG: remark: [Missed] compress-prune-sparsegpt {{.*}}the sample says nothing about its inputs{{.*}}weight=unseen
// BLOCKS-DAG: remark: [Passed] compress-prune-sparsegpt {{.*}}m=4{{.*}}n=2{{.*}}weight=turned
// BLOCKS-DAG: remark: [Missed] compress-prune-sparsegpt {{.*}}has no more inputs than are kept of a block{{.*}}weight=narrow
func.func @main(%x: tensor<?x8xf32>, %y: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  %turned = onnx.initializer "turned" dense<[[0.5, 1.0, -2.0, 0.25, 3.0, -1.0, 0.75, 0.5],
                                             [-0.5, 2.0, 1.0, 0.75, -3.0, 1.0, 0.25, 1.5]]> : tensor<2x8xf32>
  %0 = onnx.Gemm(%x, %turned) {transB = 1 : i64} : (tensor<?x8xf32>, tensor<2x8xf32>) -> tensor<?x2xf32>
  %narrow = onnx.initializer "narrow" dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %1 = onnx.MatMul(%y, %narrow) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  %unseen = onnx.initializer "unseen" dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %2 = onnx.MatMul(%y, %unseen) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  %codes = onnx.initializer "done" dense<[[1, 2], [3, 4]]> : tensor<2x2xi4>
  %scale = onnx.initializer "done_scale" dense<0.5> : tensor<f32>
  %done = onnx.DequantizeLinear(%codes, %scale) {onnx.outputs = ["done"]} : (tensor<2x2xi4>, tensor<f32>) -> tensor<2x2xf32>
  %3 = onnx.MatMul(%y, %done) : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  %4 = onnx.Sum(%1, %2, %3) : (tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %5 = onnx.Relu(%0) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  %6 = onnx.Relu(%4) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %5, %6 : tensor<?x2xf32>, tensor<?x2xf32>
}
