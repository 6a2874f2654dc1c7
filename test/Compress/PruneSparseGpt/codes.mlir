// What is kept becomes codes in the same pass. The statistics are those of random rows.
// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics w=8
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-sparsegpt="n=2 m=4 bits=4 group-size=4" --remarks-filter=compress --remark-format=emitRemark 2>%t.remarks | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-sparsegpt="sparsity=0.5 bits=8 symmetric=false group-size=0" | FileCheck %s --check-prefix=SHARE
// RUN: not retort-opt %s --compress-prune-sparsegpt="bits=9" 2>&1 | FileCheck %s --check-prefix=BITS
// RUN: not retort-opt %s --compress-prune-sparsegpt="bits=4 group-size=-1" 2>&1 | FileCheck %s --check-prefix=GROUP
// RUN: not retort-opt %s --compress-prune-sparsegpt="n=2 m=4 bits=4 group-size=6" 2>&1 | FileCheck %s --check-prefix=MULTIPLE

// REMARK: [Passed] compress-prune-sparsegpt {{.*}}bits=4, {{.*}}group_size=4, {{.*}}m=4, {{.*}}n=2, {{.*}}weight=w
// BITS: error: expects 'bits' from 2 to 8, or 0, found 9
// GROUP: error: expects a 'group-size' of 0 or more, found -1
// MULTIPLE: error: expects a 'group-size' that is a multiple of 4, found 6

// CHECK-DAG: %[[CODES:.*]] = onnx.initializer "w_quantized" dense<{{.*}}> : tensor<4x2xi4>
// CHECK-DAG: %[[MASK:.*]] = onnx.initializer "w_mask" dense<{{.*}}> : tensor<2xui8>
// CHECK-DAG: %[[KEPT:.*]] = onnx.DequantizeLinear(%[[CODES]], %{{.*}}) {axis = 0 : i64, block_size = 2 : i64}
// CHECK-DAG: compress.decode_sparse(%[[MASK]], %[[KEPT]]) {m = 4 : i64, n = 2 : i64, onnx.outputs = ["w"]}

// SHARE-DAG: onnx.initializer "w_quantized" dense<{{.*}}> : tensor<8x2xui8>
// SHARE-DAG: onnx.DequantizeLinear(%{{.*}}, %{{.*}}, %{{.*}}) {axis = 1 : i64, onnx.outputs = ["w"]} : (tensor<8x2xui8>, tensor<2xf32>, tensor<2xui8>)
func.func @main(%x: tensor<?x8xf32>) -> tensor<?x2xf32> {
  %w = onnx.initializer "w" dense<[[0.5, -1.25], [1.0, 0.25], [-0.75, 0.5], [0.25, 1.5],
                                   [-0.5, 0.75], [1.5, -0.25], [0.125, 2.0], [-1.0, 0.375]]> : tensor<8x2xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<?x8xf32>, tensor<8x2xf32>) -> tensor<?x2xf32>
  %z = onnx.Relu(%y) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %z : tensor<?x2xf32>
}
