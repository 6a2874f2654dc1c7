// RUN: retort-opt %s --codegen-schedule-linear="target-cpu=sapphirerapids numerics=accurate" | FileCheck %s
// RUN: retort-opt %s --codegen-schedule-linear="target-cpu=sapphirerapids numerics=fast" | FileCheck %s --check-prefix=FAST
// RUN: retort-opt %s --codegen-schedule-linear="target-cpu=x86-64-v3 numerics=accurate portable-steps=true" | FileCheck %s --check-prefix=PORTABLE
// RUN: retort-opt %s --codegen-schedule-linear="target-cpu=sapphirerapids numerics=accurate" --remarks-filter=codegen --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=WHY
// RUN: retort-opt %s --codegen-schedule-linear="target-cpu=znver4 numerics=accurate" --remarks-filter=codegen --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=LACKS

// From 24 rows on, where tiles are granted and rows are finite, tiles: else what multiplies without them. Rows lie in two
// planes: for each 32 of K two tiles of 16 rows each.
// CHECK-LABEL: func.func private @numbers(
// CHECK: %[[MANY:.*]] = arith.cmpi uge, %{{.*}}, %c24
// CHECK: llvm.call @retort_permits_tiles()
// CHECK: %[[TRIED:.*]] = arith.andi %[[MANY]]
// CHECK: %[[TAKEN:.*]] = scf.if %[[TRIED]] -> (i1) {
// CHECK: memref.alloc(%{{.*}}) {alignment = 64 : i64} : memref<?x3x4x16x32xi16>
// CHECK: call @linear_pack_0_
// CHECK: vector.reduction <maxsi>
// CHECK: %[[FINITE:.*]] = arith.cmpi slt
// CHECK: scf.if %[[FINITE]] {
// CHECK: call @linear_multiply_1_
// CHECK: scf.yield %[[FINITE]]
// CHECK: scf.if %[[TAKEN]] {
// CHECK-NEXT: } else {
// CHECK: memref<?x12x
// CHECK: memref<?x1x80xf32>
// FAST-LABEL: func.func private @numbers(
// FAST: memref<?x3x2x16x32xi16>
// PORTABLE-LABEL: func.func private @numbers(
// PORTABLE-NOT: retort_permits_tiles
// PORTABLE: memref<?x3x4x16x32xi16>
func.func private @numbers(%x: memref<?x80xf32>, %w: memref<3x80x32xf32>, %y: memref<?x70xf32>) attributes {retort.kernel = ""} {
  linear.product #linear.dense %x, %w into %y : memref<?x80xf32>, memref<3x80x32xf32> into memref<?x70xf32>
  return
}

// One scale for each column: codes are numbers of bf16, two products are enough, and sums are scaled.
// CHECK-LABEL: func.func private @codes(
// CHECK: memref<?x2x4x16x32xi16>
func.func private @codes(%x: memref<?x64xf32>, %codes: memref<1x16x32xi32>, %scales: memref<1x1x32xf32>, %y: memref<?x32xf32>)
    attributes {retort.kernel = ""} {
  linear.product #linear.groups<bits = 8, size = 64> %x, %codes, %scales into %y
    : memref<?x64xf32>, memref<1x16x32xi32>, memref<1x1x32xf32> into memref<?x32xf32>
  return
}

// WHY: remark: [Missed] codegen-schedule-linear {{.*}}tile-product-bf16x2 does not take a product: groups end within a word
func.func private @odd_groups(%x: memref<?x60xf32>, %codes: memref<1x9x32xi32>, %scales: memref<1x3x32xf32>, %y: memref<?x32xf32>)
    attributes {retort.kernel = ""} {
  linear.product #linear.groups<bits = 4, size = 20> %x, %codes, %scales into %y
    : memref<?x60xf32>, memref<1x9x32xi32>, memref<1x3x32xf32> into memref<?x32xf32>
  return
}

// A group of 1,011 rows and more has no part that tiles fill.
// WHY: remark: [Missed] codegen-schedule-linear {{.*}}tile-product-bf16x2 does not take a product: groups are not made of tiles
func.func private @prime_groups(%x: memref<?x2032xf32>, %codes: memref<1x254x32xi32>, %scales: memref<1x2x32xf32>, %y: memref<?x32xf32>)
    attributes {retort.kernel = ""} {
  linear.product #linear.groups<bits = 4, size = 1016> %x, %codes, %scales into %y
    : memref<?x2032xf32>, memref<1x254x32xi32>, memref<1x2x32xf32> into memref<?x32xf32>
  return
}

// LACKS: tile-product-bf16x2 does not take a product: the target has not amx-bf16

// The kernel: strips of panels, blocks decoded to tiles, three products of two by two tiles each, sums behind the last block.
// CHECK-LABEL: func.func private @linear_multiply_1_
// CHECK-SAME: retort.kernel = "w"
// CHECK: memref.alloc() {alignment = 64 : i64} : memref<16x4x16x32xi16>
// CHECK: llvm.call_intrinsic "llvm.x86.ldtilecfg"
// CHECK-COUNT-2: llvm.call_intrinsic "llvm.x86.tilezero"
// CHECK-COUNT-6: llvm.call_intrinsic "llvm.x86.tdpbf16ps"
// CHECK: } else {
// CHECK-COUNT-4: llvm.call_intrinsic "llvm.x86.tilezero"
// CHECK-COUNT-12: llvm.call_intrinsic "llvm.x86.tdpbf16ps"
// CHECK-NOT: tdpbf16ps
// CHECK-COUNT-4: llvm.call_intrinsic "llvm.x86.tilestored64"
// CHECK: vector.maskedstore
// CHECK: llvm.call_intrinsic "llvm.x86.tilerelease"
// FAST-LABEL: func.func private @linear_multiply_1_
// FAST-COUNT-6: llvm.call_intrinsic "llvm.x86.tdpbf16ps"
// FAST-NOT: tdpbf16ps
// FAST: return
// PORTABLE-LABEL: func.func private @linear_multiply_1_
// PORTABLE: memref<8x16x16xi32>
// PORTABLE-NOT: llvm.x86
// PORTABLE: return
// CHECK-LABEL: func.func private @linear_multiply_{{[a-z0-9_]+}}(%{{.*}}: memref<?x2x4x16x32xi16>
// CHECK: memref<16x2x16x32xi16>
// CHECK-COUNT-12: llvm.call_intrinsic "llvm.x86.tdpbf16ps"
// CHECK-NOT: tdpbf16ps
// CHECK: arith.mulf
// CHECK: return
