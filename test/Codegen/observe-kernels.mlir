// RUN: retort-opt %s --codegen-observe-kernels | FileCheck %s

// The table names each call by its kernel and its node.
// CHECK-DAG: llvm.mlir.global external constant @retort_calls("[{\22kernel\22:\22sum_0\22,\22node\22:\22node 'add' (Add)\22},{\22kernel\22:\22map_1\22,\22node\22:\22\22}]\00")
// CHECK-DAG: llvm.mlir.global external protected @retort_observer() {{.*}}: !llvm.ptr {

// Three operations for each of 4 x n elements; the bytes are those of both buffers.
// CHECK-LABEL: func.func @tells_operations_and_bytes(
// CHECK-SAME: %[[X:.*]]: memref<4x?xf32>, %[[Y:.*]]: memref<4x?xf64>)
// CHECK: %[[PLACE:.*]] = llvm.mlir.addressof @retort_observer
// CHECK: %[[OBSERVER:.*]] = llvm.load %[[PLACE]]
// CHECK: %[[WATCHED:.*]] = llvm.icmp "ne" %[[OBSERVER]]
// CHECK: scf.if %[[WATCHED]] {
// CHECK-DAG: %[[FOUR:.*]] = llvm.mlir.constant(4 :
// CHECK-DAG: %[[THREE:.*]] = llvm.mlir.constant(3 :
// CHECK-DAG: %[[CALL:.*]] = llvm.mlir.constant(0 : i64)
// CHECK-DAG: arith.muli %[[THREE]], %{{.*}} : i64
// CHECK: llvm.call %[[OBSERVER]](%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) : !llvm.ptr, (i64, i64, i64, i64) -> ()
// CHECK: }
// CHECK-NEXT: call @sum_0(%[[X]], %[[Y]])
// CHECK-NEXT: scf.if %[[WATCHED]] {
// CHECK: %[[END:.*]] = llvm.mlir.constant(-1 : i64)
// CHECK: llvm.call %[[OBSERVER]](%[[END]],
func.func @tells_operations_and_bytes(%x: memref<4x?xf32>, %y: memref<4x?xf64>) {
  call @sum_0(%x, %y) : (memref<4x?xf32>, memref<4x?xf64>) -> () loc("node 'add' (Add)")
  return
}

// Inside of a loop, the round is told.
// CHECK-LABEL: func.func @tells_the_round(
// CHECK: scf.for %[[I:.*]] = %[[LOW:.*]] to
// CHECK: scf.if
// CHECK: %[[FROM_LOW:.*]] = arith.subi %[[I]], %[[LOW]]
// CHECK: %[[ROUND:.*]] = arith.divui %[[FROM_LOW]]
// CHECK: arith.index_cast %[[ROUND]] : index to i64
// CHECK: call @map_1
func.func @tells_the_round(%x: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  scf.for %i = %c0 to %c5 step %c1 {
    func.call @map_1(%x) : (memref<4xf32>) -> () loc(unknown)
  }
  return
}

// What calls no kernel is left alone.
// CHECK-LABEL: func.func @leaves_other_functions(
// CHECK-NEXT: call @helper
// CHECK-NEXT: return
func.func @leaves_other_functions(%x: memref<4xf32>) {
  call @helper(%x) : (memref<4xf32>) -> ()
  return
}

func.func private @sum_0(%x: memref<4x?xf32>, %y: memref<4x?xf64>) attributes {retort.kernel = "pp", retort.operations = array<i64: 3, 2, 0, 1, -1, 4>} {
  return
}
func.func private @map_1(%x: memref<4xf32>) attributes {retort.kernel = "p"} {
  return
}
func.func private @helper(memref<4xf32>)
