// RUN: retort-opt %s --codegen-wrap-entry-points | FileCheck %s

// Public functions take one array of pointers: to descriptors of arguments, then of results that are no states.
// CHECK-LABEL: func.func @retort_step(%arg0: !llvm.ptr)
func.func @step(%x: memref<?xf32>, %state: memref<4xf32> {retort.state = 0 : i64}) -> (memref<?xf32>, memref<4xf32>) {
  // CHECK: %[[P0:.*]] = llvm.load
  // CHECK: %[[D0:.*]] = llvm.load %[[P0]] : !llvm.ptr -> !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>
  // CHECK: builtin.unrealized_conversion_cast %[[D0]] : {{.*}} to memref<?xf32>
  // CHECK: llvm.getelementptr %arg0[1]
  // CHECK: builtin.unrealized_conversion_cast {{.*}} to memref<4xf32>
  // CHECK: llvm.getelementptr %arg0[2]
  // CHECK: llvm.store
  // CHECK-NOT: llvm.store
  // CHECK: return
  return %x, %state : memref<?xf32>, memref<4xf32>
}

// CHECK-LABEL: func.func private @kernel(
func.func private @kernel(%x: memref<?xf32>) {
  return
}
