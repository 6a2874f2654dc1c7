// Operations that are attention.
// RUN: retort-opt %s --recognize-attention --split-input-file | FileCheck %s

// Three axes are split into heads; a mask of booleans that follows no rule stays.
// CHECK-LABEL: @standard
// CHECK: %[[Q:.*]] = onnx.Transpose(%{{.*}}) {perm = array<i64: 0, 2, 1, 3>} : (tensor<?x?x4x8xf32>) -> tensor<?x4x?x8xf32>
// CHECK: %[[Y:.*]], %{{.*}}, %{{.*}} = llm.attention(%[[Q]], %{{.*}}, %{{.*}} mask %arg3) {causal, left_window = 5 : i64, scale = 0.353553385 : f32}
// CHECK: %[[T:.*]] = onnx.Transpose(%[[Y]])
// CHECK: onnx.Reshape(%[[T]], %{{.*}}) : {{.*}} -> tensor<?x?x32xf32>
func.func @standard(%q: tensor<?x?x32xf32> {onnx.dims = ["b", "t", ""]}, %k: tensor<?x?x16xf32> {onnx.dims = ["b", "t", ""]},
                    %v: tensor<?x?x16xf32> {onnx.dims = ["b", "t", ""]}, %mask: tensor<?x1x?x?xi1> {onnx.dims = ["b", "", "t", "t"]}) -> tensor<?x?x32xf32> {
  %y = onnx.Attention(%q, %k, %v, %mask) {is_causal = 1 : i64, kv_num_heads = 2 : i64, q_num_heads = 4 : i64, left_window_size = 5 : i64}
      : (tensor<?x?x32xf32>, tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<?x1x?x?xi1>) -> tensor<?x?x32xf32>
  return %y : tensor<?x?x32xf32>
}

// -----

// Packed queries, keys and values, rotated inside; a window of w columns has w - 1 behind the row's
// own. All of the batch is known to have past + new columns, so that the cache is a past.
// CHECK-LABEL: @group_query_past
// CHECK: %[[K:.*]] = llm.rope(%{{.*}}, %{{.*}}, %{{.*}} at %{{.*}}) : (tensor<?x2x?x8xf32>
// CHECK: llm.attention(%{{.*}}, %[[K]], %{{.*}} past %arg1, %arg2) {causal, left_window = 3 : i64, scale = 0.353553385 : f32, softcap = 3.000000e+01 : f32}
func.func @group_query_past(%x: tensor<?x?x64xf32> {onnx.dims = ["b", "t", ""]}, %pk: tensor<?x2x?x8xf32> {onnx.dims = ["b", "", "p", ""]},
                            %pv: tensor<?x2x?x8xf32> {onnx.dims = ["b", "", "p", ""]}) -> (tensor<?x?x32xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>) {
  %cos = onnx.initializer "cos" dense<1.0> : tensor<16x4xf32>
  %sin = onnx.initializer "sin" dense<0.0> : tensor<16x4xf32>
  %one = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %zero = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %rows = onnx.Shape(%x) {start = 1 : i64, end = 2 : i64} : (tensor<?x?x64xf32>) -> tensor<1xi64>
  %batch = onnx.Shape(%x) {start = 0 : i64, end = 1 : i64} : (tensor<?x?x64xf32>) -> tensor<1xi64>
  %past = onnx.Shape(%pk) {start = 2 : i64, end = 3 : i64} : (tensor<?x2x?x8xf32>) -> tensor<1xi64>
  %all = onnx.Add(%past, %rows) : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  %last = onnx.Sub(%all, %one) : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  %wide = onnx.Expand(%last, %batch) : (tensor<1xi64>, tensor<1xi64>) -> tensor<?xi64>
  %lengths = onnx.Cast(%wide) {to = 6 : i64} : (tensor<?xi64>) -> tensor<?xi32>
  %scalar = onnx.Squeeze(%all, %zero) : (tensor<1xi64>, tensor<1xi64>) -> tensor<i64>
  %total = onnx.Cast(%scalar) {to = 6 : i64} : (tensor<i64>) -> tensor<i32>
  %y, %k, %v = onnx.com.microsoft.GroupQueryAttention(%x, _, _, %pk, %pv, %lengths, %total, %cos, %sin)
      {num_heads = 4 : i64, kv_num_heads = 2 : i64, do_rotary = 1 : i64, local_window_size = 4 : i64, softcap = 30.0 : f32}
      : (tensor<?x?x64xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?xi32>, tensor<i32>, tensor<16x4xf32>, tensor<16x4xf32>)
      -> (tensor<?x?x32xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>)
  return %y, %k, %v : tensor<?x?x32xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>
}

// -----

// Lengths that the inputs tell may differ: new rows are written where each text ends.
// CHECK-LABEL: @group_query_buffer
// CHECK: %[[BEGIN:.*]] = onnx.Where(
// CHECK: %[[K:.*]] = onnx.TensorScatter(
// CHECK: %[[V:.*]] = onnx.TensorScatter(
// CHECK: llm.attention(%{{.*}}, %[[K]], %[[V]] key_length %{{.*}} offset %[[BEGIN]]) {causal, scale = 0.353553385 : f32}
func.func @group_query_buffer(%q: tensor<?x?x32xf32> {onnx.dims = ["b", "t", ""]}, %k: tensor<?x?x16xf32> {onnx.dims = ["b", "t", ""]},
                              %v: tensor<?x?x16xf32> {onnx.dims = ["b", "t", ""]}, %pk: tensor<?x2x?x8xf32> {onnx.dims = ["b", "", "p", ""]},
                              %pv: tensor<?x2x?x8xf32> {onnx.dims = ["b", "", "p", ""]}, %lengths: tensor<?xi32> {onnx.dims = ["b"]},
                              %total: tensor<i32>) -> (tensor<?x?x32xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>) {
  %y, %nk, %nv = onnx.com.microsoft.GroupQueryAttention(%q, %k, %v, %pk, %pv, %lengths, %total) {num_heads = 4 : i64, kv_num_heads = 2 : i64}
      : (tensor<?x?x32xf32>, tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?xi32>, tensor<i32>)
      -> (tensor<?x?x32xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>)
  return %y, %nk, %nv : tensor<?x?x32xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>
}

// -----

// A mask of theirs adds -10000: a bias. The projections' biases are added before heads are split.
// CHECK-LABEL: @multi_head
// CHECK: onnx.Slice(%arg3,
// CHECK: %[[BIAS:.*]] = onnx.Unsqueeze(%{{.*}}) : {{.*}} -> tensor<?x1x1x?xf32>
// CHECK: llm.attention(%{{.*}}, %{{.*}}, %{{.*}} bias %[[BIAS]]) {scale = 0.353553385 : f32}
func.func @multi_head(%q: tensor<?x?x16xf32> {onnx.dims = ["b", "t", ""]}, %k: tensor<?x?x16xf32> {onnx.dims = ["b", "t", ""]},
                      %v: tensor<?x?x16xf32> {onnx.dims = ["b", "t", ""]}, %bias: tensor<48xf32>, %mask: tensor<?x?xi32> {onnx.dims = ["b", "t"]}) -> tensor<?x?x16xf32> {
  %y = onnx.com.microsoft.MultiHeadAttention(%q, %k, %v, %bias, %mask) {num_heads = 2 : i64}
      : (tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<48xf32>, tensor<?x?xi32>) -> tensor<?x?x16xf32>
  return %y : tensor<?x?x16xf32>
}

// -----

// The projections are inside; one tensor holds the past of keys and values.
// CHECK-LABEL: @packed
// CHECK: %[[ALL:.*]] = onnx.MatMul(%arg0, %{{.*}})
// CHECK: onnx.Slice
// CHECK: %[[PK:.*]] = onnx.Squeeze
// CHECK: %[[PV:.*]] = onnx.Squeeze
// CHECK: %{{.*}}, %[[K:.*]], %[[V:.*]] = llm.attention(%{{.*}}, %{{.*}}, %{{.*}} past %[[PK]], %[[PV]]) {causal, scale = 0.353553385 : f32}
// CHECK: onnx.Concat({{.*}}) {axis = 0 : i64}
func.func @packed(%x: tensor<?x?x16xf32> {onnx.dims = ["b", "t", ""]}, %past: tensor<2x?x2x?x8xf32> {onnx.dims = ["", "b", "", "p", ""]})
    -> (tensor<?x?x16xf32>, tensor<2x?x2x?x8xf32>) {
  %w = onnx.initializer "w" dense<1.0> : tensor<16x48xf32>
  %y, %present = onnx.com.microsoft.Attention(%x, %w, _, _, %past) {num_heads = 2 : i64, unidirectional = 1 : i64}
      : (tensor<?x?x16xf32>, tensor<16x48xf32>, tensor<2x?x2x?x8xf32>) -> (tensor<?x?x16xf32>, tensor<2x?x2x?x8xf32>)
  return %y, %present : tensor<?x?x16xf32>, tensor<2x?x2x?x8xf32>
}
