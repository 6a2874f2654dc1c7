// RUN: not retort-opt %s --compress-stream-attention=sink-tokens=-1 2>&1 | FileCheck %s --check-prefix=SINKS
// RUN: not retort-opt %s --compress-stream-attention=window=0 2>&1 | FileCheck %s --check-prefix=WINDOW
// RUN: echo 'module {}' | not retort-opt --compress-stream-attention 2>&1 | FileCheck %s --check-prefix=EMPTY
// RUN: not retort-opt %s --split-input-file --compress-stream-attention 2>&1 | FileCheck %s

// SINKS: error: expects 'sink-tokens' of 0 or more, found -1
// WINDOW: error: expects 'window' of 1 or more, found 0
// EMPTY: error: 'compress-stream-attention' finds no attention in the model

// CHECK: error: attention cannot be streamed: expects queries and keys behind a rotary embedding, found positions of another kind
func.func @no_rope(%q: tensor<1x2x?x4xf32>, %k: tensor<1x2x?x4xf32>, %v: tensor<1x2x?x4xf32>) -> tensor<1x2x?x4xf32> {
  %y, %pk, %pv = llm.attention(%q, %k, %v) {causal, scale = 0.5 : f32} : (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) -> (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>)
  return %y : tensor<1x2x?x4xf32>
}

// -----

// CHECK: error: attention cannot be streamed: expects causal self-attention, found attention to all columns
func.func @both_ways(%q: tensor<1x2x?x4xf32>, %k: tensor<1x2x?x4xf32>, %v: tensor<1x2x?x4xf32>) -> tensor<1x2x?x4xf32> {
  %y, %pk, %pv = llm.attention(%q, %k, %v) {scale = 0.5 : f32} : (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) -> (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>)
  return %y : tensor<1x2x?x4xf32>
}

// -----

// CHECK: error: attention cannot be streamed: expects a model that reads whole texts, found a cache as input
func.func @cached(%q: tensor<1x2x?x4xf32>, %k: tensor<1x2x?x4xf32>, %v: tensor<1x2x?x4xf32>, %past_k: tensor<1x2x?x4xf32>, %past_v: tensor<1x2x?x4xf32>) -> tensor<1x2x?x4xf32> {
  %y, %pk, %pv = llm.attention(%q, %k, %v past %past_k, %past_v) {causal, scale = 0.5 : f32} : (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) -> (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>)
  return %y : tensor<1x2x?x4xf32>
}

// -----

// CHECK: error: attention cannot be streamed: expects attention to the whole past, found a window
func.func @window(%q: tensor<1x2x?x4xf32>, %k: tensor<1x2x?x4xf32>, %v: tensor<1x2x?x4xf32>) -> tensor<1x2x?x4xf32> {
  %y, %pk, %pv = llm.attention(%q, %k, %v) {causal, left_window = 7 : i64, scale = 0.5 : f32} : (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>) -> (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>)
  return %y : tensor<1x2x?x4xf32>
}
