// RUN: retort-opt %s --compress-prune-magnitude="n=2 m=4" --compress-quantize-rtn="bits=4 group-size=4" | FileCheck %s
// RUN: retort-opt %s --compress-prune-magnitude="n=2 m=4" --compress-quantize-rtn="bits=4 group-size=4" --compress-expand | FileCheck %s --check-prefix=DENSE
// RUN: retort-opt %s --compress-prune-magnitude="n=2 m=4" --compress-expand --compress-quantize-rtn="bits=4 group-size=4" --compress-expand | FileCheck %s --check-prefix=DENSE
// RUN: retort-opt %s --compress-quantize-rtn="bits=4 group-size=4" --compress-quantize-rtn="bits=8" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: not retort-opt %s --compress-prune-magnitude="n=2 m=4" --compress-quantize-rtn="bits=4 group-size=3" 2>&1 | FileCheck %s --check-prefix=GROUP

// The kept ones of four inputs are two values, and share a scale.
// CHECK: %[[CODES:.*]] = onnx.initializer "w_quantized" {{.*}} : tensor<4x1xi4>
// CHECK: %[[VALUES:.*]] = onnx.DequantizeLinear(%[[CODES]], %{{.*}}) {axis = 0 : i64, block_size = 2 : i64} : (tensor<4x1xi4>, tensor<2x1xf32>)
// CHECK: compress.decode_sparse(%{{.*}}, %[[VALUES]]) {m = 4 : i64, n = 2 : i64, onnx.outputs = ["w"]}

// So that it is the same as quantizing the pruned matrix.
// DENSE: onnx.initializer {{.*}} dense<{{\[}}[0.000000e+00], [7.000000e+00], [0.000000e+00], [-8.000000e+00], [0.000000e+00], [1.200000e+01], [1.400000e+01], [0.000000e+00]]>

// TWICE: quantized already
// GROUP: error: weight 'w' keeps 2 of each 4 inputs: expects a 'group-size' that is a multiple of 4, found 3
func.func @main(%x: tensor<1x8xf32>) -> tensor<1x1xf32> {
  %w = onnx.initializer "w" dense<[[1.0], [7.2], [2.0], [-7.5], [4.0], [12.1], [15.0], [-3.0]]> : tensor<8x1xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<1x8xf32>, tensor<8x1xf32>) -> tensor<1x1xf32>
  %z = onnx.Relu(%y) : (tensor<1x1xf32>) -> tensor<1x1xf32>
  return %z : tensor<1x1xf32>
}
