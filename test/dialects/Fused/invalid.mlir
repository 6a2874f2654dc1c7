// RUN: retort-opt %s --split-input-file --verify-diagnostics

func.func @elements(%q: tensor<1x6x5x4xf32>, %k: tensor<1x2x7x4xf16>, %v: tensor<1x2x7x4xf32>, %past: index, %y: tensor<1x6x5x4xf32>) -> tensor<1x6x5x4xf32> {
  // expected-error@+1 {{expects 'key' to have four axes of f32, the last of a known size, found 'tensor<1x2x7x4xf16>'}}
  %0 = fused.attention %q, %k, %v offset %past : index into %y {scale = 0.125 : f32} : tensor<1x6x5x4xf32>, tensor<1x2x7x4xf16>, tensor<1x2x7x4xf32> into tensor<1x6x5x4xf32> -> tensor<1x6x5x4xf32>
  return %0 : tensor<1x6x5x4xf32>
}

// -----

func.func @head_size(%q: tensor<1x6x5x?xf32>, %k: tensor<1x2x7x4xf32>, %v: tensor<1x2x7x4xf32>, %past: index, %y: tensor<1x6x5x4xf32>) -> tensor<1x6x5x4xf32> {
  // expected-error@+1 {{expects 'query' to have four axes of f32, the last of a known size, found 'tensor<1x6x5x?xf32>'}}
  %0 = fused.attention %q, %k, %v offset %past : index into %y {scale = 0.125 : f32} : tensor<1x6x5x?xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32> into tensor<1x6x5x4xf32> -> tensor<1x6x5x4xf32>
  return %0 : tensor<1x6x5x4xf32>
}

// -----

func.func @depth(%q: tensor<1x6x5x4xf32>, %k: tensor<1x2x7x8xf32>, %v: tensor<1x2x7x4xf32>, %past: index, %y: tensor<1x6x5x4xf32>) -> tensor<1x6x5x4xf32> {
  // expected-error@+1 {{expects axis 3 of 'key' to be 4, found 8}}
  %0 = fused.attention %q, %k, %v offset %past : index into %y {scale = 0.125 : f32} : tensor<1x6x5x4xf32>, tensor<1x2x7x8xf32>, tensor<1x2x7x4xf32> into tensor<1x6x5x4xf32> -> tensor<1x6x5x4xf32>
  return %0 : tensor<1x6x5x4xf32>
}

// -----

func.func @columns(%q: tensor<1x6x5x4xf32>, %k: tensor<1x2x7x4xf32>, %v: tensor<1x2x9x4xf32>, %past: index, %y: tensor<1x6x5x4xf32>) -> tensor<1x6x5x4xf32> {
  // expected-error@+1 {{expects axis 2 of 'value' to be 7, found 9}}
  %0 = fused.attention %q, %k, %v offset %past : index into %y {scale = 0.125 : f32} : tensor<1x6x5x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x9x4xf32> into tensor<1x6x5x4xf32> -> tensor<1x6x5x4xf32>
  return %0 : tensor<1x6x5x4xf32>
}

// -----

func.func @rows(%q: tensor<1x6x5x4xf32>, %k: tensor<1x2x7x4xf32>, %v: tensor<1x2x7x4xf32>, %past: index, %y: tensor<1x6x3x4xf32>) -> tensor<1x6x3x4xf32> {
  // expected-error@+1 {{expects axis 2 of 'init' to be 5, found 3}}
  %0 = fused.attention %q, %k, %v offset %past : index into %y {scale = 0.125 : f32} : tensor<1x6x5x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32> into tensor<1x6x3x4xf32> -> tensor<1x6x3x4xf32>
  return %0 : tensor<1x6x3x4xf32>
}

// -----

func.func @offset(%q: tensor<1x6x5x4xf32>, %k: tensor<1x2x7x4xf32>, %v: tensor<1x2x7x4xf32>, %past: tensor<1xi32>, %y: tensor<1x6x5x4xf32>) -> tensor<1x6x5x4xf32> {
  // expected-error@+1 {{expects 'offset' to be i64 of at most one axis, found 'tensor<1xi32>'}}
  %0 = fused.attention %q, %k, %v offset %past : tensor<1xi32> into %y {scale = 0.125 : f32} : tensor<1x6x5x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32> into tensor<1x6x5x4xf32> -> tensor<1x6x5x4xf32>
  return %0 : tensor<1x6x5x4xf32>
}

// -----

func.func @key_length(%q: tensor<1x6x5x4xf32>, %k: tensor<1x2x7x4xf32>, %v: tensor<1x2x7x4xf32>, %past: index, %n: tensor<1x1xi64>, %y: tensor<1x6x5x4xf32>) -> tensor<1x6x5x4xf32> {
  // expected-error@+1 {{expects 'key_length' to be i64 of at most one axis, found 'tensor<1x1xi64>'}}
  %0 = fused.attention %q, %k, %v offset %past : index key_length %n : tensor<1x1xi64> into %y {scale = 0.125 : f32} : tensor<1x6x5x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32> into tensor<1x6x5x4xf32> -> tensor<1x6x5x4xf32>
  return %0 : tensor<1x6x5x4xf32>
}

// -----

func.func @bias(%q: tensor<1x6x5x4xf32>, %k: tensor<1x2x7x4xf32>, %v: tensor<1x2x7x4xf32>, %past: index, %n: tensor<5x7xf32>, %y: tensor<1x6x5x4xf32>) -> tensor<1x6x5x4xf32> {
  // expected-error@+1 {{expects 'bias' to have four axes of f32, found 'tensor<5x7xf32>'}}
  %0 = fused.attention %q, %k, %v offset %past : index bias %n : tensor<5x7xf32> into %y {scale = 0.125 : f32} : tensor<1x6x5x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32> into tensor<1x6x5x4xf32> -> tensor<1x6x5x4xf32>
  return %0 : tensor<1x6x5x4xf32>
}

// -----

func.func @columns_of_bias(%q: tensor<1x6x5x4xf32>, %k: tensor<1x2x7x4xf32>, %v: tensor<1x2x7x4xf32>, %past: index, %n: tensor<1x1x5x1xf32>, %y: tensor<1x6x5x4xf32>) -> tensor<1x6x5x4xf32> {
  // expected-error@+1 {{expects axis 3 of 'bias' to be 7, found 1}}
  %0 = fused.attention %q, %k, %v offset %past : index bias %n : tensor<1x1x5x1xf32> into %y {scale = 0.125 : f32} : tensor<1x6x5x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32> into tensor<1x6x5x4xf32> -> tensor<1x6x5x4xf32>
  return %0 : tensor<1x6x5x4xf32>
}

// -----

func.func @sinks(%q: tensor<1x6x5x4xf32>, %k: tensor<1x2x7x4xf32>, %v: tensor<1x2x7x4xf32>, %past: index, %n: tensor<6x1xf32>, %y: tensor<1x6x5x4xf32>) -> tensor<1x6x5x4xf32> {
  // expected-error@+1 {{expects 'sinks' to have one axis of f32, found 'tensor<6x1xf32>'}}
  %0 = fused.attention %q, %k, %v offset %past : index sinks %n : tensor<6x1xf32> into %y {scale = 0.125 : f32} : tensor<1x6x5x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32> into tensor<1x6x5x4xf32> -> tensor<1x6x5x4xf32>
  return %0 : tensor<1x6x5x4xf32>
}

// -----

func.func @result(%q: tensor<1x6x5x4xf32>, %k: tensor<1x2x7x4xf32>, %v: tensor<1x2x7x4xf32>, %past: index, %y: tensor<1x6x5x4xf32>) -> tensor<1x6x?x4xf32> {
  // expected-error@+1 {{expects a result of the type of 'init' where that is a tensor, and none else}}
  %0 = fused.attention %q, %k, %v offset %past : index into %y {scale = 0.125 : f32} : tensor<1x6x5x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32> into tensor<1x6x5x4xf32> -> tensor<1x6x?x4xf32>
  return %0 : tensor<1x6x?x4xf32>
}
