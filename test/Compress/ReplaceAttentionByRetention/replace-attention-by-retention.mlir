// RUN: retort-opt %s --compress-replace-attention-by-retention="layers=1 form=plain" | FileCheck %s

// The second layer; its two key-value heads forget by 1 - 2^-5 and 1 - 2^-6, of which the logarithms are given.
// CHECK-LABEL: func.func @second_layer
// CHECK: llm.attention
// CHECK: %[[DECAY:.*]] = onnx.Constant() {value = dense<{{\[\[\[\[}}-0.0317486972]], {{\[\[}}-0.0157483574]]]]> : tensor<1x2x1x1xf32>}
// CHECK: llm.retention gated(%{{.*}}, %{{.*}}, %{{.*}} decay %[[DECAY]]) {scale = 5.000000e-01 : f32}
// CHECK-NOT: llm.attention
func.func @second_layer(%q: tensor<?x4x?x8xf32>, %k: tensor<?x2x?x8xf32>, %v: tensor<?x2x?x8xf32>) -> tensor<?x4x?x8xf32> {
  %0, %k0, %v0 = llm.attention(%q, %k, %v) {causal, scale = 0.5 : f32} : (tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>)
      -> (tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>)
  %1, %k1, %v1 = llm.attention(%0, %k, %v) {causal, scale = 0.5 : f32} : (tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>)
      -> (tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>)
  return %1 : tensor<?x4x?x8xf32>
}
