// RUN: retort-opt %s --codegen-roll-layers | FileCheck %s

// Three layers: each reads weights of its own, and what the layer before has made. The dealloc of a mask that all read
// moves behind the loop.
// CHECK: memref.global "private" constant @rounds : memref<3x2xi32> = dense<{{\[}}[1, 2], [3, 4], [5, 6]]>

// CHECK-LABEL: @hands_on_what_the_next_layer_reads(
// CHECK-SAME: %[[ARGS:.*]]: !llvm.ptr)
// CHECK: %[[NUMBERS:.*]] = memref.get_global @rounds :
// CHECK: %[[MASK:.*]] = memref.alloc() : memref<4xi1>
// CHECK: %[[X:.*]] = memref.alloc() : memref<4xf32>
// CHECK: %[[LAST:.*]] = scf.for %[[I:.*]] = %{{.*}} to %{{.*}} step %{{.*}} iter_args(%[[BEFORE:.*]] = %[[X]]) -> (memref<4xf32>)
// CHECK: %[[FIRST:.*]] = memref.load %[[NUMBERS]][%[[I]], %{{.*}}]
// CHECK: %[[PLACE:.*]] = arith.index_cast %{{.*}} : index to i64
// CHECK: llvm.getelementptr %[[ARGS]][%[[PLACE]]]
// CHECK: %[[W:.*]] = builtin.unrealized_conversion_cast %{{.*}} to memref<4x4xf32>
// CHECK: %[[Y:.*]] = memref.alloc() {alignment = 64 : i64} : memref<4xf32>
// CHECK: call @product(%[[BEFORE]], %[[W]], %[[Y]])
// CHECK: memref.dealloc %[[BEFORE]]
// CHECK: call @masked(%[[Y]], %[[MASK]], %{{.*}}, %[[Z:.*]]) :
// CHECK: scf.yield %[[Z]]
// CHECK-NOT: call
// CHECK: memref.dealloc %[[MASK]]
// CHECK: call @result(%[[LAST]])
func.func @hands_on_what_the_next_layer_reads(%args: !llvm.ptr) {
  %p1 = llvm.getelementptr %args[1] : (!llvm.ptr) -> !llvm.ptr, !llvm.ptr
  %q1 = llvm.load %p1 : !llvm.ptr -> !llvm.ptr
  %d1 = llvm.load %q1 : !llvm.ptr -> !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>
  %w1 = builtin.unrealized_conversion_cast %d1 : !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)> to memref<4x4xf32>
  %p2 = llvm.getelementptr %args[2] : (!llvm.ptr) -> !llvm.ptr, !llvm.ptr
  %q2 = llvm.load %p2 : !llvm.ptr -> !llvm.ptr
  %d2 = llvm.load %q2 : !llvm.ptr -> !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>
  %w2 = builtin.unrealized_conversion_cast %d2 : !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)> to memref<4xf32>
  %p3 = llvm.getelementptr %args[3] : (!llvm.ptr) -> !llvm.ptr, !llvm.ptr
  %q3 = llvm.load %p3 : !llvm.ptr -> !llvm.ptr
  %d3 = llvm.load %q3 : !llvm.ptr -> !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>
  %w3 = builtin.unrealized_conversion_cast %d3 : !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)> to memref<4x4xf32>
  %p4 = llvm.getelementptr %args[4] : (!llvm.ptr) -> !llvm.ptr, !llvm.ptr
  %q4 = llvm.load %p4 : !llvm.ptr -> !llvm.ptr
  %d4 = llvm.load %q4 : !llvm.ptr -> !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>
  %w4 = builtin.unrealized_conversion_cast %d4 : !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)> to memref<4xf32>
  %p5 = llvm.getelementptr %args[5] : (!llvm.ptr) -> !llvm.ptr, !llvm.ptr
  %q5 = llvm.load %p5 : !llvm.ptr -> !llvm.ptr
  %d5 = llvm.load %q5 : !llvm.ptr -> !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>
  %w5 = builtin.unrealized_conversion_cast %d5 : !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)> to memref<4x4xf32>
  %p6 = llvm.getelementptr %args[6] : (!llvm.ptr) -> !llvm.ptr, !llvm.ptr
  %q6 = llvm.load %p6 : !llvm.ptr -> !llvm.ptr
  %d6 = llvm.load %q6 : !llvm.ptr -> !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>
  %w6 = builtin.unrealized_conversion_cast %d6 : !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)> to memref<4xf32>
  %mask = memref.alloc() : memref<4xi1>
  %x = memref.alloc() : memref<4xf32>
  %y0 = memref.alloc() {alignment = 64 : i64} : memref<4xf32>
  call @product(%x, %w1, %y0) : (memref<4xf32>, memref<4x4xf32>, memref<4xf32>) -> ()
  memref.dealloc %x : memref<4xf32>
  call @more(%y0) : (memref<4xf32>) -> ()
  call @less(%y0) : (memref<4xf32>) -> ()
  call @more(%y0) : (memref<4xf32>) -> ()
  call @less(%y0) : (memref<4xf32>) -> ()
  call @more(%y0) : (memref<4xf32>) -> ()
  call @less(%y0) : (memref<4xf32>) -> ()
  call @more(%y0) : (memref<4xf32>) -> ()
  call @less(%y0) : (memref<4xf32>) -> ()
  %z0 = memref.alloc() {alignment = 64 : i64} : memref<4xf32>
  call @masked(%y0, %mask, %w2, %z0) : (memref<4xf32>, memref<4xi1>, memref<4xf32>, memref<4xf32>) -> ()
  memref.dealloc %y0 : memref<4xf32>
  %y1 = memref.alloc() {alignment = 64 : i64} : memref<4xf32>
  call @product(%z0, %w3, %y1) : (memref<4xf32>, memref<4x4xf32>, memref<4xf32>) -> ()
  memref.dealloc %z0 : memref<4xf32>
  call @more(%y1) : (memref<4xf32>) -> ()
  call @less(%y1) : (memref<4xf32>) -> ()
  call @more(%y1) : (memref<4xf32>) -> ()
  call @less(%y1) : (memref<4xf32>) -> ()
  call @more(%y1) : (memref<4xf32>) -> ()
  call @less(%y1) : (memref<4xf32>) -> ()
  call @more(%y1) : (memref<4xf32>) -> ()
  call @less(%y1) : (memref<4xf32>) -> ()
  %z1 = memref.alloc() {alignment = 64 : i64} : memref<4xf32>
  call @masked(%y1, %mask, %w4, %z1) : (memref<4xf32>, memref<4xi1>, memref<4xf32>, memref<4xf32>) -> ()
  memref.dealloc %y1 : memref<4xf32>
  %y2 = memref.alloc() {alignment = 64 : i64} : memref<4xf32>
  call @product(%z1, %w5, %y2) : (memref<4xf32>, memref<4x4xf32>, memref<4xf32>) -> ()
  memref.dealloc %z1 : memref<4xf32>
  call @more(%y2) : (memref<4xf32>) -> ()
  call @less(%y2) : (memref<4xf32>) -> ()
  call @more(%y2) : (memref<4xf32>) -> ()
  call @less(%y2) : (memref<4xf32>) -> ()
  call @more(%y2) : (memref<4xf32>) -> ()
  call @less(%y2) : (memref<4xf32>) -> ()
  call @more(%y2) : (memref<4xf32>) -> ()
  call @less(%y2) : (memref<4xf32>) -> ()
  %z2 = memref.alloc() {alignment = 64 : i64} : memref<4xf32>
  call @masked(%y2, %mask, %w6, %z2) : (memref<4xf32>, memref<4xi1>, memref<4xf32>, memref<4xf32>) -> ()
  memref.dealloc %y2 : memref<4xf32>
  memref.dealloc %mask : memref<4xi1>
  call @result(%z2) : (memref<4xf32>) -> ()
  memref.dealloc %z2 : memref<4xf32>
  return
}

// What is read behind the loop of each layer lies on the stack; numbers that differ stand in the table; names of nodes keep what
// they have in common.
// CHECK-LABEL: @keeps_what_is_read_behind(
// CHECK: %[[KEPT:.*]] = llvm.alloca %{{.*}} x !llvm.struct<
// CHECK: scf.for %[[I:.*]] =
// CHECK: memref.load %{{.*}}[%[[I]], %{{.*}}]
// CHECK: cf.assert %{{.*}}, "node 'layers.*.gather' (Gather): index out of range"
// CHECK: scf.if
// CHECK: cf.assert %{{.*}}, "node 'layers.*.loop' (Loop): too long"
// CHECK: %[[SLOT:.*]] = llvm.getelementptr %[[KEPT]]
// CHECK: llvm.store %{{.*}}, %[[SLOT]]
// CHECK: }
// CHECK-COUNT-3: call @result(
func.func @keeps_what_is_read_behind(%args: !llvm.ptr, %ok: i1) {
  %n0 = arith.constant 5 : index
  %y0 = memref.alloc() : memref<4xf32>
  cf.assert %ok, "node 'layers.9.gather' (Gather): index out of range"
  call @scaled(%y0, %n0) : (memref<4xf32>, index) -> ()
  scf.if %ok {
    cf.assert %ok, "node 'layers.9.loop' (Loop): too long"
  }
  call @more(%y0) : (memref<4xf32>) -> ()
  call @less(%y0) : (memref<4xf32>) -> ()
  call @more(%y0) : (memref<4xf32>) -> ()
  call @less(%y0) : (memref<4xf32>) -> ()
  call @more(%y0) : (memref<4xf32>) -> ()
  call @less(%y0) : (memref<4xf32>) -> ()
  call @more(%y0) : (memref<4xf32>) -> ()
  call @less(%y0) : (memref<4xf32>) -> ()
  call @more(%y0) : (memref<4xf32>) -> ()
  call @less(%y0) : (memref<4xf32>) -> ()
  call @more(%y0) : (memref<4xf32>) -> ()
  call @less(%y0) : (memref<4xf32>) -> ()
  %n1 = arith.constant 6 : index
  %y1 = memref.alloc() : memref<4xf32>
  cf.assert %ok, "node 'layers.10.gather' (Gather): index out of range"
  call @scaled(%y1, %n1) : (memref<4xf32>, index) -> ()
  scf.if %ok {
    cf.assert %ok, "node 'layers.10.loop' (Loop): too long"
  }
  call @more(%y1) : (memref<4xf32>) -> ()
  call @less(%y1) : (memref<4xf32>) -> ()
  call @more(%y1) : (memref<4xf32>) -> ()
  call @less(%y1) : (memref<4xf32>) -> ()
  call @more(%y1) : (memref<4xf32>) -> ()
  call @less(%y1) : (memref<4xf32>) -> ()
  call @more(%y1) : (memref<4xf32>) -> ()
  call @less(%y1) : (memref<4xf32>) -> ()
  call @more(%y1) : (memref<4xf32>) -> ()
  call @less(%y1) : (memref<4xf32>) -> ()
  call @more(%y1) : (memref<4xf32>) -> ()
  call @less(%y1) : (memref<4xf32>) -> ()
  %n2 = arith.constant 7 : index
  %y2 = memref.alloc() : memref<4xf32>
  cf.assert %ok, "node 'layers.11.gather' (Gather): index out of range"
  call @scaled(%y2, %n2) : (memref<4xf32>, index) -> ()
  scf.if %ok {
    cf.assert %ok, "node 'layers.11.loop' (Loop): too long"
  }
  call @more(%y2) : (memref<4xf32>) -> ()
  call @less(%y2) : (memref<4xf32>) -> ()
  call @more(%y2) : (memref<4xf32>) -> ()
  call @less(%y2) : (memref<4xf32>) -> ()
  call @more(%y2) : (memref<4xf32>) -> ()
  call @less(%y2) : (memref<4xf32>) -> ()
  call @more(%y2) : (memref<4xf32>) -> ()
  call @less(%y2) : (memref<4xf32>) -> ()
  call @more(%y2) : (memref<4xf32>) -> ()
  call @less(%y2) : (memref<4xf32>) -> ()
  call @more(%y2) : (memref<4xf32>) -> ()
  call @less(%y2) : (memref<4xf32>) -> ()
  call @result(%y0) : (memref<4xf32>) -> ()
  call @result(%y1) : (memref<4xf32>) -> ()
  call @result(%y2) : (memref<4xf32>) -> ()
  return
}

// Few operations are no layers.
// CHECK-LABEL: @leaves_what_is_short
// CHECK-NOT: scf.for
func.func @leaves_what_is_short(%x: memref<4xf32>) {
  call @more(%x) : (memref<4xf32>) -> ()
  call @less(%x) : (memref<4xf32>) -> ()
  call @more(%x) : (memref<4xf32>) -> ()
  call @less(%x) : (memref<4xf32>) -> ()
  return
}

// The last layer reads what the first has made: it stays behind the loop of the others.
// CHECK-LABEL: @leaves_a_layer_that_reads_older_ones(
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[THREE:.*]] step
// CHECK-COUNT-6: call @sum(
// CHECK: }
// CHECK-COUNT-6: call @sum(
// CHECK: call @result(
func.func @leaves_a_layer_that_reads_older_ones(%a: memref<4xf32>, %b: memref<4xf32>, %c: memref<4xf32>) {
  %r0 = memref.alloc() : memref<4xf32>
  call @sum(%a, %r0) : (memref<4xf32>, memref<4xf32>) -> ()
  call @less(%r0) : (memref<4xf32>) -> ()
  call @sum(%a, %r0) : (memref<4xf32>, memref<4xf32>) -> ()
  call @less(%r0) : (memref<4xf32>) -> ()
  call @sum(%a, %r0) : (memref<4xf32>, memref<4xf32>) -> ()
  call @less(%r0) : (memref<4xf32>) -> ()
  call @sum(%a, %r0) : (memref<4xf32>, memref<4xf32>) -> ()
  call @less(%r0) : (memref<4xf32>) -> ()
  call @sum(%a, %r0) : (memref<4xf32>, memref<4xf32>) -> ()
  call @less(%r0) : (memref<4xf32>) -> ()
  call @sum(%a, %r0) : (memref<4xf32>, memref<4xf32>) -> ()
  call @less(%r0) : (memref<4xf32>) -> ()
  %r1 = memref.alloc() : memref<4xf32>
  call @sum(%b, %r1) : (memref<4xf32>, memref<4xf32>) -> ()
  call @less(%r1) : (memref<4xf32>) -> ()
  call @sum(%b, %r1) : (memref<4xf32>, memref<4xf32>) -> ()
  call @less(%r1) : (memref<4xf32>) -> ()
  call @sum(%b, %r1) : (memref<4xf32>, memref<4xf32>) -> ()
  call @less(%r1) : (memref<4xf32>) -> ()
  call @sum(%b, %r1) : (memref<4xf32>, memref<4xf32>) -> ()
  call @less(%r1) : (memref<4xf32>) -> ()
  call @sum(%b, %r1) : (memref<4xf32>, memref<4xf32>) -> ()
  call @less(%r1) : (memref<4xf32>) -> ()
  call @sum(%b, %r1) : (memref<4xf32>, memref<4xf32>) -> ()
  call @less(%r1) : (memref<4xf32>) -> ()
  %r2 = memref.alloc() : memref<4xf32>
  call @sum(%c, %r2) : (memref<4xf32>, memref<4xf32>) -> ()
  call @less(%r2) : (memref<4xf32>) -> ()
  call @sum(%c, %r2) : (memref<4xf32>, memref<4xf32>) -> ()
  call @less(%r2) : (memref<4xf32>) -> ()
  call @sum(%c, %r2) : (memref<4xf32>, memref<4xf32>) -> ()
  call @less(%r2) : (memref<4xf32>) -> ()
  call @sum(%c, %r2) : (memref<4xf32>, memref<4xf32>) -> ()
  call @less(%r2) : (memref<4xf32>) -> ()
  call @sum(%c, %r2) : (memref<4xf32>, memref<4xf32>) -> ()
  call @less(%r2) : (memref<4xf32>) -> ()
  call @sum(%c, %r2) : (memref<4xf32>, memref<4xf32>) -> ()
  call @less(%r2) : (memref<4xf32>) -> ()
  %r3 = memref.alloc() : memref<4xf32>
  call @sum(%r0, %r3) : (memref<4xf32>, memref<4xf32>) -> ()
  call @less(%r3) : (memref<4xf32>) -> ()
  call @sum(%r0, %r3) : (memref<4xf32>, memref<4xf32>) -> ()
  call @less(%r3) : (memref<4xf32>) -> ()
  call @sum(%r0, %r3) : (memref<4xf32>, memref<4xf32>) -> ()
  call @less(%r3) : (memref<4xf32>) -> ()
  call @sum(%r0, %r3) : (memref<4xf32>, memref<4xf32>) -> ()
  call @less(%r3) : (memref<4xf32>) -> ()
  call @sum(%r0, %r3) : (memref<4xf32>, memref<4xf32>) -> ()
  call @less(%r3) : (memref<4xf32>) -> ()
  call @sum(%r0, %r3) : (memref<4xf32>, memref<4xf32>) -> ()
  call @less(%r3) : (memref<4xf32>) -> ()
  call @result(%r3) : (memref<4xf32>) -> ()
  return
}

func.func private @product(memref<4xf32>, memref<4x4xf32>, memref<4xf32>)
func.func private @masked(memref<4xf32>, memref<4xi1>, memref<4xf32>, memref<4xf32>)
func.func private @scaled(memref<4xf32>, index)
func.func private @sum(memref<4xf32>, memref<4xf32>)
func.func private @more(memref<4xf32>)
func.func private @less(memref<4xf32>)
func.func private @result(memref<4xf32>)
