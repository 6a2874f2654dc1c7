// RUN: retort-opt %s --lower-llm-to-onnx --verify-diagnostics

func.func @unknown_heads(%q: tensor<1x?x3x8xf32>, %k: tensor<1x2x3x8xf32>, %v: tensor<1x2x3x8xf32>) -> tensor<1x?x3x8xf32> {
  // expected-error @+1 {{expects known numbers of heads, found 'tensor<1x?x3x8xf32>' and 'tensor<1x2x3x8xf32>'}}
  %0:3 = llm.attention(%q, %k, %v) {scale = 0.5 : f32}
      : (tensor<1x?x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x8xf32>) -> (tensor<1x?x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x8xf32>)
  return %0#0 : tensor<1x?x3x8xf32>
}
