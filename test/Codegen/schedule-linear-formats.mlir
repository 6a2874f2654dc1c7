// RUN: retort-opt %s --codegen-schedule-linear=target-cpu=x86-64-v4 | FileCheck %s

func.func private @groups(%x: memref<?x40xf32>, %codes: memref<1x8x32xi32>, %scales: memref<1x2x32xf32>, %y: memref<?x30xf32>)
    attributes {retort.kernel = ""} {
  linear.product #linear.groups<bits = 4, size = 32> %x, %codes, %scales into %y
    : memref<?x40xf32>, memref<1x8x32xi32>, memref<1x2x32xf32> into memref<?x30xf32>
  return
}

func.func private @sparse(%x: memref<?x10xf32>, %values: memref<1x6x32xf32>, %places: memref<1x3x32xi8>, %y: memref<?x32xf32>)
    attributes {retort.kernel = ""} {
  linear.product #linear.sparse<n = 2, m = 4> %x, %values, %places into %y
    : memref<?x10xf32>, memref<1x6x32xf32>, memref<1x3x32xi8> into memref<?x32xf32>
  return
}

// Codes of four bits stay where they are in their word: rows are scaled instead, and only the last code, under the sign,
// is shifted down. The sums of a group start at minus its zero point times the sum of its rows.
// CHECK-LABEL: func.func private @linear_pack_2_{{[a-z0-9_]+}}(
// CHECK: arith.mulf %{{.*}}, %cst{{.*}} : f32
// CHECK-LABEL: func.func private @linear_multiply_3_{{[a-z0-9_]+}}(
// CHECK: %[[START:.*]] = vector.broadcast
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %[[START]], %{{.*}} = %[[START]], %{{.*}} = %cst{{.*}}, %{{.*}} = %cst{{.*}})
// CHECK: %[[W:.*]] = vector.load {{.*}} vector<16xi32>
// CHECK: arith.andi %[[W]], %{{.*}} : vector<16xi32>
// CHECK: arith.sitofp {{.*}} to vector<16xf32>
// CHECK: arith.shrui %[[W]], %{{.*}} : vector<16xi32>
// CHECK: vector.load {{.*}} memref<1x2x32xf32>, vector<16xf32>

// Many rows: the rows of a block hold the values that stand at them.
// CHECK-LABEL: func.func private @linear_multiply_5_{{[a-z0-9_]+}}(
// CHECK: vector.load {{.*}} memref<1x3x32xi8>, vector<16xi8>
// CHECK: arith.extui {{.*}} to vector<16xi32>
// CHECK: %[[HERE:.*]] = arith.cmpi eq, {{.*}} : vector<16xi32>
// CHECK: arith.select %[[HERE]]

// One row: each value meets the activation that its place selects.
// CHECK-LABEL: func.func private @linear_multiply_7_{{[a-z0-9_]+}}(
// CHECK: %[[X:.*]] = vector.load {{.*}}, vector<4xf32>
// CHECK: %[[ALL:.*]] = vector.shuffle %[[X]], %[[X]] [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.vpermilvar.ps.512"(%[[ALL]], %{{.*}})
// CHECK-NOT: arith.select
