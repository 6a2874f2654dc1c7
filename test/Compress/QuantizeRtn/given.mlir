// Codes that the file came with are rounded again where that takes fewer bytes.
// RUN: retort-opt %s --expose-weights --compress-quantize-rtn="bits=2" --remarks-filter=compress --remark-format=emitRemark 2>%t.remarks | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks
// RUN: retort-opt %s --expose-weights --compress-quantize-rtn="bits=8" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=LARGER
// RUN: retort-opt %s --expose-weights --compress-quantize-rtn="bits=2" --lower-compress-to-onnx | FileCheck %s --check-prefix=ONNX
// RUN: retort-opt %s --expose-weights --compress-prune-magnitude="n=2 m=4" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=ZERO

// REMARK-DAG: [Passed] compress-quantize-rtn {{.*}}bits=2, {{.*}}weight=b
// REMARK-DAG: [Passed] compress-quantize-rtn {{.*}}bits=2, {{.*}}weight=w
// LARGER-DAG: [Missed] compress-quantize-rtn {{.*}}codes of the file, which take no more bytes as they are{{.*}}weight=b
// LARGER-DAG: [Missed] compress-quantize-rtn {{.*}}codes of the file, which take no more bytes as they are{{.*}}weight=w
// ZERO-DAG: [Passed] compress-prune-magnitude {{.*}}weight=b
// ZERO-DAG: onnx.initializer "b_quantized" dense<{{\[\[}}8, 10, 0, 8, 6, 8, 15, 8, 8, 10, 0, 8, 6, 8, 15, 8], {{.*}}> : tensor<2x16xui4>

// CHECK-DAG: onnx.initializer "b_quantized{{.*}}" dense<{{.*}}> : tensor<2x16xi2>
// CHECK-DAG: onnx.initializer "w_quantized" dense<{{.*}}> : tensor<16x2xi2>
// What was MatMulNBits is written so again where groups allow it; here a group is all inputs of an output.
// ONNX-NOT: compress.
// ONNX: onnx.DequantizeLinear
func.func @main(%x: tensor<?x16xf32>) -> tensor<?x2xf32> {
  %b = onnx.initializer "b" dense<[[[167, 128, 134, 127, 167, 128, 134, 127]], [[167, 128, 134, 127, 167, 128, 134, 127]]]> : tensor<2x1x8xui8>
  %s = onnx.initializer "s" dense<[0.5, 0.25]> : tensor<2xf32>
  %0 = onnx.com.microsoft.MatMulNBits(%x, %b, %s) {K = 16 : i64, N = 2 : i64, block_size = 16 : i64}
    : (tensor<?x16xf32>, tensor<2x1x8xui8>, tensor<2xf32>) -> tensor<?x2xf32>
  %codes = onnx.initializer "w_codes" dense<[[1, 2], [3, 4], [5, 6], [7, -8], [1, 2], [3, 4], [5, 6], [7, -8],
                                             [1, 2], [3, 4], [5, 6], [7, -8], [1, 2], [3, 4], [5, 6], [7, -8]]> : tensor<16x2xi4>
  %scale = onnx.initializer "w_scale" dense<[0.5, 0.25]> : tensor<2xf32>
  %w = onnx.DequantizeLinear(%codes, %scale) {axis = 1 : i64, onnx.outputs = ["w"]} : (tensor<16x2xi4>, tensor<2xf32>) -> tensor<16x2xf32>
  %1 = onnx.MatMul(%x, %w) : (tensor<?x16xf32>, tensor<16x2xf32>) -> tensor<?x2xf32>
  %2 = onnx.Add(%0, %1) : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %3 = onnx.Relu(%2) : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %3 : tensor<?x2xf32>
}
