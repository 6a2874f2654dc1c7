// A decay that follows the text is in the one operation alone.
// RUN: retort-opt %s --lower-llm-to-onnx=retention=expanded --verify-diagnostics
// RUN: retort-opt %s --lower-llm-to-onnx -o %t.mlir
func.func @main(%q: tensor<1x2x?x4xf32>, %v: tensor<1x2x?x5xf32>, %g: tensor<1x2x?x1xf32>) -> tensor<1x2x?x5xf32> {
  // expected-error @below {{with rule 'gated' and a decay that follows the text has no expanded form: expects LinearAttention (retention=standard)}}
  %0, %1 = llm.retention gated(%q, %q, %v decay %g) {scale = 0.5 : f32}
      : (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x5xf32>, tensor<1x2x?x1xf32>) -> (tensor<1x2x?x5xf32>, tensor<1x2x4x5xf32>)
  return %0 : tensor<1x2x?x5xf32>
}
