// RUN: retort-opt %s --compress-stream-attention="sink-tokens=1 window=3" | FileCheck %s
// RUN: retort-opt %s --compress-stream-attention="sink-tokens=0 window=3" | FileCheck %s --check-prefix=WINDOW

// Four tokens are seen. Queries turn by their place for the window, and by the end of those four for the sink; a key is in
// the half of the one or of the other.
// CHECK-LABEL: func.func @main
// CHECK-DAG: %[[NEARCOS:.*]] = onnx.initializer "rope_cos" {{.*}} : tensor<4x2xf32>
// CHECK: %[[LAST:.*]] = onnx.Constant() {value = dense<3.000000e+00> : tensor<f32>}
// CHECK: %[[BEFORE:.*]] = onnx.Min(%{{.*}}, %[[LAST]])
// CHECK: %[[WHOLE:.*]] = onnx.Cast(%[[BEFORE]])
// CHECK: %[[PLACE:.*]] = onnx.Squeeze(%[[WHOLE]],
// CHECK: %[[NEAR:.*]] = llm.rope(%arg0, %[[NEARCOS]], %{{.*}} at %[[PLACE]])
// CHECK: %[[FAR:.*]] = llm.rope(%arg0,
// CHECK: %[[K:.*]] = llm.rope(%arg1,
// CHECK: %[[SINK:.*]] = onnx.Mul(%[[K]], %{{.*}})
// CHECK: %[[OTHERS:.*]] = onnx.Sub(%[[K]], %[[SINK]])
// CHECK: %[[Q:.*]] = onnx.Concat(%[[FAR]], %[[NEAR]]) {axis = 3 : i64}
// CHECK: %[[KEYS:.*]] = onnx.Concat(%[[OTHERS]], %[[SINK]]) {axis = 3 : i64}
// CHECK: llm.attention(%[[Q]], %[[KEYS]], %arg2 mask %{{.*}}) {causal, llm.sink_tokens = 1 : i64, llm.sink_window = 3 : i64, scale = 5.000000e-01 : f32}
// WINDOW-LABEL: func.func @main
// WINDOW-NOT: onnx.Concat
// WINDOW: llm.attention(%{{.*}}, %{{.*}}, %arg2 mask %{{.*}}) {causal, llm.sink_tokens = 0 : i64, llm.sink_window = 3 : i64
func.func @main(%q: tensor<1x2x?x4xf32>, %k: tensor<1x2x?x4xf32>, %v: tensor<1x2x?x4xf32>, %position_ids: tensor<1x?xi64>) -> tensor<1x2x?x4xf32> {
  %cos = onnx.initializer "cos" dense<[[1.0, 1.0], [0.540302306, 0.995004165], [-0.416146837, 0.980066578], [-0.989992497, 0.955336489]]> : tensor<4x2xf32>
  %sin = onnx.initializer "sin" dense<[[0.0, 0.0], [0.841470985, 0.0998334166], [0.909297427, 0.198669331], [0.141120008, 0.295520207]]> : tensor<4x2xf32>
  %0 = llm.rope(%q, %cos, %sin at %position_ids) : (tensor<1x2x?x4xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<1x?xi64>) -> tensor<1x2x?x4xf32>
  %1 = llm.rope(%k, %cos, %sin at %position_ids) : (tensor<1x2x?x4xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<1x?xi64>) -> tensor<1x2x?x4xf32>
  %y, %pk, %pv = llm.attention(%0, %1, %v) {causal, scale = 0.5 : f32} : (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) -> (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>)
  return %y : tensor<1x2x?x4xf32>
}
