// RUN: retort-opt %s --codegen-tile-products=target-cpu=x86-64-v3 --split-input-file | FileCheck %s

#a = affine_map<(i, k, j) -> (i, k)>
#b = affine_map<(i, k, j) -> (k, j)>
#c = affine_map<(i, k, j) -> (i, j)>

// CHECK-LABEL: func.func private @kernel_0(
// CHECK: %[[ROWS:.*]] = memref.dim %arg2
// CHECK: %[[MANY:.*]] = arith.cmpi uge, %[[ROWS]], %c4
// CHECK: scf.if %[[MANY]] {
// CHECK-NEXT: call @kernel_0_tiled(
// CHECK: } else {
// CHECK-NEXT: call @kernel_0_plain(
// CHECK-LABEL: func.func private @kernel_0_tiled(
// CHECK-SAME: retort.kernel = "t"
// CHECK: memref.alloc(%{{.*}}) {alignment = 64 : i64} : memref<?x16xf32>
// CHECK-COUNT-12: arith.addf {{.*}} fastmath<contract> : vector<8xf32>
// CHECK: vector.store
// CHECK: vector.maskedload
// CHECK-COUNT-12: arith.addf {{.*}} fastmath<contract> : vector<8xf32>
// CHECK: vector.maskedstore
// CHECK: memref.dealloc
// CHECK-LABEL: func.func private @kernel_0_plain(
// CHECK: linalg.generic
func.func private @kernel_0(%x: memref<?x?xf32>, %y: memref<?x?xf32>, %z: memref<?x?xf32>) attributes {retort.kernel = "prp"} {
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%x, %y : memref<?x?xf32>, memref<?x?xf32>) outs(%z : memref<?x?xf32>) {
  ^bb0(%p: f32, %q: f32, %r: f32):
    %0 = arith.mulf %p, %q : f32
    %1 = arith.addf %0, %r : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#a = affine_map<(g, r, i, j, k) -> (g, r, i, k)>
#b = affine_map<(g, r, i, j, k) -> (g, j, k)>
#c = affine_map<(g, r, i, j, k) -> (g, r, i, j)>

// Both operands run along the sum: blocks of the second are turned. A panel serves all of r.
// CHECK-LABEL: func.func private @kernel_1_tiled(
// CHECK-SAME: retort.kernel = "pt"
// CHECK: scf.for %[[G:.*]] = %c0
// CHECK: memref.alloc({{.*}} : memref<?x16xf32>
// CHECK-COUNT-8: vector.load %arg1[%[[G]], {{.*}} vector<8xf32>
// CHECK: vector.shuffle %{{.*}}, %{{.*}} [0, 8, 1, 9, 2, 10, 3, 11]
// CHECK: vector.shuffle %{{.*}}, %{{.*}} [4, 12, 5, 13, 6, 14, 7, 15]
// CHECK: scf.for %[[R:.*]] = %c0
// CHECK: memref.load %arg0[%[[G]], %[[R]],
// CHECK-COUNT-12: arith.addf {{.*}} fastmath<contract> : vector<8xf32>
// CHECK: memref.dealloc
func.func private @kernel_1(%x: memref<2x4x?x64xf32>, %y: memref<2x?x64xf32>, %z: memref<2x4x?x?xf32>) attributes {retort.kernel = "ppppr"} {
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %y : memref<2x4x?x64xf32>, memref<2x?x64xf32>) outs(%z : memref<2x4x?x?xf32>) {
  ^bb0(%p: f32, %q: f32, %r: f32):
    %0 = arith.mulf %p, %q : f32
    %1 = arith.addf %0, %r : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#a = affine_map<(i, k, j) -> (i, k)>
#b = affine_map<(i, k, j) -> (k, j)>
#c = affine_map<(i, k, j) -> (i, j)>

// CHECK-LABEL: @integers_stay
// CHECK-NOT: call
// CHECK: linalg.generic
func.func private @integers_stay(%x: memref<?x?xi32>, %y: memref<?x?xi32>, %z: memref<?x?xi32>) attributes {retort.kernel = "prp"} {
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%x, %y : memref<?x?xi32>, memref<?x?xi32>) outs(%z : memref<?x?xi32>) {
  ^bb0(%p: i32, %q: i32, %r: i32):
    %0 = arith.muli %p, %q : i32
    %1 = arith.addi %0, %r : i32
    linalg.yield %1 : i32
  }
  return
}

// -----

// Of rows that are known to be few, or none, the plain loops stay.
#a = affine_map<(i, k, j) -> (i, k)>
#b = affine_map<(i, k, j) -> (k, j)>
#c = affine_map<(i, k, j) -> (i, j)>

// CHECK-LABEL: func.func private @kernel_none(
// CHECK-NOT: call
// CHECK: linalg.generic
func.func private @kernel_none(%a: memref<0x2xf32>, %b: memref<2x8xf32>, %c: memref<0x8xf32>) attributes {retort.kernel = "prp"} {
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "reduction", "parallel"]} ins(%a, %b : memref<0x2xf32>, memref<2x8xf32>) outs(%c : memref<0x8xf32>) {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %z, %p : f32
    linalg.yield %s : f32
  }
  return
}
