// RUN: retort-opt %s --codegen-schedule-linear="target-cpu=icelake-server numerics=accurate" | FileCheck %s --check-prefixes=CHECK,NATIVE
// RUN: retort-opt %s --codegen-schedule-linear="target-cpu=x86-64-v4 numerics=accurate portable-steps=true" | FileCheck %s --check-prefixes=CHECK,PORTABLE
// RUN: retort-opt %s --codegen-schedule-linear="target-cpu=alderlake numerics=accurate" | FileCheck %s --check-prefix=NARROW
// RUN: retort-opt %s --codegen-schedule-linear="target-cpu=icelake-server" | FileCheck %s --check-prefix=EXACT
// RUN: retort-opt %s --codegen-schedule-linear="target-cpu=icelake-server numerics=accurate" --remarks-filter=codegen --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=WHY
// RUN: retort-opt %s --codegen-schedule-linear="target-cpu=x86-64-v4 numerics=accurate" --remarks-filter=codegen --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=LACKS
// RUN: not retort-opt %s --codegen-schedule-linear="numerics=precise" 2>&1 | FileCheck %s --check-prefix=NAME

// Rows lie in two planes of bytes: for each of 5 words 8 bytes of high and 8 of low, for each chunk of 32 rows a scale and
// the sums of both planes. A tile of one row is for one row and two, one of four for more.
// CHECK-LABEL: func.func private @groups(
// CHECK: %[[MANY:.*]] = arith.cmpi uge, %{{.*}}, %c3 :
// CHECK: scf.if %[[MANY]] {
// CHECK: memref.alloc(%{{.*}}) {alignment = 64 : i64} : memref<?x4x192xi8>
// CHECK: memref.alloc(%{{.*}}) {alignment = 64 : i64} : memref<?x4x2xf32>
// CHECK: memref.alloc(%{{.*}}) {alignment = 64 : i64} : memref<?x4x4xi32>
// CHECK: call @linear_pack_{{[a-z0-9_]+}}(
// CHECK: call @linear_multiply_{{[a-z0-9_]+}}(
// CHECK: memref.alloc(%{{.*}}) {alignment = 64 : i64} : memref<?x1x128xi8>
// CHECK: call @linear_multiply_{{[a-z0-9_]+}}(
// CHECK-NOT: scf.if
// CHECK: return
// EXACT-LABEL: func.func private @groups(
// EXACT: memref<?x12x80xf32>
// EXACT: memref<?x1x64xf32>
func.func private @groups(%x: memref<?x40xf32>, %codes: memref<1x8x32xi32>, %scales: memref<1x2x32xf32>, %y: memref<?x30xf32>)
    attributes {retort.kernel = ""} {
  linear.product #linear.groups<bits = 4, size = 32> %x, %codes, %scales into %y
    : memref<?x40xf32>, memref<1x8x32xi32>, memref<1x2x32xf32> into memref<?x30xf32>
  return
}

// A weight that has zero points, in 8 bits: a word is four rows as it is.
func.func private @zeros(%x: memref<?x64xf16>, %codes: memref<1x16x32xi32>, %scales: memref<1x1x32xf32>,
                         %zeros: memref<1x1x32xi8>, %y: memref<?x32xf32>) attributes {retort.kernel = ""} {
  linear.product #linear.groups<bits = 8, size = 64> %x, %codes, %scales, %zeros into %y
    : memref<?x64xf16>, memref<1x16x32xi32>, memref<1x1x32xf32>, memref<1x1x32xi8> into memref<?x32xf32>
  return
}

// WHY: remark: [Missed] codegen-schedule-linear {{.*}}dot-product-int8 does not take a product: expects a scale for at least 16 rows (found 8)
func.func private @small_groups(%x: memref<?x32xf32>, %codes: memref<1x4x32xi32>, %scales: memref<1x4x32xf32>, %y: memref<?x32xf32>)
    attributes {retort.kernel = ""} {
  linear.product #linear.groups<bits = 4, size = 8> %x, %codes, %scales into %y
    : memref<?x32xf32>, memref<1x4x32xi32>, memref<1x4x32xf32> into memref<?x32xf32>
  return
}

// WHY: remark: [Missed] codegen-schedule-linear {{.*}}dot-product-int8 does not take a product: the weight is not made of codes
// CHECK-LABEL: func.func private @numbers(
// CHECK: memref<?x12x
// CHECK-NOT: xi8>
// CHECK: return
func.func private @numbers(%x: memref<?x8xf32>, %w: memref<1x8x32xf32>, %y: memref<?x32xf32>) attributes {retort.kernel = ""} {
  linear.product #linear.dense %x, %w into %y : memref<?x8xf32>, memref<1x8x32xf32> into memref<?x32xf32>
  return
}

// LACKS: dot-product-int8 does not take a product: the target has not avx512vnni
// NAME: error: expects 'numerics' to be exact, accurate or fast, found 'precise'

// x * 32512 / largest, rounded; high and low; places 0 2 4 6 before 1 3 5 7.
// CHECK-LABEL: func.func private @linear_pack_{{[a-z0-9_]+}}(%{{.*}}: memref<?x40xf32>, %{{.*}}: memref<?x4x192xi8>
// CHECK: arith.andi
// CHECK: arith.maxsi
// CHECK: vector.reduction <maxsi>
// CHECK: %[[INVERSE:.*]] = arith.divf %cst{{.*}}, %{{.*}} : f32
// CHECK: vector.maskedload
// CHECK: arith.mulf
// CHECK: %[[ROUNDED:.*]] = arith.addf
// CHECK: %[[Q:.*]] = arith.subi
// CHECK: %[[HIGH:.*]] = arith.shrsi
// CHECK: arith.subi %[[Q]],
// CHECK: %[[BYTES:.*]] = arith.trunci %[[HIGH]] : vector<8xi32> to vector<8xi8>
// CHECK: vector.shuffle %[[BYTES]], %[[BYTES]] [0, 2, 4, 6, 1, 3, 5, 7]
// CHECK: vector.reduction <add>
// CHECK: memref.store %{{.*}}, %{{.*}} : memref<?x4x2xf32>
// CHECK: arith.muli %{{.*}}, %c-8_i32
// CHECK: memref.store %{{.*}}, %{{.*}} : memref<?x4x4xi32>

// CHECK-LABEL: func.func private @linear_multiply_{{[a-z0-9_]+}}(%{{.*}}: memref<?x4x192xi8>
// CHECK: %[[WORD:.*]] = vector.load %{{.*}} : memref<1x8x32xi32>, vector<16xi32>
// CHECK: %[[EVEN:.*]] = arith.andi %[[WORD]], %{{.*}} : vector<16xi32>
// NATIVE: vector.bitcast %[[EVEN]] : vector<16xi32> to vector<64xi8>
// NATIVE-COUNT-32: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
// PORTABLE-NOT: llvm.call_intrinsic
// PORTABLE-COUNT-128: arith.muli {{.*}} : vector<16xi32>
// CHECK: arith.shli
// CHECK: arith.sitofp
// CHECK: vector.maskedstore
// NARROW: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.256"
