// Levels with scales of six bits, and scales that leave the least squares. What is no plain weight stays as it is.
// RUN: retort-opt %s --compress-quantize-rtn="form=levels bits=2 group-size=8" | FileCheck %s --check-prefix=LEVELS
// RUN: retort-opt %s --compress-quantize-rtn="bits=2 range=mse" | FileCheck %s --check-prefix=MSE
// RUN: retort-opt %s --compress-quantize-rtn="bits=2 range=mse" --remarks-filter=compress --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK
// RUN: retort-opt %s --compress-quantize-rtn="form=levels group-size=10" --remarks-filter=compress --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=GROUP

// LEVELS-DAG: %[[CODES:.*]] = onnx.initializer "w_codes" {{.*}} : tensor<12x1xui2>
// LEVELS-DAG: %[[SCALES:.*]] = onnx.initializer "w_scale" {{.*}} : tensor<2x1xui6>
// LEVELS-DAG: %[[LADDER:.*]] = onnx.initializer "w_ladder" {{.*}} : tensor<2xi32>
// LEVELS-DAG: compress.decode_levels(%[[CODES]], %[[SCALES]], %[[LADDER]]) {block_size = 8 : i64, onnx.outputs = ["w"]}

// The scale is negative: there is one code more below zero, which the large number takes.
// MSE-DAG: onnx.initializer "w_quantized" dense<{{\[}}[-1], [1], [-1], [1], [-1], [1], [-1], [1], [-1], [1], [-1], [-2]]> : tensor<12x1xi2>
// MSE-DAG: onnx.initializer "w_scale" dense<-{{.*}}> : tensor<1xf32>

// REMARK-DAG: [Passed] compress-quantize-rtn {{.*}}weight=w,
// REMARK-DAG: [Missed] compress-quantize-rtn {{.*}}quantized already{{.*}}weight=done
// GROUP-DAG: [Missed] compress-quantize-rtn {{.*}}kernels read levels in groups of 8, 16 or a multiple of 32{{.*}}weight=w
func.func @main(%x: tensor<?x12xf32>) -> tensor<?x1xf32> {
  %w = onnx.initializer "w" dense<[[1.0], [-1.0], [1.0], [-1.0], [1.0], [-1.0], [1.0], [-1.0], [1.0], [-1.0], [1.0], [1.5]]> : tensor<12x1xf32>
  %0 = onnx.MatMul(%x, %w) : (tensor<?x12xf32>, tensor<12x1xf32>) -> tensor<?x1xf32>
  %codes = onnx.initializer "done" dense<1> : tensor<12x1xi4>
  %scale = onnx.initializer "done_scale" dense<0.5> : tensor<f32>
  %done = onnx.DequantizeLinear(%codes, %scale) {onnx.outputs = ["done"]} : (tensor<12x1xi4>, tensor<f32>) -> tensor<12x1xf32>
  %1 = onnx.MatMul(%x, %done) : (tensor<?x12xf32>, tensor<12x1xf32>) -> tensor<?x1xf32>
  %2 = onnx.Add(%0, %1) : (tensor<?x1xf32>, tensor<?x1xf32>) -> tensor<?x1xf32>
  %3 = onnx.Relu(%2) : (tensor<?x1xf32>) -> tensor<?x1xf32>
  return %3 : tensor<?x1xf32>
}
