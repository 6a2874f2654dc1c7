// RUN: retort-opt %s --codegen-lower-to-llvm | FileCheck %s

// CHECK-DAG: llvm.mlir.global internal constant @[[$MESSAGE:retort_message_.*]]("node 'x': too long\00")
// CHECK-DAG: llvm.mlir.global internal constant @[[$MEMORY:retort_message_.*]]("node 'x' (Add): not enough memory\00")
// CHECK-DAG: llvm.func @retort_fail(!llvm.ptr)

// CHECK-LABEL: llvm.func @asserts_call_the_runtime
func.func @asserts_call_the_runtime(%ok: i1) {
  // CHECK: llvm.cond_br %{{.*}}, ^[[REST:.*]], ^[[FAIL:.*]]
  // CHECK: ^[[REST]]:
  // CHECK: llvm.return
  // CHECK: ^[[FAIL]]:
  // CHECK: %[[TEXT:.*]] = llvm.mlir.addressof @[[$MESSAGE]]
  // CHECK: llvm.call @retort_fail(%[[TEXT]])
  // CHECK: llvm.unreachable
  cf.assert %ok, "node 'x': too long"
  return
}

// Allocated and aligned pointer of the second buffer.
// CHECK-LABEL: llvm.func internal @kernel_0
// CHECK-SAME: (%arg0: !llvm.ptr, %arg1: !llvm.ptr, %arg2: i64, %arg3: i64, %arg4: i64, %arg5: !llvm.ptr {llvm.noalias}, %arg6: !llvm.ptr {llvm.noalias},
// CHECK-SAME: no_inline
// CHECK-SAME: passthrough = ["stackrealign"]
func.func private @kernel_0(%a: memref<?xf32>, %b: memref<?xf32> {retort.noalias}) attributes {retort.kernel} {
  return
}

// Bytes are counted without overflow; where malloc has none the model stops, with the name of the node.
// CHECK-LABEL: llvm.func @allocates
// CHECK-SAME: (%[[N:.*]]: i64, %[[M:.*]]: i64)
// CHECK: llvm.intr.umax(%[[N]]
// CHECK: llvm.intr.umul.with.overflow
// CHECK: llvm.intr.umax(%[[M]]
// CHECK: llvm.intr.umul.with.overflow
// CHECK: %[[BYTES:.*]] = llvm.select
// CHECK: %[[TEXT:.*]] = llvm.mlir.addressof @[[$MEMORY]]
// CHECK: %[[PADDED:.*]] = llvm.add %[[BYTES]], %{{.*}}
// CHECK: llvm.call @retort_allocate(%[[PADDED]], %[[TEXT]])
func.func @allocates(%n: index, %m: index) -> memref<?x?xf32> {
  %0 = memref.alloc(%n, %m) {alignment = 64 : i64} : memref<?x?xf32> loc("node 'x' (Add)")
  return %0 : memref<?x?xf32>
}

// CHECK-LABEL: llvm.func @allocates_what_is_known
// CHECK-NOT: umul
// CHECK: llvm.call @retort_allocate
func.func @allocates_what_is_known() -> memref<2x3xf32> {
  %0 = memref.alloc() {alignment = 64 : i64} : memref<2x3xf32>
  return %0 : memref<2x3xf32>
}

// CHECK-LABEL: llvm.func @marks_of_work_go
// CHECK-NOT: retort.work
func.func @marks_of_work_go(%rows: index {retort.work}) {
  return
}

// CHECK-LABEL: llvm.func internal @retort_allocate
// CHECK-SAME: (%[[SIZE:.*]]: i64, %[[WHO:.*]]: !llvm.ptr) -> (!llvm.ptr {llvm.noalias})
// CHECK: llvm.call @malloc(%[[SIZE]])
// CHECK: llvm.cond_br
// CHECK: llvm.call @retort_fail(%[[WHO]])
