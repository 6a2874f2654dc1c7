// RUN: retort-opt %s --lower-llm-to-onnx --split-input-file | FileCheck %s

// Keys are repeated for the heads that share them, as recognition finds groups. A causal row sees its own column, so that no
// row is hidden.
// CHECK-LABEL: @grouped_causal
// CHECK: %[[SCALED:.*]] = onnx.Mul(%arg0, %{{.*}})
// CHECK: %[[SEVERAL:.*]] = onnx.Expand({{.*}} -> tensor<?x2x3x?x8xf32>
// CHECK: %[[KEYS:.*]] = onnx.Reshape(%[[SEVERAL]], {{.*}} -> tensor<?x6x?x8xf32>
// CHECK: %[[KT:.*]] = onnx.Transpose(%[[KEYS]]) {perm = array<i64: 0, 1, 3, 2>}
// CHECK: %[[SCORES:.*]] = onnx.MatMul(%[[SCALED]], %[[KT]])
// CHECK: %[[AHEAD:.*]] = onnx.Less(
// CHECK: %[[SEES:.*]] = onnx.Not(%[[AHEAD]])
// CHECK: %[[MASKED:.*]] = onnx.Where(%[[SEES]], %[[SCORES]], %{{.*}})
// CHECK: %[[SHARES:.*]] = onnx.Softmax(%[[MASKED]]) {axis = -1 : i64}
// CHECK-NOT: onnx.Where
// CHECK: onnx.MatMul
// CHECK: return %{{.*}}, %arg1, %arg2
func.func @grouped_causal(%q: tensor<?x6x?x8xf32>, %k: tensor<?x2x?x8xf32>, %v: tensor<?x2x?x8xf32>)
    -> (tensor<?x6x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>) {
  %0:3 = llm.attention(%q, %k, %v) {causal, scale = 0.5 : f32}
      : (tensor<?x6x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>) -> (tensor<?x6x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>)
  return %0#0, %0#1, %0#2 : tensor<?x6x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>
}

// -----

// New rows follow the past; what a mask may hide altogether is NaN behind the softmax, and becomes zero.
// CHECK-LABEL: @past_and_mask
// CHECK: %[[K:.*]] = onnx.Concat(%arg3, %arg1) {axis = 2 : i64}
// CHECK: %[[V:.*]] = onnx.Concat(%arg4, %arg2) {axis = 2 : i64}
// CHECK: onnx.Tanh
// CHECK: %[[SEES:.*]] = onnx.And(%{{.*}}, %arg5)
// CHECK: onnx.Where(%[[SEES]]
// CHECK: %[[SHARES:.*]] = onnx.Softmax
// CHECK: %[[NONE:.*]] = onnx.IsNaN(%[[SHARES]])
// CHECK: onnx.Where(%[[NONE]], %{{.*}}, %[[SHARES]])
// CHECK: return %{{.*}}, %[[K]], %[[V]]
func.func @past_and_mask(%q: tensor<1x2x?x8xf32>, %k: tensor<1x2x?x8xf32>, %v: tensor<1x2x?x8xf32>, %pk: tensor<1x2x?x8xf32>,
                         %pv: tensor<1x2x?x8xf32>, %mask: tensor<1x1x1x?xi1>) -> (tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>) {
  %0:3 = llm.attention(%q, %k, %v past %pk, %pv mask %mask) {causal, left_window = 7 : i64, scale = 0.5 : f32, softcap = 5.0 : f32}
      : (tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x1x1x?xi1>)
      -> (tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>)
  return %0#0, %0#1, %0#2 : tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>
}

// -----

// The mean is what softmax makes of equal numbers. A sink is a column without a value.
// CHECK-LABEL: @mean_and_sinks
// CHECK: %[[ALL:.*]] = onnx.Concat(%{{.*}}, %{{.*}}) {axis = 3 : i64}
// CHECK: %[[SHARES:.*]] = onnx.Softmax(%[[ALL]])
// CHECK: onnx.Slice(%[[SHARES]],
// CHECK-NOT: onnx.Where
// CHECK: onnx.MatMul
func.func @mean_and_sinks(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x3x8xf32>, %v: tensor<1x2x3x8xf32>, %mask: tensor<1x1x1x3xi1>,
                          %sinks: tensor<2xf32>) -> tensor<1x2x3x8xf32> {
  %0:3 = llm.attention(%q, %k, %v mask %mask sinks %sinks) {masked_rows = 1 : i32, scale = 0.5 : f32}
      : (tensor<1x2x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x1x1x3xi1>, tensor<2xf32>)
      -> (tensor<1x2x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x8xf32>)
  return %0#0 : tensor<1x2x3x8xf32>
}

// -----

// Half a head rotates; angles are rows of tables.
// CHECK-LABEL: @rope
// CHECK: onnx.Gather(%arg1, %arg3) {axis = 0 : i64}
// CHECK: onnx.Gather(%arg2, %arg3) {axis = 0 : i64}
// CHECK: onnx.Sub
// CHECK: onnx.Add
// CHECK: onnx.Concat({{.*}}) {axis = 3 : i64} : (tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>) -> tensor<?x2x?x8xf32>
func.func @rope(%x: tensor<?x2x?x8xf32>, %cos: tensor<16x2xf32>, %sin: tensor<16x2xf32>, %at: tensor<?x?xi64>) -> tensor<?x2x?x8xf32> {
  %0 = llm.rope(%x, %cos, %sin at %at) : (tensor<?x2x?x8xf32>, tensor<16x2xf32>, tensor<16x2xf32>, tensor<?x?xi64>) -> tensor<?x2x?x8xf32>
  return %0 : tensor<?x2x?x8xf32>
}

// -----

// CHECK-LABEL: @norm_of_a_new_model
// CHECK: onnx.RMSNormalization(%arg0, %arg1) {axis = -1 : i64, epsilon = 9.99999974E-6 : f32}
module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"domain" = "", "version" = 23 : i64>>} {
  func.func @norm_of_a_new_model(%x: tensor<?x8xf32>, %w: tensor<8xf32>) -> tensor<?x8xf32> {
    %0 = llm.rms_norm(%x, %w) {epsilon = 1.0e-5 : f32} : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
    return %0 : tensor<?x8xf32>
  }
}

// -----

// CHECK-LABEL: @norm_and_cache_of_an_old_model
// CHECK: onnx.ReduceMean
// CHECK: onnx.ScatterElements
// CHECK-NOT: RMSNormalization
module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"domain" = "", "version" = 17 : i64>>} {
  func.func @norm_and_cache_of_an_old_model(%x: tensor<?x8xf32>, %w: tensor<8xf32>, %cache: tensor<2x2x16x4xf32>, %rows: tensor<2x2x?x4xf32>,
                                            %begin: tensor<2xi64>) -> (tensor<?x8xf32>, tensor<2x2x16x4xf32>) {
    %0 = llm.rms_norm(%x, %w) {epsilon = 1.0e-5 : f32} : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
    %1 = onnx.TensorScatter(%cache, %rows, %begin) {axis = -2 : i64} : (tensor<2x2x16x4xf32>, tensor<2x2x?x4xf32>, tensor<2xi64>) -> tensor<2x2x16x4xf32>
    return %0, %1 : tensor<?x8xf32>, tensor<2x2x16x4xf32>
  }
}
