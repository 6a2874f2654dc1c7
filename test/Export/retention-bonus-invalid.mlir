// A bonus of query heads that share a key.
// RUN: retort-opt %s --lower-llm-to-onnx --verify-diagnostics
func.func @main(%q: tensor<1x4x?x4xf32>, %k: tensor<1x2x?x4xf32>, %b: tensor<1x2x1x4xf32>) -> tensor<1x4x?x4xf32> {
  // expected-error @below {{cannot be written as ONNX: a bonus expects a key for each query head}}
  %0, %1 = llm.retention gated(%q, %k, %k decay %k beta %b) {scale = 0.5 : f32}
      : (tensor<1x4x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x1x4xf32>) -> (tensor<1x4x?x4xf32>, tensor<1x2x4x4xf32>)
  return %0 : tensor<1x4x?x4xf32>
}
