// Behind pruning: what is kept becomes codes, and what is zero stays zero. The statistics are those of random rows.
// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics w=8 t=8
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-sparsegpt="n=2 m=4" --compress-quantize-gptq="bits=4 group-size=4" | FileCheck %s
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-wanda="n=2 m=4" --compress-quantize-gptq="bits=4 group-size=4" | FileCheck %s
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-magnitude="n=2 m=4" --compress-quantize-gptq="bits=4 group-size=4" | FileCheck %s
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-wanda="n=2 m=4" --compress-quantize-rtn="bits=4 group-size=4 range=mse" | FileCheck %s
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-wanda="sparsity=0.5" --compress-quantize-gptq="bits=8 group-size=4" | FileCheck %s --check-prefix=SHARE
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-wanda="n=2 m=4" --compress-quantize-gptq="bits=4 group-size=6" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=GROUP
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-wanda="n=2 m=4" --compress-quantize-gptq="form=levels group-size=8" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=LEVELS

// A group of four inputs has two codes.
// CHECK-LABEL: func.func @main
// CHECK-DAG: %[[CODES:.*]] = onnx.initializer "w_quantized" dense<{{.*}}> : tensor<4x2xi4>
// CHECK-DAG: %[[SCALES:.*]] = onnx.initializer "w_scale" dense<{{.*}}> : tensor<2x2xf32>
// CHECK-DAG: %[[MASK:.*]] = onnx.initializer "w_mask" dense<{{.*}}> : tensor<2xui8>
// CHECK-DAG: %[[KEPT:.*]] = onnx.DequantizeLinear(%[[CODES]], %[[SCALES]]) {axis = 0 : i64, block_size = 2 : i64}
// CHECK-DAG: compress.decode_sparse(%[[MASK]], %[[KEPT]]) {m = 4 : i64, n = 2 : i64, onnx.outputs = ["w"]}
// Inputs along the last axis.
// CHECK-DAG: onnx.DequantizeLinear(%{{.*}}, %{{.*}}) {axis = 1 : i64, block_size = 2 : i64} : (tensor<2x4xi4>, tensor<2x2xf32>)
// CHECK-DAG: compress.decode_sparse(%{{.*}}, %{{.*}}) {axis = 1 : i64, m = 4 : i64, n = 2 : i64, onnx.outputs = ["t"]}

// Half of the numbers of each output are zero, and their codes are.
// SHARE: onnx.initializer "t_quantized" dense<{{\[\[}}0, {{.*}}, 0, {{.*}}]]> : tensor<2x8xi8>

// GROUP-COUNT-2: [Missed] compress-quantize-gptq {{.*}}keeps n of each m inputs, and groups of inputs are no multiple of m
// LEVELS-COUNT-2: [Missed] compress-quantize-gptq {{.*}}keeps n of each m inputs, and levels have no zero: 'form=integers' does
func.func @main(%x: tensor<?x8xf32>) -> tensor<?x2xf32> {
  %w = onnx.initializer "w" dense<[[0.5, -1.25], [1.0, 0.25], [-0.75, 0.5], [0.25, 1.5],
                                   [-0.5, 0.75], [1.5, -0.25], [0.125, 2.0], [-1.0, 0.375]]> : tensor<8x2xf32>
  %t = onnx.initializer "t" dense<[[0.01, 1.0, -2.0, 0.25, 3.0, -0.1, 0.75, 0.05], [-0.05, 2.0, 1.0, 0.25, -3.0, 0.01, 0.5, 0.02]]> : tensor<2x8xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<?x8xf32>, tensor<8x2xf32>) -> tensor<?x2xf32>
  %z = onnx.Gemm(%x, %t, %y) {transB = 1 : i64} : (tensor<?x8xf32>, tensor<2x8xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %r = onnx.Relu(%z) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %r : tensor<?x2xf32>
}
