// What llm.attention cannot say: the reason is a remark, and the operation stays.
// RUN: retort-opt %s --recognize-attention --split-input-file --remarks-filter-missed=recognize --remark-format=emitRemark -o %t 2>&1 | FileCheck %s
// RUN: FileCheck %s --input-file=%t --check-prefix=SAME
// SAME-NOT: llm.attention

// CHECK: Reason="its scores are used"
func.func @scores_used(%q: tensor<?x2x?x8xf32> {onnx.dims = ["b", "", "t", ""]}) -> (tensor<?x2x?x8xf32>, tensor<?x2x?x?xf32>) {
  %y, %scores = onnx.Attention(%q, %q, %q) : (tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>) -> (tensor<?x2x?x8xf32>, _, _, tensor<?x2x?x?xf32>)
  return %y, %scores : tensor<?x2x?x8xf32>, tensor<?x2x?x?xf32>
}

// -----

// CHECK: Reason="its cache slides"
func.func @sliding_cache(%x: tensor<1x1x64xf32>, %pk: tensor<1x2x4x8xf32>, %lengths: tensor<1xi32>, %total: tensor<i32>) -> tensor<1x1x32xf32> {
  %y, %k, %v = onnx.com.microsoft.GroupQueryAttention(%x, _, _, %pk, %pk, %lengths, %total) {num_heads = 4 : i64, kv_num_heads = 2 : i64, sliding_window_cache = 1 : i64}
      : (tensor<1x1x64xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>, tensor<1xi32>, tensor<i32>) -> (tensor<1x1x32xf32>, tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>)
  return %y : tensor<1x1x32xf32>
}

// -----

// CHECK: Reason="it rotates inside"
func.func @rotates(%x: tensor<?x?x16xf32> {onnx.dims = ["b", "t", ""]}) -> tensor<?x?x16xf32> {
  %w = onnx.initializer "w" dense<1.0> : tensor<16x48xf32>
  %y = onnx.com.microsoft.Attention(%x, %w) {num_heads = 2 : i64, do_rotary = 1 : i64} : (tensor<?x?x16xf32>, tensor<16x48xf32>) -> tensor<?x?x16xf32>
  return %y : tensor<?x?x16xf32>
}
