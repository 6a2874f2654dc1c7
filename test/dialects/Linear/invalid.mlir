// RUN: retort-opt %s --split-input-file --verify-diagnostics

func.func @format(%x: tensor<?x20xf32>, %w: tensor<1x20x32xf32>, %y: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // expected-error@+1 {{expects the format of a weight, found "dense"}}
  %0 = linear.product "dense" %x, %w into %y : tensor<?x20xf32>, tensor<1x20x32xf32> into tensor<?x32xf32> -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

// -----

func.func @depth(%x: tensor<?x?xf32>, %w: tensor<1x20x32xf32>, %y: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // expected-error@+1 {{expects matrices of a known number of columns, found 'tensor<?x?xf32>' and 'tensor<?x32xf32>'}}
  %0 = linear.product #linear.dense %x, %w into %y : tensor<?x?xf32>, tensor<1x20x32xf32> into tensor<?x32xf32> -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

// -----

func.func @sums(%x: tensor<?x20xf32>, %w: tensor<1x20x32xf32>, %y: tensor<?x32xf16>) -> tensor<?x32xf16> {
  // expected-error@+1 {{expects rows of f32, f16 or bf16 and sums of f32}}
  %0 = linear.product #linear.dense %x, %w into %y : tensor<?x20xf32>, tensor<1x20x32xf32> into tensor<?x32xf16> -> tensor<?x32xf16>
  return %0 : tensor<?x32xf16>
}

// -----

func.func @panels(%x: tensor<?x20xf32>, %w: tensor<1x20x32xf32>, %y: tensor<?x33xf32>) -> tensor<?x33xf32> {
  // expected-error@+1 {{expects 'values' of shape 2x20x32 and f32, f16 or bf16, found 'tensor<1x20x32xf32>'}}
  %0 = linear.product #linear.dense %x, %w into %y : tensor<?x20xf32>, tensor<1x20x32xf32> into tensor<?x33xf32> -> tensor<?x33xf32>
  return %0 : tensor<?x33xf32>
}

// -----

func.func @parts(%x: tensor<?x32xf32>, %w: tensor<1x4x32xi32>, %y: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // expected-error@+1 {{expects 2 parts of the weight, found 1}}
  %0 = linear.product #linear.groups<bits = 4, size = 32> %x, %w into %y : tensor<?x32xf32>, tensor<1x4x32xi32> into tensor<?x32xf32> -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

// -----

func.func @bits(%x: tensor<?x32xf32>, %w: tensor<1x4x32xi32>, %s: tensor<1x1x32xf32>, %y: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // expected-error@+1 {{expects 'bits' of 2, 4 or 8, found 3}}
  %0 = linear.product #linear.groups<bits = 3, size = 32> %x, %w, %s into %y : tensor<?x32xf32>, tensor<1x4x32xi32>, tensor<1x1x32xf32> into tensor<?x32xf32> -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

// -----

func.func @kept(%x: memref<?x10xf32>, %values: memref<1x6x32xf32>, %places: memref<1x3x32xi8>, %y: memref<?x32xf32>) {
  // expected-error@+1 {{expects 'n' from 1 to 4, found 5}}
  linear.product #linear.sparse<n = 5, m = 4> %x, %values, %places into %y : memref<?x10xf32>, memref<1x6x32xf32>, memref<1x3x32xi8> into memref<?x32xf32>
  return
}

// -----

func.func @size(%x: tensor<?x32xf32>, %w: tensor<1x4x32xi32>, %s: tensor<1x1x32xf32>, %y: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // expected-error@+1 {{expects 'size' of at least 1, found 0}}
  %0 = linear.product #linear.groups<bits = 4, size = 0> %x, %w, %s into %y : tensor<?x32xf32>, tensor<1x4x32xi32>, tensor<1x1x32xf32> into tensor<?x32xf32> -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

// -----

func.func @of(%x: memref<?x10xf32>, %values: memref<1x6x32xf32>, %places: memref<1x3x32xi8>, %y: memref<?x32xf32>) {
  // expected-error@+1 {{expects 'm' of 2, 4, 8 or 16, found 3}}
  linear.product #linear.sparse<n = 1, m = 3> %x, %values, %places into %y : memref<?x10xf32>, memref<1x6x32xf32>, memref<1x3x32xi8> into memref<?x32xf32>
  return
}

// -----

func.func @no_result(%x: tensor<?x20xf32>, %w: tensor<1x20x32xf32>, %y: tensor<?x32xf32>) {
  // expected-error@+1 {{expects a result of the type of 'init' where that is a tensor, and none else}}
  linear.product #linear.dense %x, %w into %y : tensor<?x20xf32>, tensor<1x20x32xf32> into tensor<?x32xf32>
  return
}

// -----

func.func @level_bits(%x: memref<?x40xf32>, %c: memref<1x6x32xi32>, %l: memref<1x1x32xi8>, %h: memref<1x1x32xi8>, %s: memref<2xi32>, %y: memref<?x32xf32>) {
  // expected-error@+1 {{expects 'bits' from 2 to 8, found 1}}
  linear.product #linear.levels<bits = 1, size = 32> %x, %c, %l, %h, %s into %y : memref<?x40xf32>, memref<1x6x32xi32>, memref<1x1x32xi8>, memref<1x1x32xi8>, memref<2xi32> into memref<?x32xf32>
  return
}

// -----

func.func @level_size(%x: memref<?x40xf32>, %c: memref<1x6x32xi32>, %l: memref<1x1x32xi8>, %h: memref<1x1x32xi8>, %s: memref<2xi32>, %y: memref<?x32xf32>) {
  // expected-error@+1 {{expects 'size' of at least 1, found 0}}
  linear.product #linear.levels<bits = 3, size = 0> %x, %c, %l, %h, %s into %y : memref<?x40xf32>, memref<1x6x32xi32>, memref<1x1x32xi8>, memref<1x1x32xi8>, memref<2xi32> into memref<?x32xf32>
  return
}

// -----

func.func @level_words(%x: memref<?x40xf32>, %c: memref<1x5x32xi32>, %l: memref<1x1x32xi8>, %h: memref<1x1x32xi8>, %s: memref<2xi32>, %y: memref<?x32xf32>) {
  // expected-error@+1 {{expects 'codes' of shape 1x4x32 and integers as wide as a block has rows, found 'memref<1x5x32xi32>'}}
  linear.product #linear.levels<bits = 3, size = 32> %x, %c, %l, %h, %s into %y : memref<?x40xf32>, memref<1x5x32xi32>, memref<1x1x32xi8>, memref<1x1x32xi8>, memref<2xi32> into memref<?x32xf32>
  return
}

// -----

func.func @kept_codes(%x: tensor<?x32xf32>, %w: tensor<1x2x32xi32>, %p: tensor<1x1x32xi32>, %s: tensor<1x1x32xf32>, %y: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // expected-error@+1 {{expects 'n' to be a power of two from 1 to 2, found 3}}
  %0 = linear.product #linear.sparse_groups<n = 3, m = 4, bits = 4, size = 32> %x, %w, %p, %s into %y : tensor<?x32xf32>, tensor<1x2x32xi32>, tensor<1x1x32xi32>, tensor<1x1x32xf32> into tensor<?x32xf32> -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

// -----

func.func @kept_of(%x: tensor<?x32xf32>, %w: tensor<1x2x32xi32>, %p: tensor<1x1x32xi32>, %s: tensor<1x1x32xf32>, %y: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // expected-error@+1 {{expects 'm' of 2, 4, 8 or 16, found 5}}
  %0 = linear.product #linear.sparse_groups<n = 1, m = 5, bits = 4, size = 32> %x, %w, %p, %s into %y : tensor<?x32xf32>, tensor<1x2x32xi32>, tensor<1x1x32xi32>, tensor<1x1x32xf32> into tensor<?x32xf32> -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

// -----

func.func @kept_bits(%x: tensor<?x32xf32>, %w: tensor<1x2x32xi32>, %p: tensor<1x1x32xi32>, %s: tensor<1x1x32xf32>, %y: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // expected-error@+1 {{expects 'bits' of 2, 4 or 8, found 3}}
  %0 = linear.product #linear.sparse_groups<n = 2, m = 4, bits = 3, size = 32> %x, %w, %p, %s into %y : tensor<?x32xf32>, tensor<1x2x32xi32>, tensor<1x1x32xi32>, tensor<1x1x32xf32> into tensor<?x32xf32> -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

// -----

func.func @kept_size(%x: tensor<?x32xf32>, %w: tensor<1x2x32xi32>, %p: tensor<1x1x32xi32>, %s: tensor<1x1x32xf32>, %y: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // expected-error@+1 {{expects 'size' to be a multiple of 32, found 48}}
  %0 = linear.product #linear.sparse_groups<n = 2, m = 4, bits = 4, size = 48> %x, %w, %p, %s into %y : tensor<?x32xf32>, tensor<1x2x32xi32>, tensor<1x1x32xi32>, tensor<1x1x32xf32> into tensor<?x32xf32> -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}
