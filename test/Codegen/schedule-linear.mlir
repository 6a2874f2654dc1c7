// RUN: retort-opt %s --codegen-schedule-linear=target-cpu=x86-64-v3 | FileCheck %s
// RUN: retort-opt %s --codegen-schedule-linear=target-cpu=x86-64-v4 | FileCheck %s --check-prefix=WIDE

// CHECK-LABEL: func.func private @kernel_0(
// CHECK: %[[MANY:.*]] = arith.cmpi uge, %{{.*}}, %c4
// CHECK: scf.if %[[MANY]] {
// CHECK: memref.alloc(%{{.*}}) {alignment = 64 : i64} : memref<?x6x80xf32>
// CHECK: call @linear_pack_0_{{[a-z0-9_]+}}(
// CHECK: call @linear_multiply_1_{{[a-z0-9_]+}}(
// CHECK: } else {
// CHECK: memref.alloc(%{{.*}}) {alignment = 64 : i64} : memref<?x1x64xf32>
// CHECK: call @linear_pack_2_{{[a-z0-9_]+}}(
// CHECK: call @linear_multiply_3_{{[a-z0-9_]+}}(
func.func private @kernel_0(%x: memref<?x64xf32>, %w: memref<2x64x32xf32>, %y: memref<?x64xf32> {retort.noalias})
    attributes {retort.kernel = ""} {
  linear.product #linear.dense %x, %w into %y : memref<?x64xf32>, memref<2x64x32xf32> into memref<?x64xf32>
  return
}

// A kernel of the same sizes shares both.
// CHECK-LABEL: func.func private @kernel_1(
// CHECK: call @linear_multiply_1_{{[a-z0-9_]+}}(
// CHECK: call @linear_multiply_3_{{[a-z0-9_]+}}(
func.func private @kernel_1(%x: memref<?x64xf32>, %w: memref<2x64x32xf32>, %y: memref<?x64xf32> {retort.noalias})
    attributes {retort.kernel = ""} {
  linear.product #linear.dense %x, %w into %y : memref<?x64xf32>, memref<2x64x32xf32> into memref<?x64xf32>
  return
}

// A deep weight is taken in blocks: sums start at zero in the first, and go on in those behind it.
// CHECK-LABEL: func.func private @deep(
// CHECK: call @linear_pack_4_{{[a-z0-9_]+}}(
// CHECK: call @linear_multiply_5_{{[a-z0-9_]+}}(
func.func private @deep(%x: memref<?x4096xf32>, %w: memref<1x4096x32xf32>, %y: memref<?x32xf32> {retort.noalias})
    attributes {retort.kernel = ""} {
  linear.product #linear.dense %x, %w into %y : memref<?x4096xf32>, memref<1x4096x32xf32> into memref<?x32xf32>
  return
}

// Many rows: tiles of 6 x 16 with AVX2, of 12 x 32 with AVX-512.
// CHECK-LABEL: func.func private @linear_multiply_1_{{[a-z0-9_]+}}(
// CHECK-SAME: %{{.*}}: memref<?x64xf32> {retort.noalias}, %{{.*}}: index {retort.work}) attributes {retort.kernel = "dt"}
// CHECK-COUNT-2: vector.load {{.*}} vector<8xf32>
// CHECK-COUNT-6: vector.broadcast {{.*}} : f32 to vector<8xf32>
// CHECK-NOT: vector.broadcast
// CHECK-COUNT-12: vector.store
// WIDE-LABEL: func.func private @linear_multiply_1_{{[a-z0-9_]+}}(
// WIDE-COUNT-2: vector.load {{.*}} vector<16xf32>
// WIDE-COUNT-12: vector.broadcast {{.*}} : f32 to vector<16xf32>
// WIDE-NOT: vector.broadcast
// WIDE-COUNT-24: vector.store

// One row: a panel of 32 columns is streamed.
// CHECK-LABEL: func.func private @linear_multiply_3_{{[a-z0-9_]+}}(
// CHECK-COUNT-4: vector.load {{.*}} vector<8xf32>
// CHECK: vector.broadcast
// CHECK-NOT: vector.broadcast
// CHECK-COUNT-4: vector.store
// WIDE-LABEL: func.func private @linear_multiply_3_{{[a-z0-9_]+}}(
// WIDE-COUNT-2: vector.load {{.*}} vector<16xf32>
// WIDE: vector.broadcast
// WIDE-NOT: vector.broadcast
// WIDE-COUNT-2: vector.store

// CHECK-LABEL: func.func private @linear_multiply_5_{{[a-z0-9_]+}}(
// CHECK-SAME: attributes {retort.kernel = "rdt"}
// CHECK: scf.for %[[BLOCK:.*]] = %c0{{.*}} to %c2
// CHECK: %[[FIRST:.*]] = arith.muli %[[BLOCK]], %c2048
// CHECK: %[[IS_FIRST:.*]] = arith.cmpi eq, %[[FIRST]], %c0
// CHECK: scf.if %[[IS_FIRST]]
// CHECK: } else {
// CHECK-COUNT-12: vector.load %arg2{{.*}} vector<8xf32>
// CHECK: scf.for %[[I:.*]] = %c0{{.*}} to %c2048
// CHECK: arith.addi %[[FIRST]], %[[I]]
