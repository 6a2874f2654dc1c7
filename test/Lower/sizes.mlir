// RUN: retort-opt %s --lower-to-linalg --split-input-file | FileCheck %s

// Relations of sizes that only the run knows are checked there; what is known costs nothing.

// A size that a number decides has a sign, and its product may not fit.
// CHECK-LABEL: @sizes_from_numbers
// CHECK: %[[A:.*]] = arith.index_cast %{{.*}} : i64 to index
// CHECK: %[[OK:.*]] = arith.cmpi sge, %[[A]], %c0
// CHECK: cf.assert %[[OK]], "node 'onnx.ConstantOfShape': expects sizes that are not negative"
// CHECK: arith.mulf
// CHECK: %[[FITS:.*]] = arith.cmpf ole, %{{.*}}, %{{.*}} : f64
// CHECK: cf.assert %[[FITS]], "node 'onnx.ConstantOfShape': not enough memory for a result of these sizes"
// CHECK: tensor.empty
func.func @sizes_from_numbers(%shape: tensor<2xi64>) -> tensor<?x?xf32> {
  %0 = onnx.ConstantOfShape(%shape) : (tensor<2xi64>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// -----

// Sizes of tensors that exist are trusted.
// CHECK-LABEL: @sizes_of_tensors
// CHECK-NOT: cf.assert
// CHECK: tensor.empty
// CHECK-NOT: cf.assert
func.func @sizes_of_tensors(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %shape = onnx.Shape(%x) : (tensor<?x?xf32>) -> tensor<2xi64>
  %0 = onnx.ConstantOfShape(%shape) : (tensor<2xi64>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// -----

// The same sizes are checked once.
// CHECK-LABEL: @checks_once
// CHECK-COUNT-3: cf.assert
// CHECK-NOT: cf.assert
func.func @checks_once(%shape: tensor<2xi64>) -> (tensor<?x?xf32>, tensor<?x?xf32>) {
  %0 = onnx.ConstantOfShape(%shape) : (tensor<2xi64>) -> tensor<?x?xf32>
  %1 = onnx.Exp(%0) : (tensor<?x?xf32>) -> tensor<?x?xf32>
  return %0, %1 : tensor<?x?xf32>, tensor<?x?xf32>
}

// -----

// A declared size is no proof.
// CHECK-LABEL: @declared_size
// CHECK: cf.assert %{{.*}}, "node 'onnx.ConstantOfShape': expects the declared size 4 at axis 0"
func.func @declared_size(%shape: tensor<1xi64>) -> tensor<4xf32> {
  %0 = onnx.ConstantOfShape(%shape) : (tensor<1xi64>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// CHECK-LABEL: @parts
// CHECK: cf.assert {{.*}}expects sizes that are not negative
// CHECK: cf.assert {{.*}}expects parts of what is split
// CHECK: cf.assert {{.*}}the parts do not add up to the size that is split
func.func @parts(%x: tensor<6xf32>, %sizes: tensor<2xi64>) -> (tensor<?xf32>, tensor<?xf32>) {
  %0:2 = onnx.Split(%x, %sizes) : (tensor<6xf32>, tensor<2xi64>) -> (tensor<?xf32>, tensor<?xf32>)
  return %0#0, %0#1 : tensor<?xf32>, tensor<?xf32>
}

// -----

// CHECK-LABEL: @equal_parts
// CHECK-NOT: cf.assert
func.func @equal_parts(%x: tensor<6xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %0:2 = onnx.Split(%x) {num_outputs = 2 : i64} : (tensor<6xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  return %0#0, %0#1 : tensor<3xf32>, tensor<3xf32>
}

// -----

// CHECK-LABEL: @indices_beside_the_axis
// CHECK: cf.assert {{.*}}expects indices that are no larger than the data beside the axis
// CHECK: cf.assert {{.*}}index out of range
func.func @indices_beside_the_axis(%x: tensor<?x?xf32>, %i: tensor<?x?xi64>) -> tensor<?x?xf32> {
  %0 = onnx.GatherElements(%x, %i) {axis = 1 : i64} : (tensor<?x?xf32>, tensor<?x?xi64>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// -----

// CHECK-LABEL: @updates_of_indices
// CHECK: cf.assert {{.*}}expects an update for each index
// CHECK: cf.assert {{.*}}expects indices that are no larger than the data beside the axis
// CHECK: cf.assert {{.*}}expects an update for each index
func.func @updates_of_indices(%x: tensor<?x?xf32>, %i: tensor<?x?xi64>, %u: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %0 = onnx.ScatterElements(%x, %i, %u) {axis = 1 : i64} : (tensor<?x?xf32>, tensor<?x?xi64>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// -----

// CHECK-LABEL: @updates_of_places
// CHECK-COUNT-2: cf.assert {{.*}}expects an update of the size of its place for each index
func.func @updates_of_places(%x: tensor<?x?xf32>, %i: tensor<?x1xi64>, %u: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %0 = onnx.ScatterND(%x, %i, %u) : (tensor<?x?xf32>, tensor<?x1xi64>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// -----

// CHECK-LABEL: @batches_of_indices
// CHECK: cf.assert {{.*}}expects as many batches of indices as of data
func.func @batches_of_indices(%x: tensor<?x?xf32>, %i: tensor<?x1xi64>) -> tensor<?xf32> {
  %0 = onnx.GatherND(%x, %i) {batch_dims = 1 : i64} : (tensor<?x?xf32>, tensor<?x1xi64>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// CHECK-LABEL: @repeats
// CHECK: cf.assert {{.*}}expects sizes that are not negative
// CHECK: cf.assert {{.*}}not enough memory for a result of these sizes
// CHECK: arith.muli
func.func @repeats(%x: tensor<4xf32>, %n: tensor<1xi64>) -> tensor<?xf32> {
  %0 = onnx.Tile(%x, %n) : (tensor<4xf32>, tensor<1xi64>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// CHECK-LABEL: @pads_of_nothing
// CHECK: cf.assert {{.*}}not enough memory for pads of these sizes
// CHECK: cf.assert {{.*}}expects elements to pad with along each axis
func.func @pads_of_nothing(%x: tensor<?xf32>, %p: tensor<2xi64>) -> tensor<?xf32> {
  %0 = onnx.Pad(%x, %p) {mode = "wrap"} : (tensor<?xf32>, tensor<2xi64>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// CHECK-LABEL: @steps
// CHECK: cf.assert {{.*}}expects a step other than 0
func.func @steps(%x: tensor<6xf32>, %a: tensor<1xi64>, %b: tensor<1xi64>, %axes: tensor<1xi64>, %s: tensor<1xi64>) -> tensor<?xf32> {
  %0 = onnx.Slice(%x, %a, %b, %axes, %s) : (tensor<6xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// CHECK-LABEL: @endless
// CHECK: %[[ENDS:.*]] = arith.cmpf ole
// CHECK: cf.assert %[[ENDS]], "node 'onnx.Range': expects a range that ends, and fits into memory"
func.func @endless(%a: tensor<f32>, %b: tensor<f32>, %c: tensor<f32>) -> tensor<?xf32> {
  %0 = onnx.Range(%a, %b, %c) : (tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// The difference of integers may be beyond all of them.
// CHECK-LABEL: @counts_without_sign
// CHECK: arith.divui
// CHECK: cf.assert {{.*}}not enough memory for so many numbers
func.func @counts_without_sign(%a: tensor<i64>, %b: tensor<i64>, %c: tensor<i64>) -> tensor<?xi64> {
  %0 = onnx.Range(%a, %b, %c) : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  return %0 : tensor<?xi64>
}

// -----

// CHECK-LABEL: @largest_of_nothing
// CHECK: cf.assert {{.*}}expects elements along the axis
func.func @largest_of_nothing(%x: tensor<?xf32>) -> tensor<1xi64> {
  %0 = onnx.ArgMax(%x) : (tensor<?xf32>) -> tensor<1xi64>
  return %0 : tensor<1xi64>
}

// -----

// CHECK-LABEL: @mean_of_no_integers
// CHECK: cf.assert {{.*}}expects integers to take the mean of
func.func @mean_of_no_integers(%x: tensor<?xi32>) -> tensor<1xi32> {
  %0 = onnx.ReduceMean(%x) : (tensor<?xi32>) -> tensor<1xi32>
  return %0 : tensor<1xi32>
}

// -----

// NaN is larger than any number.
// CHECK-LABEL: @largest_with_nan
// CHECK: arith.cmpf ord
// CHECK: arith.cmpf ugt
func.func @largest_with_nan(%x: tensor<6xf32>) -> tensor<2xf32> {
  %k = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %0:2 = onnx.TopK(%x, %k) : (tensor<6xf32>, tensor<1xi64>) -> (tensor<2xf32>, tensor<2xi64>)
  return %0#0 : tensor<2xf32>
}

// -----

// CHECK-LABEL: @lengths
// CHECK: cf.assert {{.*}}expects a length for each part of the batch
// CHECK: cf.assert {{.*}}index out of range
func.func @lengths(%x: tensor<?x?xf32>, %n: tensor<?xi64>) -> tensor<?x?xf32> {
  %0 = onnx.ReverseSequence(%x, %n) : (tensor<?x?xf32>, tensor<?xi64>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}
