// RUN: not retort-opt %s --compress-prune-structured="what=heads importance=magnitude" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s

// CHECK: remark: [Missed] compress-prune-structured {{.*}}its attention has an unknown number of heads
// CHECK: error: 'compress-prune-structured' removes no heads: no attention that was recognized has such that can go
func.func @main(%x: tensor<1x4xf32>, %q: tensor<1x?x?x4xf32>) -> (tensor<1x2xf32>, tensor<1x?x?x4xf32>) {
  %w = onnx.initializer "w" dense<1.0> : tensor<4x2xf32>
  %p = onnx.MatMul(%x, %w) : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  %y = onnx.Relu(%p) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %a, %k, %v = llm.attention(%q, %q, %q) {causal, scale = 0.5 : f32} : (tensor<1x?x?x4xf32>, tensor<1x?x?x4xf32>, tensor<1x?x?x4xf32>) -> (tensor<1x?x?x4xf32>, tensor<1x?x?x4xf32>, tensor<1x?x?x4xf32>)
  return %y, %a : tensor<1x2xf32>, tensor<1x?x?x4xf32>
}
