// RUN: retort-opt %s --codegen-expand-reshapes | FileCheck %s

// CHECK-LABEL: @two_unknown_sizes
// CHECK-SAME: %[[A:.*]]: memref<?xf32>, %[[M:.*]]: index, %[[N:.*]]: index
func.func @two_unknown_sizes(%a: memref<?xf32>, %m: index, %n: index) -> memref<?x3x?xf32> {
  // CHECK: %[[ROW:.*]] = arith.muli %[[N]], %c3
  // CHECK: memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [%[[M]], 3, %[[N]]], strides: [%[[ROW]], %[[N]], 1]
  %0 = memref.expand_shape %a [[0, 1, 2]] output_shape [%m, 3, %n] : memref<?xf32> into memref<?x3x?xf32>
  return %0 : memref<?x3x?xf32>
}
