// RUN: retort-opt %s --codegen-sink-into-loops --split-input-file | FileCheck %s

#id = affine_map<(t, c) -> (t, c)>
#column = affine_map<(t, c) -> (c)>

// Each round computes its own row, in the place of the state.
// CHECK-LABEL: @sinks
// CHECK-NOT: linalg.generic
// CHECK: scf.for %[[T:.*]] = %{{.*}} iter_args(%[[STATE:.*]] =
// CHECK: %[[ROW:.*]] = tensor.extract_slice %arg0[%[[T]], 0] [1, 8] [1, 1]
// CHECK: %[[SCALE:.*]] = tensor.extract_slice %arg1[0] [8] [1]
// CHECK: %[[EXP:.*]] = linalg.generic {{.*}} ins(%[[ROW]], %[[SCALE]] : tensor<1x8xf32>, tensor<8xf32>)
// CHECK: %[[I:.*]] = linalg.index 0
// CHECK: arith.addi %[[I]], %[[T]]
// CHECK: math.exp
// CHECK: linalg.generic {{.*}} ins(%[[STATE]], %[[EXP]] : {{.*}}) outs(%[[STATE]] :
func.func @sinks(%x: tensor<?x8xf32>, %scale: tensor<8xf32>, %start: tensor<1x8xf32>, %count: index) -> tensor<1x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %all = tensor.empty(%count) : tensor<?x8xf32>
  %e = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %scale : tensor<?x8xf32>, tensor<8xf32>) outs(%all : tensor<?x8xf32>) {
  ^bb0(%p: f32, %s: f32, %q: f32):
    %i = linalg.index 0 : index
    %j = arith.index_cast %i : index to i64
    %k = arith.sitofp %j : i64 to f32
    %0 = arith.mulf %p, %s : f32
    %1 = arith.addf %0, %k : f32
    %2 = math.exp %1 : f32
    linalg.yield %2 : f32
  } -> tensor<?x8xf32>
  %end = scf.for %t = %c0 to %count step %c1 iter_args(%state = %start) -> (tensor<1x8xf32>) {
    %row = tensor.extract_slice %e[%t, 0] [1, 8] [1, 1] : tensor<?x8xf32> to tensor<1x8xf32>
    %init = tensor.empty() : tensor<1x8xf32>
    %next = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
        ins(%state, %row : tensor<1x8xf32>, tensor<1x8xf32>) outs(%init : tensor<1x8xf32>) {
    ^bb0(%p: f32, %r: f32, %q: f32):
      %0 = arith.mulf %p, %r : f32
      linalg.yield %0 : f32
    } -> tensor<1x8xf32>
    scf.yield %next : tensor<1x8xf32>
  }
  return %end : tensor<1x8xf32>
}

// -----

#id = affine_map<(t, c) -> (t, c)>

// Rows that overlap from round to round would be computed again.
// CHECK-LABEL: @overlaps
// CHECK: math.exp
// CHECK: scf.for
func.func @overlaps(%x: tensor<?x8xf32>, %start: tensor<2x8xf32>, %count: index) -> tensor<2x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %all = tensor.empty(%count) : tensor<?x8xf32>
  %e = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x8xf32>) outs(%all : tensor<?x8xf32>) {
  ^bb0(%p: f32, %q: f32):
    %0 = math.exp %p : f32
    linalg.yield %0 : f32
  } -> tensor<?x8xf32>
  %end = scf.for %t = %c0 to %count step %c1 iter_args(%state = %start) -> (tensor<2x8xf32>) {
    %rows = tensor.extract_slice %e[%t, 0] [2, 8] [1, 1] : tensor<?x8xf32> to tensor<2x8xf32>
    scf.yield %rows : tensor<2x8xf32>
  }
  return %end : tensor<2x8xf32>
}

// -----

#id = affine_map<(t, c) -> (t, c)>

// What is read elsewhere as well stays before the loop.
// CHECK-LABEL: @read_twice
// CHECK: math.exp
// CHECK: scf.for
func.func @read_twice(%x: tensor<?x8xf32>, %start: tensor<1x8xf32>, %count: index) -> (tensor<1x8xf32>, tensor<?x8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %all = tensor.empty(%count) : tensor<?x8xf32>
  %e = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x8xf32>) outs(%all : tensor<?x8xf32>) {
  ^bb0(%p: f32, %q: f32):
    %0 = math.exp %p : f32
    linalg.yield %0 : f32
  } -> tensor<?x8xf32>
  %end = scf.for %t = %c0 to %count step %c1 iter_args(%state = %start) -> (tensor<1x8xf32>) {
    %row = tensor.extract_slice %e[%t, 0] [1, 8] [1, 1] : tensor<?x8xf32> to tensor<1x8xf32>
    scf.yield %row : tensor<1x8xf32>
  }
  return %end, %e : tensor<1x8xf32>, tensor<?x8xf32>
}
