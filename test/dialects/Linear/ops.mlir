// RUN: retort-opt %s | retort-opt | FileCheck %s
// RUN: retort-opt %s --emit-bytecode | retort-opt | FileCheck %s

// CHECK-LABEL: @dense
// CHECK: linear.product #linear.dense %{{.*}}, %{{.*}} into %{{.*}} : tensor<?x20xf16>, tensor<2x20x32xbf16> into tensor<?x33xf32> -> tensor<?x33xf32>
func.func @dense(%x: tensor<?x20xf16>, %w: tensor<2x20x32xbf16>, %y: tensor<?x33xf32>) -> tensor<?x33xf32> {
  %0 = linear.product #linear.dense %x, %w into %y : tensor<?x20xf16>, tensor<2x20x32xbf16> into tensor<?x33xf32> -> tensor<?x33xf32>
  return %0 : tensor<?x33xf32>
}

// 40 rows in groups of 32: two of four words.
// CHECK-LABEL: @groups
// CHECK: linear.product #linear.groups<bits = 4, size = 32> %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} into
func.func @groups(%x: tensor<?x40xf32>, %codes: tensor<1x8x32xi32>, %scales: tensor<1x2x32xf32>, %zeros: tensor<1x2x32xi8>,
                  %y: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %0 = linear.product #linear.groups<bits = 4, size = 32> %x, %codes, %scales, %zeros into %y
    : tensor<?x40xf32>, tensor<1x8x32xi32>, tensor<1x2x32xf32>, tensor<1x2x32xi8> into tensor<?x32xf32> -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

// CHECK-LABEL: @groups_between
// CHECK: linear.product #linear.groups<bits = 4, size = 32, float_zeros = true> %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} into
func.func @groups_between(%x: tensor<?x40xf32>, %codes: tensor<1x8x32xi32>, %scales: tensor<1x2x32xf32>, %zeros: tensor<1x2x32xf32>,
                          %y: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %0 = linear.product #linear.groups<bits = 4, size = 32, float_zeros = true> %x, %codes, %scales, %zeros into %y
    : tensor<?x40xf32>, tensor<1x8x32xi32>, tensor<1x2x32xf32>, tensor<1x2x32xf32> into tensor<?x32xf32> -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

// 40 rows in groups of 32, 16 codes each: two of two words of codes, and of one of places.
// CHECK-LABEL: @sparse_groups
// CHECK: linear.product #linear.sparse_groups<n = 2, m = 4, bits = 4, size = 32> %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} into
func.func @sparse_groups(%x: tensor<?x40xf32>, %codes: tensor<1x4x32xi32>, %places: tensor<1x2x32xi32>, %scales: tensor<1x2x32xf32>,
                         %y: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %0 = linear.product #linear.sparse_groups<n = 2, m = 4, bits = 4, size = 32> %x, %codes, %places, %scales into %y
    : tensor<?x40xf32>, tensor<1x4x32xi32>, tensor<1x2x32xi32>, tensor<1x2x32xf32> into tensor<?x32xf32> -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

// CHECK-LABEL: @sparse(
// CHECK: linear.product #linear.sparse<n = 2, m = 4> %{{.*}}, %{{.*}}, %{{.*}} into %{{.*}} : memref
func.func @sparse(%x: memref<?x10xf32>, %values: memref<1x6x32xf32>, %places: memref<1x3x32xi8>, %y: memref<?x32xf32>) {
  linear.product #linear.sparse<n = 2, m = 4> %x, %values, %places into %y
    : memref<?x10xf32>, memref<1x6x32xf32>, memref<1x3x32xi8> into memref<?x32xf32>
  return
}

// 40 rows of 3 bits in groups of 16: blocks of 16 rows, three words of 16 bits each, two in the last.
// CHECK-LABEL: @levels
// CHECK: linear.product #linear.levels<bits = 3, size = 16> %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} into %{{.*}} : memref
func.func @levels(%x: memref<?x40xf32>, %codes: memref<1x8x32xi16>, %low: memref<1x2x32xi8>, %high: memref<1x1x32xi8>,
                  %ladder: memref<2xi32>, %y: memref<?x32xf32>) {
  linear.product #linear.levels<bits = 3, size = 16> %x, %codes, %low, %high, %ladder into %y
    : memref<?x40xf32>, memref<1x8x32xi16>, memref<1x2x32xi8>, memref<1x1x32xi8>, memref<2xi32> into memref<?x32xf32>
  return
}
