// RUN: retort-opt %s --codegen-schedule-linear=target-cpu=sapphirerapids | FileCheck %s
// RUN: retort-opt %s --codegen-schedule-linear="target-cpu=znver4 prefetch=next-panel" | FileCheck %s
// RUN: retort-opt %s --codegen-schedule-linear=target-cpu=znver4 | FileCheck %s --check-prefix=WITHOUT
// RUN: retort-opt %s --codegen-schedule-linear="target-cpu=sapphirerapids prefetch=none" | FileCheck %s --check-prefix=WITHOUT
// RUN: not retort-opt %s --codegen-schedule-linear=prefetch=far 2>&1 | FileCheck %s --check-prefix=NAME
// NAME: error: expects 'prefetch' to be auto, none or next-panel, found 'far'

// Each tile of many rows fetches its share of the 40 rows of the next panel: two lines for each row of f32. Behind the last of
// the three panels comes none. A tile of one row streams.
// CHECK-LABEL: func.func private @linear_multiply_1_{{[a-z0-9_]+}}(
// CHECK-SAME: %[[W:[a-z0-9]+]]: memref<3x40x32xf32>
// CHECK: scf.for %[[PANEL:[a-z0-9]+]] = %c0{{.*}} to %c3{{.*}} step
// CHECK: scf.for %[[TILE:.*]] = %c0{{.*}} to %{{.*}} step
// CHECK: %[[BEHIND:.*]] = arith.addi %[[PANEL]], %c1{{.*}} : index
// CHECK: %[[NEXT:.*]] = arith.minui %[[BEHIND]], %c2{{.*}} : index
// CHECK: %[[SHARE:.*]] = arith.ceildivui %c40{{.*}}, %
// CHECK: %[[FIRST:.*]] = arith.muli %{{.*}}, %[[SHARE]]
// CHECK: scf.for %[[I:.*]] =
// CHECK: memref.prefetch %[[W]][%[[NEXT]], %[[ROW:.*]], %c0{{.*}}], read, locality<2>, data
// CHECK: memref.prefetch %[[W]][%[[NEXT]], %[[ROW]], %c16{{.*}}], read, locality<2>, data
// CHECK-NOT: memref.prefetch
// CHECK: vector.load %[[W]][%[[PANEL]],
// CHECK-LABEL: func.func private @linear_multiply_3_{{[a-z0-9_]+}}(
// CHECK-NOT: memref.prefetch
// WITHOUT-NOT: memref.prefetch
func.func private @kernel(%x: memref<?x40xf32>, %w: memref<3x40x32xf32>, %y: memref<?x96xf32>) attributes {retort.kernel = ""} {
  linear.product #linear.dense %x, %w into %y : memref<?x40xf32>, memref<3x40x32xf32> into memref<?x96xf32>
  return
}
