// RUN: %{python} %{source}/test/Compress/Inputs/make_tokens.py %t.tokens 5 300
// RUN: retort-opt %s --compress-quantize-aware="bits=2 group-size=3 scale=learned data=%t.tokens context=6 batch=2 steps=4 learning-rate=0.05" | FileCheck %s --check-prefixes=CHECK,SYMMETRIC
// RUN: retort-opt %s --compress-quantize-aware="bits=4 group-size=3 scale=learned symmetric=false scales=f16 data=%t.tokens context=6 batch=2 steps=4" | FileCheck %s --check-prefixes=CHECK,ZEROS
// RUN: retort-opt %s --compress-quantize-aware="bits=2 group-size=0 scale=learned data=%t.tokens context=6 batch=2 steps=4 learning-rate=100" --remarks-filter=compress --remark-format=emitRemark -o %t.mlir 2>%t.remarks
// RUN: FileCheck %s --check-prefix=DESTROYED <%t.remarks
// RUN: retort-opt %s --compress-quantize-rtn="bits=2 range=mse" -o %t.rtn.mlir
// RUN: diff %t.mlir %t.rtn.mlir

// Scales that are trained are constants beside the codes; a shorter last group has its own.
// SYMMETRIC-DAG: onnx.initializer "w_quantized" dense<{{.*}}> : tensor<4x4xi2>
// SYMMETRIC-DAG: onnx.initializer "w_scale" dense<{{.*}}> : tensor<2x4xf32>
// ZEROS-DAG: onnx.initializer "w_quantized" dense<{{.*}}> : tensor<4x4xui4>
// ZEROS-DAG: %[[STORED:.*]] = onnx.initializer "w_scale" dense<{{.*}}> : tensor<2x4xf16>
// ZEROS-DAG: onnx.initializer "w_zero_point" dense<{{.*}}> : tensor<2x4xui4>
// ZEROS-DAG: onnx.Cast(%[[STORED]])
// CHECK: onnx.DequantizeLinear({{.*}}) {axis = 0 : i64, block_size = 3 : i64
// CHECK: onnx.MatMul

// A rate that destroys everything: the weights are rounded as they were, and nothing else changes.
// DESTROYED: remark: [Missed] compress-quantize-aware | {{.*}}the untrained model has the least loss
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "t"], retort.role = "tokens"})
    -> (tensor<1x?x5xf32> {onnx.name = "logits", onnx.dims = ["", "t", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<[[0.3, -0.2, 0.5, 0.1], [-0.4, 0.6, 0.2, -0.3], [0.7, 0.1, -0.6, 0.4], [-0.1, -0.5, 0.3, 0.8], [0.2, 0.4, -0.7, -0.6]]> : tensor<5x4xf32>
  %w = onnx.initializer "w" dense<[[0.5, -0.3, 0.2, 0.7], [-0.6, 0.4, 0.1, -0.2], [0.3, 0.8, -0.5, 0.1], [0.2, -0.1, 0.6, -0.4]]> : tensor<4x4xf32>
  %head = onnx.initializer "head" dense<[[0.4, -0.6, 0.1, 0.3, -0.2], [-0.5, 0.2, 0.7, -0.1, 0.6], [0.3, 0.5, -0.4, 0.2, -0.7], [0.1, -0.3, 0.6, -0.8, 0.2]]> : tensor<4x5xf32>
  %e = onnx.Gather(%table, %ids) : (tensor<5x4xf32>, tensor<1x?xi64>) -> tensor<1x?x4xf32>
  %0 = onnx.MatMul(%e, %w) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %1 = onnx.Tanh(%0) : (tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %x = onnx.Add(%e, %1) : (tensor<1x?x4xf32>, tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %logits = onnx.MatMul(%x, %head) : (tensor<1x?x4xf32>, tensor<4x5xf32>) -> tensor<1x?x5xf32>
  return %logits : tensor<1x?x5xf32>
}
