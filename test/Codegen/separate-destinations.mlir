// RUN: retort-opt %s --codegen-separate-destinations | FileCheck %s

#rows = affine_map<(i, j) -> (i)>
#all = affine_map<(i, j) -> (i, j)>

// CHECK-LABEL: @fills_each_sum_anew
// CHECK: %[[E1:.*]] = tensor.empty
// CHECK: %[[Z1:.*]] = linalg.fill {{.*}} outs(%[[E1]] :
// CHECK: linalg.generic {{.*}} outs(%[[Z1]] :
// CHECK: %[[E2:.*]] = tensor.empty
// CHECK: %[[Z2:.*]] = linalg.fill {{.*}} outs(%[[E2]] :
// CHECK: linalg.generic {{.*}} outs(%[[Z2]] :
func.func @fills_each_sum_anew(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %a = linalg.generic {indexing_maps = [#all, #rows], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<2x3xf32>) outs(%z : tensor<2xf32>) {
  ^bb0(%p: f32, %q: f32):
    %0 = arith.addf %p, %q : f32
    linalg.yield %0 : f32
  } -> tensor<2xf32>
  %b = linalg.generic {indexing_maps = [#all, #rows], iterator_types = ["parallel", "reduction"]} ins(%y : tensor<2x3xf32>) outs(%z : tensor<2xf32>) {
  ^bb0(%p: f32, %q: f32):
    %0 = arith.addf %p, %q : f32
    linalg.yield %0 : f32
  } -> tensor<2xf32>
  return %a, %b : tensor<2xf32>, tensor<2xf32>
}

// What is read as numbers is made once; a loop writes into what it is given.
// CHECK-LABEL: @keeps_what_is_read
// CHECK: %[[E:.*]] = tensor.empty
// CHECK: %[[Z:.*]] = linalg.fill {{.*}} outs(%[[E]] :
// CHECK: %[[OWN:.*]] = linalg.fill
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %[[OWN]])
// CHECK: return %{{.*}}, %[[Z]]
func.func @keeps_what_is_read(%n: index) -> (tensor<2xf32>, tensor<2xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%t = %z) -> (tensor<2xf32>) {
    %s = tensor.insert %zero into %t[%c1] : tensor<2xf32>
    scf.yield %s : tensor<2xf32>
  }
  return %r, %z : tensor<2xf32>, tensor<2xf32>
}
