// RUN: retort-opt %s --lower-llm-to-onnx --split-input-file --verify-diagnostics

func.func @unknown_heads(%q: tensor<1x?x3x8xf32>, %k: tensor<1x2x3x8xf32>, %v: tensor<1x2x3x8xf32>) -> tensor<1x?x3x8xf32> {
  // expected-error @+1 {{expects known numbers of heads, found 'tensor<1x?x3x8xf32>' and 'tensor<1x2x3x8xf32>'}}
  %0:3 = llm.attention(%q, %k, %v) {scale = 0.5 : f32}
      : (tensor<1x?x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x8xf32>) -> (tensor<1x?x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x8xf32>)
  return %0#0 : tensor<1x?x3x8xf32>
}

// -----

func.func @unknown_head_size(%q: tensor<1x2x3x?xf32>, %v: tensor<1x2x3x8xf32>) -> tensor<1x2x3x8xf32> {
  // expected-error @+1 {{cannot be written as ONNX: expects known heads and head sizes, found 'tensor<1x2x3x?xf32>'}}
  %0:2 = llm.retention linear(%q, %q, %v) {scale = 0.5 : f32} : (tensor<1x2x3x?xf32>, tensor<1x2x3x?xf32>, tensor<1x2x3x8xf32>) -> (tensor<1x2x3x8xf32>, tensor<1x2x?x8xf32>)
  return %0#0 : tensor<1x2x3x8xf32>
}
