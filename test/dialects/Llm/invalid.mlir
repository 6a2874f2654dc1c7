// What operands, results and attributes of the llm dialect contradict.
// RUN: retort-opt %s --split-input-file --verify-diagnostics

func.func @no_heads(%q: tensor<1x4x3x8xf32>, %k: tensor<1x0x3x8xf32>, %v: tensor<1x0x3x5xf32>) {
  // expected-error@+1 {{expects at least one key-value head}}
  %0, %1, %2 = llm.attention(%q, %k, %v) {scale = 1.0 : f32} : (tensor<1x4x3x8xf32>, tensor<1x0x3x8xf32>, tensor<1x0x3x5xf32>) -> (tensor<1x4x3x5xf32>, tensor<1x0x3x8xf32>, tensor<1x0x3x5xf32>)
  return
}

// -----

func.func @heads(%q: tensor<1x3x3x8xf32>, %k: tensor<1x2x3x8xf32>, %v: tensor<1x2x3x5xf32>) {
  // expected-error@+1 {{expects the key-value heads (2) to divide the query heads (3)}}
  %0, %1, %2 = llm.attention(%q, %k, %v) {scale = 1.0 : f32} : (tensor<1x3x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>) -> (tensor<1x3x3x5xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>)
  return
}

// -----

func.func @mask_of_f64(%q: tensor<1x4x3x8xf32>, %k: tensor<1x2x3x8xf32>, %v: tensor<1x2x3x5xf32>, %m: tensor<3x3xf64>) {
  // expected-error@+1 {{expects 'mask' of i1, found 'tensor<3x3xf64>'}}
  %0, %1, %2 = llm.attention(%q, %k, %v mask %m) {scale = 1.0 : f32} : (tensor<1x4x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>, tensor<3x3xf64>) -> (tensor<1x4x3x5xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>)
  return
}

// -----

func.func @mask_of_other_rows(%q: tensor<1x4x3x8xf32>, %k: tensor<1x2x3x8xf32>, %v: tensor<1x2x3x5xf32>, %m: tensor<4x3xi1>) {
  // expected-error@+1 {{expects size 0 of 'mask' to be 1 or 3, found 4}}
  %0, %1, %2 = llm.attention(%q, %k, %v mask %m) {scale = 1.0 : f32} : (tensor<1x4x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>, tensor<4x3xi1>) -> (tensor<1x4x3x5xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>)
  return
}

// -----

func.func @mask_of_rank_5(%q: tensor<1x4x3x8xf32>, %k: tensor<1x2x3x8xf32>, %v: tensor<1x2x3x5xf32>, %m: tensor<1x1x1x3x3xi1>) {
  // expected-error@+1 {{expects 'mask' of rank 4 or less, found 'tensor<1x1x1x3x3xi1>'}}
  %0, %1, %2 = llm.attention(%q, %k, %v mask %m) {scale = 1.0 : f32} : (tensor<1x4x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>, tensor<1x1x1x3x3xi1>) -> (tensor<1x4x3x5xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>)
  return
}

// -----

func.func @lengths_of_floats(%q: tensor<1x4x3x8xf32>, %k: tensor<1x2x3x8xf32>, %v: tensor<1x2x3x5xf32>, %l: tensor<5x5xf32>) {
  // expected-error@+1 {{expects 'key_length' of i64, found 'tensor<5x5xf32>'}}
  %0, %1, %2 = llm.attention(%q, %k, %v key_length %l) {scale = 1.0 : f32} : (tensor<1x4x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>, tensor<5x5xf32>) -> (tensor<1x4x3x5xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>)
  return
}

// -----

func.func @lengths_of_rank_2(%q: tensor<1x4x3x8xf32>, %k: tensor<1x2x3x8xf32>, %v: tensor<1x2x3x5xf32>, %l: tensor<5x5xi64>) {
  // expected-error@+1 {{expects 'key_length' of rank 1, found 'tensor<5x5xi64>'}}
  %0, %1, %2 = llm.attention(%q, %k, %v key_length %l) {scale = 1.0 : f32} : (tensor<1x4x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>, tensor<5x5xi64>) -> (tensor<1x4x3x5xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>)
  return
}

// -----

func.func @result_of_bytes(%q: tensor<1x4x3x8xf32>, %k: tensor<1x2x3x8xf32>, %v: tensor<1x2x3x5xf32>) {
  // expected-error@+1 {{expects 'result' of floats, found 'tensor<1x4x3x5xi8>'}}
  %0, %1, %2 = llm.attention(%q, %k, %v) {scale = 1.0 : f32} : (tensor<1x4x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>) -> (tensor<1x4x3x5xi8>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>)
  return
}

// -----

func.func @result_of_another_size(%q: tensor<1x4x3x8xf32>, %k: tensor<1x2x3x8xf32>, %v: tensor<1x2x3x5xf32>) {
  // expected-error@+1 {{expects size 3 of 'result' to be 5, found 6}}
  %0, %1, %2 = llm.attention(%q, %k, %v) {scale = 1.0 : f32} : (tensor<1x4x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>) -> (tensor<1x4x3x6xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>)
  return
}

// -----

func.func @key_of_another_batch(%q: tensor<1x4x3x8xf32>, %k: tensor<2x2x3x8xf32>, %v: tensor<2x2x3x5xf32>) {
  // expected-error@+1 {{expects size 0 of 'query' (1) to equal size 0 of 'key' (2)}}
  %0, %1, %2 = llm.attention(%q, %k, %v) {scale = 1.0 : f32} : (tensor<1x4x3x8xf32>, tensor<2x2x3x8xf32>, tensor<2x2x3x5xf32>) -> (tensor<1x4x3x5xf32>, tensor<2x2x3x8xf32>, tensor<2x2x3x5xf32>)
  return
}

// -----

func.func @window(%q: tensor<1x4x3x8xf32>, %k: tensor<1x2x3x8xf32>, %v: tensor<1x2x3x5xf32>) {
  // expected-error@+1 {{expects 'left_window' of at least 0, found -2}}
  %0, %1, %2 = llm.attention(%q, %k, %v) {scale = 1.0 : f32, left_window = -2 : i64} : (tensor<1x4x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>) -> (tensor<1x4x3x5xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>)
  return
}

// -----

func.func @softcap(%q: tensor<1x4x3x8xf32>, %k: tensor<1x2x3x8xf32>, %v: tensor<1x2x3x5xf32>) {
  // expected-error@+1 {{expects 'softcap' above zero}}
  %0, %1, %2 = llm.attention(%q, %k, %v) {scale = 1.0 : f32, softcap = 0.0 : f32} : (tensor<1x4x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>) -> (tensor<1x4x3x5xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>)
  return
}

// -----

func.func @half_of_a_past(%q: tensor<1x4x3x8xf32>, %k: tensor<1x2x3x8xf32>, %v: tensor<1x2x3x5xf32>, %p: tensor<1x2x3x8xf32>) {
  // expected-error@+1 {{expects 'past_key' and 'past_value' together}}
  %0, %1, %2 = "llm.attention"(%q, %k, %v, %p) <{operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0, 0, 0>, scale = 1.0 : f32}> : (tensor<1x4x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>, tensor<1x2x3x8xf32>) -> (tensor<1x4x3x5xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>)
  return
}

// -----

func.func @past_of_other_heads(%q: tensor<1x4x3x8xf32>, %k: tensor<1x2x3x8xf32>, %v: tensor<1x2x3x5xf32>, %p: tensor<1x4x2x8xf32>, %w: tensor<1x2x2x5xf32>) {
  // expected-error@+1 {{expects size 1 of 'past_key' to be 2, found 4}}
  %0, %1, %2 = llm.attention(%q, %k, %v past %p, %w) {scale = 1.0 : f32} : (tensor<1x4x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>, tensor<1x4x2x8xf32>, tensor<1x2x2x5xf32>) -> (tensor<1x4x3x5xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x5xf32>)
  return
}

// -----

func.func @sinks(%q: tensor<1x4x3x8xf32>, %k: tensor<1x2x3x8xf32>, %v: tensor<1x2x3x5xf32>, %s: tensor<2xf32>) {
  // expected-error@+1 {{expects size 0 of 'sinks' to be 4, found 2}}
  %0, %1, %2 = llm.attention(%q, %k, %v sinks %s) {scale = 1.0 : f32} : (tensor<1x4x3x8xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>, tensor<2xf32>) -> (tensor<1x4x3x5xf32>, tensor<1x2x3x8xf32>, tensor<1x2x3x5xf32>)
  return
}

// -----

func.func @wide_rotation(%x: tensor<1x2x3x4xf32>, %t: tensor<1x3x3xf32>) {
  // expected-error@+1 {{expects a rotary width of at most the head size (4), found 6}}
  %0 = llm.rope(%x, %t, %t) : (tensor<1x2x3x4xf32>, tensor<1x3x3xf32>, tensor<1x3x3xf32>) -> tensor<1x2x3x4xf32>
  return
}

// -----

func.func @tables_of_other_rows(%x: tensor<1x2x3x4xf32>, %t: tensor<1x1x2xf32>) {
  // expected-error@+1 {{expects size 1 of 'cos' to be 3, found 1}}
  %0 = llm.rope(%x, %t, %t) : (tensor<1x2x3x4xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>) -> tensor<1x2x3x4xf32>
  return
}

// -----

func.func @norm_of_a_scalar(%x: tensor<f32>, %w: tensor<4xf32>) {
  // expected-error@+1 {{expects 'input' of rank 1 or more, found a scalar}}
  %0 = llm.rms_norm(%x, %w) {epsilon = 1.0 : f32} : (tensor<f32>, tensor<4xf32>) -> tensor<f32>
  return
}
