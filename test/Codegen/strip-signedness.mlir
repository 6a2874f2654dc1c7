// RUN: retort-opt %s --codegen-strip-signedness | FileCheck %s

// CHECK-LABEL: @drops_the_sign
// CHECK-SAME: %[[A:.*]]: tensor<?xi8> {bufferization.writable = false}
// CHECK-SAME: -> tensor<?xi8>
func.func @drops_the_sign(%a: tensor<?xui8>) -> tensor<?xui8> {
  // CHECK-NEXT: return %[[A]]
  %0 = tensor.bitcast %a : tensor<?xui8> to tensor<?xi8>
  %1 = tensor.bitcast %0 : tensor<?xi8> to tensor<?xui8>
  return %1 : tensor<?xui8>
}

// CHECK-LABEL: @lets_states_be_written
// CHECK-SAME: {bufferization.writable = false}
// CHECK-SAME: {bufferization.writable = true, retort.state = 0 : i64}
func.func @lets_states_be_written(%x: tensor<4xf32>, %state: tensor<4xf32> {retort.state = 0 : i64}) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
