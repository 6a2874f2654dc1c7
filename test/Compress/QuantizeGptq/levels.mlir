// Levels with scales of six bits. The statistics are those of random rows.
// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics turned=12 constant=12
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-quantize-gptq="form=levels bits=3 group-size=8" --remarks-filter=compress --remark-format=emitRemark 2>%t.remarks | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-quantize-gptq="form=levels group-size=10" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=GROUP

// REMARK-DAG: remark: [Passed] compress-quantize-gptq {{.*}}bits=3, {{.*}}group_size=8, {{.*}}levels=true, {{.*}}output_error_rtn={{.*}}weight=turned
// GROUP-DAG: remark: [Missed] compress-quantize-gptq {{.*}}kernels read levels in groups of 8, 16 or a multiple of 32{{.*}}weight=turned

// CHECK-DAG: %[[CODES:.*]] = onnx.initializer "turned_codes" {{.*}} : tensor<2x12xui3>
// CHECK-DAG: %[[SCALES:.*]] = onnx.initializer "turned_scale" {{.*}} : tensor<2x2xui6>
// CHECK-DAG: %[[LADDER:.*]] = onnx.initializer "turned_ladder" {{.*}} : tensor<2xi32>
// CHECK-DAG: compress.decode_levels(%[[CODES]], %[[SCALES]], %[[LADDER]]) {axis = 1 : i64, block_size = 8 : i64, onnx.outputs = ["turned"]}
// Zeros have the least scale: levels have no zero.
// CHECK-DAG: onnx.initializer "constant_scale" dense<{{\[}}[0, {{[0-9]+}}], [0, {{[0-9]+}}]]> : tensor<2x2xui6>
func.func @main(%x: tensor<?x12xf32>) -> tensor<?x2xf32> {
  %turned = onnx.initializer "turned" dense<[[0.5, 1.0, -2.0, 0.25, 3.0, -1.0, 0.75, 0.5, 1.5, -0.5, 2.0, 0.125],
                                             [-0.5, 2.0, 1.0, 0.75, -3.0, 1.0, 0.25, 1.5, 0.5, -1.5, 1.0, 0.625]]> : tensor<2x12xf32>
  %0 = onnx.Gemm(%x, %turned) {transB = 1 : i64} : (tensor<?x12xf32>, tensor<2x12xf32>) -> tensor<?x2xf32>
  %constant = onnx.initializer "constant" dense<[[0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0],
                                                 [0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]]> : tensor<12x2xf32>
  %1 = onnx.MatMul(%x, %constant) : (tensor<?x12xf32>, tensor<12x2xf32>) -> tensor<?x2xf32>
  %2 = onnx.Add(%0, %1) : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %3 = onnx.Relu(%2) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %3 : tensor<?x2xf32>
}
