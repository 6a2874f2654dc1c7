// RUN: retort-opt %s --codegen-lower-to-llvm | FileCheck %s

// CHECK: llvm.mlir.global internal constant @[[$MESSAGE:retort_message_.*]]("node 'x': too long\00")
// CHECK: llvm.func @retort_fail(!llvm.ptr)

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
