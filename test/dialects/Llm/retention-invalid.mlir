// RUN: retort-opt %s --split-input-file --verify-diagnostics

func.func @decay(%q: tensor<1x2x3x4xf32>, %v: tensor<1x2x3x5xf32>) {
  // expected-error@+1 {{with rule 'gated' expects a 'decay', found none}}
  %0, %1 = llm.retention gated(%q, %q, %v) {scale = 1.0 : f32} : (tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3x5xf32>) -> (tensor<1x2x3x5xf32>, tensor<1x2x4x5xf32>)
  return
}

// -----

func.func @bonus(%q: tensor<1x2x3x4xf32>, %v: tensor<1x2x3x5xf32>, %b: tensor<1x2x3x3xf32>) {
  // expected-error@+1 {{'beta'}}
  %0, %1 = llm.retention linear(%q, %q, %v beta %b) {scale = 1.0 : f32} : (tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3x5xf32>, tensor<1x2x3x3xf32>) -> (tensor<1x2x3x5xf32>, tensor<1x2x4x5xf32>)
  return
}

// -----

func.func @state(%q: tensor<1x2x3x4xf32>, %v: tensor<1x2x3x5xf32>, %s: tensor<1x2x5x4xf32>) {
  // expected-error@+1 {{expects size 2 of 'state' to be 4, found 5}}
  %0, %1 = llm.retention linear(%q, %q, %v state %s) {scale = 1.0 : f32} : (tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3x5xf32>, tensor<1x2x5x4xf32>) -> (tensor<1x2x3x5xf32>, tensor<1x2x4x5xf32>)
  return
}

// -----

func.func @rows(%q: tensor<1x2x3x4xf32>, %k: tensor<1x2x7x4xf32>, %v: tensor<1x2x7x5xf32>) {
  // expected-error@+1 {{expects size 2 of 'query' (3) to equal size 2 of 'key' (7)}}
  %0, %1 = llm.retention linear(%q, %k, %v) {scale = 1.0 : f32} : (tensor<1x2x3x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x5xf32>) -> (tensor<1x2x3x5xf32>, tensor<1x2x4x5xf32>)
  return
}

// -----

func.func @chunk(%q: tensor<1x2x3x4xf32>, %v: tensor<1x2x3x5xf32>) {
  // expected-error@+1 {{expects 'chunk_size' above zero, found 0}}
  %0, %1 = llm.retention linear(%q, %q, %v) {scale = 1.0 : f32, chunk_size = 0 : i64} : (tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3x5xf32>) -> (tensor<1x2x3x5xf32>, tensor<1x2x4x5xf32>)
  return
}

// -----

func.func @no_heads(%q: tensor<1x2x3x4xf32>, %k: tensor<1x0x3x4xf32>, %v: tensor<1x0x3x5xf32>) {
  // expected-error@+1 {{expects at least one key-value head}}
  %0, %1 = llm.retention linear(%q, %k, %v) {scale = 1.0 : f32} : (tensor<1x2x3x4xf32>, tensor<1x0x3x4xf32>, tensor<1x0x3x5xf32>) -> (tensor<1x2x3x5xf32>, tensor<1x0x4x5xf32>)
  return
}

// -----

func.func @no_beta(%q: tensor<1x2x3x4xf32>, %v: tensor<1x2x3x5xf32>) {
  // expected-error@+1 {{with rule 'delta' expects a 'beta', found none}}
  %0, %1 = llm.retention delta(%q, %q, %v) {scale = 1.0 : f32} : (tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3x5xf32>) -> (tensor<1x2x3x5xf32>, tensor<1x2x4x5xf32>)
  return
}
