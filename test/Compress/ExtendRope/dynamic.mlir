// RUN: retort-opt %s --compress-extend-rope="method=dynamic-ntk factor=2 original-length=256" --split-input-file | FileCheck %s
// RUN: retort-opt %s --compress-extend-rope="method=dynamic-yarn original-length=256" --split-input-file | FileCheck %s --check-prefix=YARN
// RUN: retort-opt %s --compress-extend-rope="method=longrope original-length=256 short-factor=1,1 long-factor=1,4" --split-input-file | FileCheck %s --check-prefix=LONG

// Frequencies follow from the largest position. The cache holds keys as they were; past and new ones turn when they are read.
// CHECK-LABEL: func.func @cached
// CHECK: %[[LAST:.*]] = onnx.ReduceMax(%[[ROWS:[0-9]+]])
// CHECK: %[[TOKENS:.*]] = onnx.Add(%[[LAST]],
// CHECK: onnx.Pow
// CHECK: %[[Q:.*]] = llm.rope(%arg0,
// CHECK: %[[ALL:.*]] = onnx.Concat(%arg4, %arg1) {axis = 2 : i64}
// CHECK: %[[VALUES:.*]] = onnx.Concat(%arg5, %arg2) {axis = 2 : i64}
// CHECK: %[[K:.*]] = llm.rope(%[[ALL]],
// CHECK: llm.attention(%[[Q]], %[[K]], %[[VALUES]] offset %
// CHECK: return %{{.*}}, %[[ALL]], %[[VALUES]]
// YARN-LABEL: func.func @cached
// YARN: onnx.ReduceMax
// YARN: onnx.Log
// LONG-LABEL: func.func @cached
// LONG: onnx.ReduceMax
// LONG: onnx.Where
func.func @cached(%q: tensor<1x2x?x4xf32>, %k: tensor<1x2x?x4xf32>, %v: tensor<1x2x?x4xf32>, %position_ids: tensor<1x?xi64>, %past_k: tensor<1x2x?x4xf32>, %past_v: tensor<1x2x?x4xf32>) -> (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) {
  %cos = onnx.initializer "cos" dense<[[1.0, 1.0], [0.540302306, 0.995004165], [-0.416146837, 0.980066578], [-0.989992497, 0.955336489]]> : tensor<4x2xf32>
  %sin = onnx.initializer "sin" dense<[[0.0, 0.0], [0.841470985, 0.0998334166], [0.909297427, 0.198669331], [0.141120008, 0.295520207]]> : tensor<4x2xf32>
  %0 = llm.rope(%q, %cos, %sin at %position_ids) : (tensor<1x2x?x4xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<1x?xi64>) -> tensor<1x2x?x4xf32>
  %1 = llm.rope(%k, %cos, %sin at %position_ids) : (tensor<1x2x?x4xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<1x?xi64>) -> tensor<1x2x?x4xf32>
  %y, %pk, %pv = llm.attention(%0, %1, %v past %past_k, %past_v) {causal, scale = 0.5 : f32} : (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) -> (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>)
  return %y, %pk, %pv : tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>
}
