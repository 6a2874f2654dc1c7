// RUN: retort-opt %s --lower-to-linalg --split-input-file | FileCheck %s

// Axes that only the run knows: each is two loops, of which one runs once.
// CHECK-DAG: #[[$SUM:.*]] = affine_map<(d0, d1, d2, d3) -> (d0 + d2, d1 + d3)>
// CHECK-DAG: #[[$OUTER:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1)>
// CHECK-DAG: #[[$INNER:.*]] = affine_map<(d0, d1, d2, d3) -> (d2, d3)>
// CHECK-LABEL: @reduces
// CHECK-DAG: cf.assert {{.*}}an axis is out of range
// CHECK: linalg.generic {indexing_maps = [#[[$SUM]], #[[$INNER]], #[[$OUTER]]], iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
func.func @reduces(%x: tensor<4x6xf32>, %axes: tensor<1xi64>) -> tensor<?x?xf32> {
  %0 = onnx.ReduceSum(%x, %axes) : (tensor<4x6xf32>, tensor<1xi64>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// -----

// How many there are is declared by the rank of the result, and checked.
// CHECK-LABEL: @drops_axes
// CHECK: cf.assert {{.*}}the number of axes is not the one that is declared
// CHECK: tensor.expand_shape {{.*}} into tensor<?x?xf32>
func.func @drops_axes(%x: tensor<4x6x8xf32>, %axes: tensor<?xi64>) -> tensor<?x?xf32> {
  %0 = onnx.ReduceMax(%x, %axes) {keepdims = 0 : i64} : (tensor<4x6x8xf32>, tensor<?xi64>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// -----

// Each axis takes the bounds of its name, or all of it.
// CHECK-LABEL: @slices
// CHECK: tensor.extract_slice {{.*}} : tensor<4x6xf32> to tensor<?x?xf32>
func.func @slices(%x: tensor<4x6xf32>, %from: tensor<1xi64>, %to: tensor<1xi64>, %axes: tensor<1xi64>) -> tensor<?x?xf32> {
  %0 = onnx.Slice(%x, %from, %to, %axes) : (tensor<4x6xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// -----

// CHECK-LABEL: @unsqueezes
// CHECK: tensor.expand_shape {{.*}} into tensor<?x?x?xf32>
func.func @unsqueezes(%x: tensor<4x6xf32>, %axes: tensor<1xi64>) -> tensor<?x?x?xf32> {
  %0 = onnx.Unsqueeze(%x, %axes) : (tensor<4x6xf32>, tensor<1xi64>) -> tensor<?x?x?xf32>
  return %0 : tensor<?x?x?xf32>
}

// -----

// CHECK-LABEL: @squeezes
// CHECK: cf.assert {{.*}}the squeezed size is not 1
// CHECK: tensor.expand_shape {{.*}} into tensor<?x?xf32>
func.func @squeezes(%x: tensor<4x1x?xf32>, %axes: tensor<1xi64>) -> tensor<?x?xf32> {
  %0 = onnx.Squeeze(%x, %axes) : (tensor<4x1x?xf32>, tensor<1xi64>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// -----

// The place before lies one step back along the axis, whichever that is.
// CHECK-LABEL: @multiplies_along
// CHECK: scf.for
// CHECK: scf.for
// CHECK: tensor.extract
// CHECK: arith.mulf
// CHECK: tensor.insert
func.func @multiplies_along(%x: tensor<4x6xf32>, %axis: tensor<i64>) -> tensor<4x6xf32> {
  %0 = onnx.CumProd(%x, %axis) : (tensor<4x6xf32>, tensor<i64>) -> tensor<4x6xf32>
  return %0 : tensor<4x6xf32>
}

// -----

// What only the run knows is checked there: this code cannot train.
// CHECK-LABEL: @dropout
// CHECK: cf.assert {{.*}}a dropout in training mode cannot run
func.func @dropout(%x: tensor<4xf32>, %ratio: tensor<f32>, %train: tensor<i1>) -> tensor<4xf32> {
  %0 = onnx.Dropout(%x, %ratio, %train) : (tensor<4xf32>, tensor<f32>, tensor<i1>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
