// RUN: retort-opt %s --codegen-outline-kernels | FileCheck %s

#id = affine_map<(i) -> (i)>

// Equal operations share a kernel; the constant is part of it.
// CHECK-LABEL: @shares_kernels
func.func @shares_kernels(%x: memref<?xf32>, %n: index) {
  %c = arith.constant 2.0 : f32
  %a = memref.alloc(%n) : memref<?xf32>
  %b = memref.alloc(%n) : memref<?xf32>
  // CHECK: call @map_0(%[[X:.*]], %[[A:.*]]) :
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<?xf32>) outs(%a : memref<?xf32>) {
  ^bb0(%p: f32, %q: f32):
    %0 = arith.mulf %p, %c : f32
    linalg.yield %0 : f32
  }
  // CHECK: call @map_0(%[[A]], %[[B:.*]]) :
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%a : memref<?xf32>) outs(%b : memref<?xf32>) {
  ^bb0(%p: f32, %q: f32):
    %0 = arith.mulf %p, %c : f32
    linalg.yield %0 : f32
  }
  // A slice may overlap what it is read with.
  // CHECK: call @copy_1(
  %s = memref.subview %a[0] [%n] [1] : memref<?xf32> to memref<?xf32, strided<[1]>>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%s : memref<?xf32, strided<[1]>>) outs(%a : memref<?xf32>) {
  ^bb0(%p: f32, %q: f32):
    linalg.yield %p : f32
  }
  return
}

// Only copies of slices need loops.
// CHECK-LABEL: @copies_slices_by_loops
func.func @copies_slices_by_loops(%x: memref<4x4xf32>, %y: memref<4x2xf32>, %z: memref<4x2xf32>) {
  %s = memref.subview %x[0, 1] [4, 2] [1, 1] : memref<4x4xf32> to memref<4x2xf32, strided<[4, 1], offset: 1>>
  // CHECK: call @copy_2
  memref.copy %s, %y : memref<4x2xf32, strided<[4, 1], offset: 1>> to memref<4x2xf32>
  // CHECK: memref.copy
  memref.copy %y, %z : memref<4x2xf32> to memref<4x2xf32>
  return
}

// Of a round of its loop, it tells how many operations it takes, and that the loop runs along an axis of an argument.
// CHECK: func.func private @map_0(%{{.*}}: memref<?xf32>, %{{.*}}: memref<?xf32> {retort.noalias}) attributes {retort.kernel = "p", retort.operations = array<i64: 1, 2, 0, 0>}
// CHECK: arith.constant 2.0
// CHECK: func.func private @copy_1(%{{.*}}: memref<?xf32, strided<[1]>>, %{{.*}}: memref<?xf32>)
