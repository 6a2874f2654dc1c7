// RUN: retort-opt %s --lower-to-linalg | FileCheck %s

// CHECK: #[[$COLUMN:.*]] = affine_map<(d0, d1) -> (d0, 0)>
// CHECK: #[[$ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>

// A size of 1 is read at 0, equal sizes at the loop's index.
// CHECK-LABEL: @known_sizes
// CHECK: linalg.generic {indexing_maps = [#[[$COLUMN]], #[[$ID]], #[[$ID]]]
func.func @known_sizes(%a: tensor<2x1xf32>, %b: tensor<2x5xf32>) -> tensor<2x5xf32> {
  %0 = onnx.Add(%a, %b) : (tensor<2x1xf32>, tensor<2x5xf32>) -> tensor<2x5xf32>
  return %0 : tensor<2x5xf32>
}

// Whether a size is 1, and whether two agree, only the run knows.
// CHECK-LABEL: @unknown_sizes
// CHECK-DAG: %[[N:.*]] = tensor.dim %arg0, %c0
// CHECK-DAG: %[[M:.*]] = tensor.dim %arg1, %c0
// CHECK: %[[ONE:.*]] = arith.cmpi eq, %[[N]], %c1
// CHECK: %[[SIZE:.*]] = arith.select %[[ONE]], %[[M]], %[[N]]
// CHECK: cf.assert %{{.*}}, "node 'add_1' (Add): shapes do not broadcast"
// CHECK: %[[STEP:.*]] = arith.select %{{.*}}, %c0, %c1
// CHECK: tensor.empty(%[[SIZE]])
// CHECK: arith.muli %{{.*}}, %[[STEP]]
// CHECK: tensor.extract %arg0
func.func @unknown_sizes(%a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<?xf32> {
  %0 = onnx.Add(%a, %b) {onnx.name = "add_1"} : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// CHECK-LABEL: @one_value_twice
// CHECK-NOT: cf.assert
// CHECK: linalg.generic {indexing_maps = [#{{.*}}, #{{.*}}, #{{.*}}], iterator_types = ["parallel"]} ins(%arg0, %arg0 :
func.func @one_value_twice(%a: tensor<?xf32>) -> tensor<?xf32> {
  %0 = onnx.Add(%a, %a) : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// Inputs that name a size alike have it: that is checked once, and nothing after it is in doubt.
// CHECK-LABEL: @one_name
// CHECK: cf.assert %{{.*}}, "inputs differ in the size 'N'"
// CHECK-NOT: cf.assert
// CHECK: linalg.generic
// CHECK-NOT: tensor.extract
// CHECK: return
func.func @one_name(%a: tensor<?xf32> {onnx.dims = ["N"]}, %b: tensor<?xf32> {onnx.dims = ["N"]}) -> tensor<?xf32> {
  %0 = onnx.Exp(%a) : (tensor<?xf32>) -> tensor<?xf32>
  %1 = onnx.Add(%0, %b) : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %1 : tensor<?xf32>
}

// A size that the file declares for what only the run knows proves nothing.
// CHECK-LABEL: @declared_size
// CHECK: cf.assert %{{.*}}, "node 'sum' (Add): shapes do not broadcast"
func.func @declared_size(%a: tensor<?xf32> {onnx.dims = ["N"]}, %c: tensor<?xi1> {onnx.dims = ["N"]}, %b: tensor<5xf32>) -> tensor<1x?xf32> {
  %i = onnx.NonZero(%c) : (tensor<?xi1>) -> tensor<1x?xi64>
  %0 = onnx.Gather(%a, %i) : (tensor<?xf32>, tensor<1x?xi64>) -> tensor<1x?xf32>
  %1 = onnx.Add(%0, %a) {onnx.name = "sum"} : (tensor<1x?xf32>, tensor<?xf32>) -> tensor<1x?xf32>
  return %1 : tensor<1x?xf32>
}
