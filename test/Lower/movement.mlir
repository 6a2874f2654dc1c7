// RUN: retort-opt %s --lower-to-linalg | FileCheck %s

// A slice is a view.
// CHECK-LABEL: @slice
// CHECK-NOT: linalg
// CHECK: tensor.extract_slice %arg0[0, %{{.*}}] [4, %{{.*}}] [1, 1]
func.func @slice(%x: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %start = onnx.Constant() {value = dense<-3> : tensor<1xi64>} : () -> tensor<1xi64>
  %end = onnx.Constant() {value = dense<9223372036854775807> : tensor<1xi64>} : () -> tensor<1xi64>
  %axis = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %0 = onnx.Slice(%x, %start, %end, %axis) : (tensor<4x?xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: @slice_backwards
// CHECK: linalg.generic
// CHECK: tensor.extract %arg0
func.func @slice_backwards(%x: tensor<4xf32>) -> tensor<4xf32> {
  %start = onnx.Constant() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %end = onnx.Constant() {value = dense<-9> : tensor<1xi64>} : () -> tensor<1xi64>
  %axis = onnx.Constant() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %0 = onnx.Slice(%x, %start, %end, %axis, %start) : (tensor<4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: @concat
// CHECK-DAG: %[[N:.*]] = tensor.dim %arg0, %c1
// CHECK-DAG: %[[M:.*]] = tensor.dim %arg1, %c1
// CHECK: %[[SUM:.*]] = arith.addi %[[N]], %[[M]]
// CHECK: tensor.empty(%[[SUM]])
// CHECK: tensor.insert_slice %arg0 into %{{.*}}[0, 0] [2, %[[N]]]
// CHECK: tensor.insert_slice %arg1 into %{{.*}}[0, %[[N]]] [2, %[[M]]]
func.func @concat(%a: tensor<2x?xf32>, %b: tensor<2x?xf32>) -> tensor<2x?xf32> {
  %0 = onnx.Concat(%a, %b) {axis = 1 : i64} : (tensor<2x?xf32>, tensor<2x?xf32>) -> tensor<2x?xf32>
  return %0 : tensor<2x?xf32>
}

// What remains is computed by cancelling.
// CHECK-LABEL: @reshape_infers
// CHECK-NOT: cf.assert
// CHECK-NOT: arith.divsi
// CHECK: tensor.expand_shape {{.*}} output_shape [%{{.*}}, %{{.*}}, 2, 4]
func.func @reshape_infers(%x: tensor<?x?x8xf32>) -> tensor<?x?x2x4xf32> {
  %shape = onnx.Constant() {value = dense<[0, 0, -1, 4]> : tensor<4xi64>} : () -> tensor<4xi64>
  %0 = onnx.Reshape(%x, %shape) : (tensor<?x?x8xf32>, tensor<4xi64>) -> tensor<?x?x2x4xf32>
  return %0 : tensor<?x?x2x4xf32>
}

// CHECK-LABEL: @reshape_checks
// CHECK: cf.assert %{{.*}}, "node 'onnx.Reshape': the new shape has another number of elements"
func.func @reshape_checks(%x: tensor<?xf32>) -> tensor<2x3xf32> {
  %shape = onnx.Constant() {value = dense<[2, 3]> : tensor<2xi64>} : () -> tensor<2xi64>
  %0 = onnx.Reshape(%x, %shape) : (tensor<?xf32>, tensor<2xi64>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// Many parts are joined in groups: 16 of 1 and one of 1, and then both.
// CHECK-LABEL: @many_parts
// CHECK-COUNT-16: tensor.insert_slice {{.*}} tensor<1x?xf32> into tensor<16x?xf32>
// CHECK: tensor.insert_slice {{.*}} into tensor<17x?xf32>
// CHECK: tensor.insert_slice {{.*}} into tensor<17x?xf32>
// CHECK-NOT: tensor.insert_slice
func.func @many_parts(%a: tensor<1x?xf32>) -> tensor<17x?xf32> {
  %0 = onnx.Concat(%a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a) {axis = 0 : i64} : (tensor<1x?xf32>, tensor<1x?xf32>, tensor<1x?xf32>, tensor<1x?xf32>, tensor<1x?xf32>, tensor<1x?xf32>, tensor<1x?xf32>, tensor<1x?xf32>, tensor<1x?xf32>, tensor<1x?xf32>, tensor<1x?xf32>, tensor<1x?xf32>, tensor<1x?xf32>, tensor<1x?xf32>, tensor<1x?xf32>, tensor<1x?xf32>, tensor<1x?xf32>) -> tensor<17x?xf32>
  return %0 : tensor<17x?xf32>
}
