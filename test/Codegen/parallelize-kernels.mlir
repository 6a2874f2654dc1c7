// RUN: retort-opt %s --codegen-parallelize-kernels --split-input-file | FileCheck %s

// The sum over k is never split.
// CHECK-LABEL: func.func private @kernel_0(
// CHECK: %[[ENOUGH:.*]] = arith.cmpi uge, %{{.*}}, %c262144
// CHECK: llvm.alloca
// CHECK: scf.if %[[ENOUGH]] {
// CHECK: func.constant @kernel_0_body
// CHECK: llvm.call @retort_parallel
// CHECK: } else {
// CHECK: call @kernel_0_part(%{{.*}}, %{{.*}}, %{{.*}}, %c0{{.*}}, %{{.*}}, %c0{{.*}}, %{{.*}})
// CHECK-LABEL: func.func private @kernel_0_part(
// CHECK-SAME: %[[I0:[a-z0-9]+]]: index, %[[I1:[a-z0-9]+]]: index, %[[J0:[a-z0-9]+]]: index, %[[J1:[a-z0-9]+]]: index
// CHECK: scf.for %{{.*}} = %[[I0]] to %[[I1]]
// CHECK: scf.for %{{.*}} = %c0 to %c16
// CHECK: scf.for %{{.*}} = %[[J0]] to %[[J1]]
// CHECK-LABEL: func.func private @kernel_0_body(%{{.*}}: !llvm.ptr, %{{.*}}: i64, %{{.*}}: i64)
// CHECK: call @kernel_0_part
func.func private @kernel_0(%a: memref<?x16xf32>, %b: memref<16x?xf32>, %c: memref<?x?xf32> {retort.noalias}) attributes {retort.kernel = "prp"} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %m = memref.dim %a, %c0 : memref<?x16xf32>
  %n = memref.dim %b, %c1 : memref<16x?xf32>
  scf.for %i = %c0 to %m step %c1 {
    scf.for %k = %c0 to %c16 step %c1 {
      scf.for %j = %c0 to %n step %c1 {
        %p = memref.load %a[%i, %k] : memref<?x16xf32>
        %q = memref.load %b[%k, %j] : memref<16x?xf32>
        %r = memref.load %c[%i, %j] : memref<?x?xf32>
        %0 = arith.mulf %p, %q : f32
        %1 = arith.addf %r, %0 : f32
        memref.store %1, %c[%i, %j] : memref<?x?xf32>
      }
    }
  }
  return
}

// -----

// Rounds over tiles are shared one by one, others by multiples of 16.
// CHECK-LABEL: func.func private @tiles_body(
// CHECK-NOT: %c15
// CHECK: call @tiles_part
// CHECK-LABEL: func.func private @elements_body(
// CHECK: arith.addi %{{.*}}, %c15
// CHECK: arith.muli %{{.*}}, %c16
// CHECK: call @elements_part
func.func private @tiles(%a: memref<?xf32>) attributes {retort.kernel = "t"} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = memref.dim %a, %c0 : memref<?xf32>
  scf.for %i = %c0 to %n step %c1 {
    %p = memref.load %a[%i] : memref<?xf32>
    %0 = arith.addf %p, %p : f32
    memref.store %0, %a[%i] : memref<?xf32>
  }
  return
}
func.func private @elements(%a: memref<?xf32>) attributes {retort.kernel = "p"} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = memref.dim %a, %c0 : memref<?xf32>
  scf.for %i = %c0 to %n step %c1 {
    %p = memref.load %a[%i] : memref<?xf32>
    %0 = arith.addf %p, %p : f32
    memref.store %0, %a[%i] : memref<?xf32>
  }
  return
}

// -----

// Where there are rows enough they are shared among threads, and the weight among the parts of one.
// CHECK-LABEL: func.func private @product_body(%{{.*}}: !llvm.ptr, %{{.*}}: i64, %{{.*}}: i64)
// CHECK: %[[PART:.*]] = arith.index_cast %arg1
// CHECK: %[[PARTS:.*]] = arith.index_cast %arg2
// CHECK: %[[OWN_PARTS:.*]] = arith.minui %[[PARTS]], %c4
// CHECK: %[[OWN_PART:.*]] = arith.remui %[[PART]], %[[OWN_PARTS]]
// CHECK: %[[THREAD:.*]] = arith.divui %[[PART]], %[[OWN_PARTS]]
// CHECK: %[[THREADS:.*]] = arith.divui %[[PARTS]], %[[OWN_PARTS]]
// CHECK: %[[TWO:.*]] = arith.muli %[[THREADS]], %c2
// CHECK: %[[MANY:.*]] = arith.cmpi uge, %[[ROWS:.*]], %[[TWO]]
// CHECK: %[[NUMBER:.*]] = arith.select %{{.*}}, %[[OWN_PART]], %[[PART]]
// CHECK: arith.select %{{.*}}, %[[OWN_PARTS]], %[[PARTS]]
// CHECK: arith.muli %[[NUMBER]],
// CHECK: arith.muli %[[THREAD]], %[[ROWS]]
// CHECK: call @product_part
func.func private @product(%w: memref<?xf32>, %x: memref<?xf32>, %y: memref<?x?xf32>, %work: index {retort.work}) attributes {retort.kernel = "wt"} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = memref.dim %w, %c0 : memref<?xf32>
  %m = memref.dim %x, %c0 : memref<?xf32>
  scf.for %i = %c0 to %n step %c1 {
    scf.for %j = %c0 to %m step %c1 {
      %p = memref.load %w[%i] : memref<?xf32>
      %q = memref.load %x[%j] : memref<?xf32>
      %0 = arith.mulf %p, %q : f32
      memref.store %0, %y[%j, %i] : memref<?x?xf32>
    }
  }
  return
}

// -----

// CHECK-LABEL: @too_small
// CHECK-NOT: retort_parallel
func.func private @too_small(%a: memref<16xf32>) attributes {retort.kernel = "p"} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  scf.for %i = %c0 to %c16 step %c1 {
    %p = memref.load %a[%i] : memref<16xf32>
    %0 = arith.addf %p, %p : f32
    memref.store %0, %a[%i] : memref<16xf32>
  }
  return
}

// -----

// CHECK-LABEL: @only_a_sum
// CHECK-NOT: retort_parallel
func.func private @only_a_sum(%a: memref<?xf32>, %b: memref<f32>) attributes {retort.kernel = "r"} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = memref.dim %a, %c0 : memref<?xf32>
  scf.for %i = %c0 to %n step %c1 {
    %p = memref.load %a[%i] : memref<?xf32>
    %q = memref.load %b[] : memref<f32>
    %0 = arith.addf %p, %q : f32
    memref.store %0, %b[] : memref<f32>
  }
  return
}
