// RUN: retort-opt %s --codegen-insert-deallocations | FileCheck %s

// CHECK-LABEL: @frees_after_the_last_use
func.func @frees_after_the_last_use(%n: index, %x: memref<?xf32>) -> f32 {
  // CHECK: %[[A:.*]] = memref.alloc
  %a = memref.alloc(%n) : memref<?xf32>
  // CHECK-NEXT: memref.copy %{{.*}}, %[[A]]
  memref.copy %x, %a : memref<?xf32> to memref<?xf32>
  %view = memref.subview %a[0] [2] [1] : memref<?xf32> to memref<2xf32, strided<[1]>>
  %c0 = arith.constant 0 : index
  // CHECK: memref.load
  // CHECK-NEXT: memref.dealloc %[[A]]
  // CHECK-NEXT: arith.addf
  %y = memref.load %view[%c0] : memref<2xf32, strided<[1]>>
  %z = arith.addf %y, %y : f32
  return %z : f32
}

// CHECK-LABEL: @hands_results_over
func.func @hands_results_over(%n: index) -> memref<?xf32> {
  // CHECK-NOT: dealloc
  %a = memref.alloc(%n) : memref<?xf32>
  return %a : memref<?xf32>
}

// CHECK-LABEL: @copies_arguments_and_what_is_returned_twice
func.func @copies_arguments_and_what_is_returned_twice(%x: memref<?xf32>, %n: index) -> (memref<?xf32>, memref<?xf32>, memref<?xf32>) {
  // CHECK: %[[A:.*]] = memref.alloc
  %a = memref.alloc(%n) : memref<?xf32>
  // CHECK: memref.copy %{{.*}}, %[[X:.*]] :
  // CHECK: memref.copy %[[A]], %[[B:.*]] :
  // CHECK: return %[[X]], %[[A]], %[[B]]
  return %x, %a, %a : memref<?xf32>, memref<?xf32>, memref<?xf32>
}

// A cast may call a slice contiguous that is not.
// CHECK-LABEL: @copies_slices_that_a_cast_hides
func.func @copies_slices_that_a_cast_hides(%n: index) -> memref<?x?xf32> {
  // CHECK: %[[A:.*]] = memref.alloc
  %a = memref.alloc(%n, %n) : memref<?x?xf32>
  // CHECK: %[[PART:.*]] = memref.subview
  %part = memref.subview %a[0, 0] [%n, 2] [1, 1] : memref<?x?xf32> to memref<?x2xf32, strided<[?, 1]>>
  %cast = memref.cast %part : memref<?x2xf32, strided<[?, 1]>> to memref<?x?xf32>
  // CHECK: memref.copy %[[PART]]
  // CHECK: memref.dealloc %[[A]]
  return %cast : memref<?x?xf32>
}

// CHECK-LABEL: @returns_states_in_place
// CHECK-SAME: %[[STATE:[a-z0-9]+]]: memref<4xf32>
func.func @returns_states_in_place(%x: memref<?xf32>, %state: memref<4xf32> {retort.state = 0 : i64}) -> memref<4xf32> {
  // CHECK: %[[A:.*]] = memref.alloc
  %a = memref.alloc() : memref<4xf32>
  // CHECK: memref.copy %[[A]], %[[STATE]]
  // CHECK: memref.dealloc %[[A]]
  // CHECK: return %[[STATE]]
  return %a : memref<4xf32>
}

// Each round of the loop frees what it took over.
// CHECK-LABEL: @loops_own_what_they_carry
func.func @loops_own_what_they_carry(%n: index) -> memref<?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = memref.alloc(%n) : memref<?xf32>
  // CHECK: scf.for {{.*}} iter_args(%[[OLD:.*]] = %{{.*}})
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%old = %a) -> (memref<?xf32>) {
    // CHECK: %[[NEW:.*]] = memref.alloc
    %new = memref.alloc(%n) : memref<?xf32>
    // CHECK: memref.copy
    memref.copy %old, %new : memref<?xf32> to memref<?xf32>
    // CHECK-NEXT: memref.dealloc %[[OLD]]
    // CHECK-NEXT: scf.yield %[[NEW]]
    scf.yield %new : memref<?xf32>
  }
  // CHECK-NOT: dealloc
  return %r : memref<?xf32>
}

// CHECK-LABEL: @branches_yield_what_they_own
func.func @branches_yield_what_they_own(%c: i1, %x: memref<?xf32>, %n: index) -> memref<?xf32> {
  %r = scf.if %c -> (memref<?xf32>) {
    // CHECK: memref.copy %{{.*}}, %[[COPY:.*]] :
    // CHECK: scf.yield %[[COPY]]
    scf.yield %x : memref<?xf32>
  } else {
    %a = memref.alloc(%n) : memref<?xf32>
    scf.yield %a : memref<?xf32>
  }
  // CHECK-NOT: dealloc
  return %r : memref<?xf32>
}
