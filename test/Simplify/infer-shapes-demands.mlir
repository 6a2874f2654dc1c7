// What operations that move, make or index elements demand of their operands and attributes.
// RUN: retort-opt %s --onnx-infer-shapes --split-input-file --verify-diagnostics

func.func @indices_larger_than_the_data(%a: tensor<2x3xf32>, %b: tensor<9x2xi64>) -> tensor<*xf32> {
  // expected-error @below {{expects indices of at most 2 at axis 0, found 9}}
  %r = onnx.GatherElements(%a, %b) {axis = 1 : i64} : (tensor<2x3xf32>, tensor<9x2xi64>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @indices_of_another_rank(%a: tensor<2x3xf32>, %b: tensor<2xi64>) -> tensor<*xf32> {
  // expected-error @below {{expects indices of rank 2, found rank 1}}
  %r = onnx.GatherElements(%a, %b) : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @fewer_updates_than_indices(%a: tensor<2x3xf32>, %b: tensor<2x2xi64>, %c: tensor<1x2xf32>) -> tensor<*xf32> {
  // expected-error @below {{expects size 2 at axis 0 of [1, 2], like axis 0 of [2, 2], found 1}}
  %r = onnx.ScatterElements(%a, %b, %c) {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x2xi64>, tensor<1x2xf32>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @an_unknown_reduction(%a: tensor<2x3xf32>, %b: tensor<2x2xi64>, %c: tensor<2x2xf32>) -> tensor<*xf32> {
  // expected-error @below {{expects 'reduction' to be one of 'none', 'add', 'mul', 'max', 'min', found 'div'}}
  %r = onnx.ScatterElements(%a, %b, %c) {reduction = "div"} : (tensor<2x3xf32>, tensor<2x2xi64>, tensor<2x2xf32>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @updates_of_another_size_than_their_places(%a: tensor<2x3xf32>, %b: tensor<4x1xi64>, %c: tensor<4x5xf32>) -> tensor<*xf32> {
  // expected-error @below {{expects size 3 at axis 1 of [4, 5], like axis 1 of [2, 3], found 5}}
  %r = onnx.ScatterND(%a, %b, %c) : (tensor<2x3xf32>, tensor<4x1xi64>, tensor<4x5xf32>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @more_indices_than_axes_to_scatter(%a: tensor<2x3xf32>, %b: tensor<4x3xi64>, %c: tensor<4xf32>) -> tensor<*xf32> {
  // expected-error @below {{expects 1 to 2 indices, found 3}}
  %r = onnx.ScatterND(%a, %b, %c) : (tensor<2x3xf32>, tensor<4x3xi64>, tensor<4xf32>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @negative_batch_dimensions(%a: tensor<2x3xf32>, %b: tensor<2x1xi64>) -> tensor<*xf32> {
  // expected-error @below {{expects 'batch_dims' of at least 0, found -1}}
  %r = onnx.GatherND(%a, %b) {batch_dims = -1 : i64} : (tensor<2x3xf32>, tensor<2x1xi64>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @other_batches_of_indices(%a: tensor<2x3xf32>, %b: tensor<9x1xi64>) -> tensor<*xf32> {
  // expected-error @below {{expects size 2 at axis 0 of [9, 1], like axis 0 of [2, 3], found 9}}
  %r = onnx.GatherND(%a, %b) {batch_dims = 1 : i64} : (tensor<2x3xf32>, tensor<9x1xi64>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @no_index_at_all(%a: tensor<2x3xf32>, %b: tensor<4x0xi64>) -> tensor<*xf32> {
  // expected-error @below {{expects at least one index, found 0}}
  %r = onnx.GatherND(%a, %b) : (tensor<2x3xf32>, tensor<4x0xi64>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @the_axis_of_the_batch(%a: tensor<2x3x5xf32>, %b: tensor<2x3x5xf32>) -> tensor<*xf32> {
  // expected-error @below {{expects an axis other than the batch's, found 0}}
  %r = onnx.TensorScatter(%a, %b) {axis = 0 : i64} : (tensor<2x3x5xf32>, tensor<2x3x5xf32>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @an_update_of_other_heads(%a: tensor<2x3x5xf32>, %b: tensor<2x1x4xf32>) -> tensor<*xf32> {
  // expected-error @below {{expects size 5 at axis 2 of [2, 1, 4], like axis 2 of [2, 3, 5], found 4}}
  %r = onnx.TensorScatter(%a, %b) {axis = 1 : i64} : (tensor<2x3x5xf32>, tensor<2x1x4xf32>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @a_triangle_of_a_vector(%a: tensor<4xf32>) -> tensor<*xf32> {
  // expected-error @below {{expects an operand of rank 2 or more, found rank 1}}
  %r = onnx.Trilu(%a) : (tensor<4xf32>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @an_identity_like_a_vector(%a: tensor<4xf32>) -> tensor<*xf32> {
  // expected-error @below {{expects an operand of rank 2, found rank 1}}
  %r = onnx.EyeLike(%a) : (tensor<4xf32>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @blocks_of_nothing(%a: tensor<1x8x2x3xf32>) -> tensor<*xf32> {
  // expected-error @below {{expects 'blocksize' in [1, 4096], found 0}}
  %r = onnx.DepthToSpace(%a) {blocksize = 0 : i64} : (tensor<1x8x2x3xf32>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @depth_that_blocks_do_not_divide(%a: tensor<1x6x2x3xf32>) -> tensor<*xf32> {
  // expected-error @below {{expects a size that 4 divides at axis 1, found 6}}
  %r = onnx.DepthToSpace(%a) {blocksize = 2 : i64} : (tensor<1x6x2x3xf32>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @rows_that_blocks_do_not_divide(%a: tensor<1x6x3x4xf32>) -> tensor<*xf32> {
  // expected-error @below {{expects a size that 2 divides at axis 2, found 3}}
  %r = onnx.SpaceToDepth(%a) {blocksize = 2 : i64} : (tensor<1x6x3x4xf32>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @two_axes_that_are_one(%a: tensor<2x3xf32>, %b: tensor<2xi64>) -> tensor<*xf32> {
  // expected-error @below {{expects 'batch_axis' and 'time_axis' to be 0 and 1, found 1 and 1}}
  %r = onnx.ReverseSequence(%a, %b) {batch_axis = 1 : i64, time_axis = 1 : i64} : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @lengths_of_another_batch(%a: tensor<2x3xf32>, %b: tensor<2xi64>) -> tensor<*xf32> {
  // expected-error @below {{expects size 3 at axis 0 of [2], like axis 1 of [2, 3], found 2}}
  %r = onnx.ReverseSequence(%a, %b) : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @an_axis_to_sum_that_there_is_not(%a: tensor<2x3xf32>) -> tensor<*xf32> {
  %k = onnx.Constant() {value = dense<2> : tensor<i64>} : () -> tensor<i64>
  // expected-error @below {{expects an axis in [-2, 2), found 2}}
  %r = onnx.CumSum(%a, %k) : (tensor<2x3xf32>, tensor<i64>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @two_axes_to_sum(%a: tensor<2x3xf32>, %b: tensor<2xi64>) -> tensor<*xf32> {
  // expected-error @below {{expects one axis, found shape [2]}}
  %r = onnx.CumSum(%a, %b) : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @negative_sizes_of_parts(%a: tensor<4xf32>) -> tensor<*xf32> {
  %s = onnx.Constant() {value = dense<[-3, 7]> : tensor<2xi64>} : () -> tensor<2xi64>
  // expected-error @below {{expects sizes of at least 0, found -3}}
  %r:2 = onnx.Split(%a, %s) : (tensor<4xf32>, tensor<2xi64>) -> (tensor<*xf32>, tensor<*xf32>)
  return %r#0 : tensor<*xf32>
}

// -----

func.func @more_parts_than_elements(%a: tensor<3xf32>) -> tensor<*xf32> {
  // expected-error @below {{expects a size that makes 5 parts, found 3}}
  %r:5 = onnx.Split(%a) {num_outputs = 5 : i64} : (tensor<3xf32>) -> (tensor<*xf32>, tensor<*xf32>, tensor<*xf32>, tensor<*xf32>, tensor<*xf32>)
  return %r#0 : tensor<*xf32>
}

// -----

func.func @another_number_of_parts(%a: tensor<6xf32>) -> tensor<*xf32> {
  // expected-error @below {{expects 'num_outputs' (3) to be the number of results, found 2}}
  %r:2 = onnx.Split(%a) {num_outputs = 3 : i64} : (tensor<6xf32>) -> (tensor<*xf32>, tensor<*xf32>)
  return %r#0 : tensor<*xf32>
}

// -----

func.func @an_axis_sliced_twice(%a: tensor<2x3xf32>) -> tensor<*xf32> {
  %s = onnx.Constant() {value = dense<1> : tensor<2xi64>} : () -> tensor<2xi64>
  %x = onnx.Constant() {value = dense<[0, -2]> : tensor<2xi64>} : () -> tensor<2xi64>
  // expected-error @below {{expects different axes, found 0 twice}}
  %r = onnx.Slice(%a, %s, %s, %x) : (tensor<2x3xf32>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @starts_and_ends_of_different_lengths(%a: tensor<2x3xf32>, %b: tensor<2xi64>, %c: tensor<1xi64>) -> tensor<*xf32> {
  // expected-error @below {{expects size 2 at axis 0 of [1], like axis 0 of [2], found 1}}
  %r = onnx.Slice(%a, %b, %c) : (tensor<2x3xf32>, tensor<2xi64>, tensor<1xi64>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @an_axis_padded_twice(%a: tensor<2x3xf32>) -> tensor<*xf32> {
  %p = onnx.Constant() {value = dense<1> : tensor<4xi64>} : () -> tensor<4xi64>
  %v = onnx.Constant() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  %x = onnx.Constant() {value = dense<[1, 1]> : tensor<2xi64>} : () -> tensor<2xi64>
  // expected-error @below {{expects different axes, found 1 twice}}
  %r = onnx.Pad(%a, %p, %v, %x) : (tensor<2x3xf32>, tensor<4xi64>, tensor<f32>, tensor<2xi64>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @an_unknown_mode(%a: tensor<2xf32>, %b: tensor<2xi64>) -> tensor<*xf32> {
  // expected-error @below {{expects 'mode' to be one of 'constant', 'edge', 'reflect', 'wrap', found 'mirror'}}
  %r = onnx.Pad(%a, %b) {mode = "mirror"} : (tensor<2xf32>, tensor<2xi64>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @negative_repeats(%a: tensor<4xf32>) -> tensor<*xf32> {
  %n = onnx.Constant() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  // expected-error @below {{expects repeats of at least 0, found -1}}
  %r = onnx.Tile(%a, %n) : (tensor<4xf32>, tensor<1xi64>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @a_shape_that_is_no_list(%a: tensor<4xf32>) -> tensor<*xf32> {
  %s = onnx.Constant() {value = dense<4> : tensor<i64>} : () -> tensor<i64>
  // expected-error @below {{expects a shape of rank 1, found rank 0}}
  %r = onnx.Reshape(%a, %s) : (tensor<4xf32>, tensor<i64>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @a_shape_of_a_million_sizes(%a: tensor<4xf32>, %b: tensor<1000000xi64>) -> tensor<*xf32> {
  // expected-error @below {{expects a shape of at most 4096 numbers, found 1000000}}
  %r = onnx.Reshape(%a, %b) : (tensor<4xf32>, tensor<1000000xi64>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @what_remains_beside_nothing(%a: tensor<0x4xf32>) -> tensor<*xf32> {
  %s = onnx.Constant() {value = dense<[0, -1]> : tensor<2xi64>} : () -> tensor<2xi64>
  // expected-error @below {{expects no size of 0 beside one of -1 where 'allowzero' is set}}
  %r = onnx.Reshape(%a, %s) {allowzero = 1 : i64} : (tensor<0x4xf32>, tensor<2xi64>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @more_axes_to_squeeze_than_there_are(%a: tensor<1x1xf32>, %b: tensor<3xi64>) -> tensor<*xf32> {
  // expected-error @below {{expects at most 2 axes, found 3}}
  %r = onnx.Squeeze(%a, %b) : (tensor<1x1xf32>, tensor<3xi64>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @more_axes_to_reduce_than_there_are(%a: tensor<2x3xf32>, %b: tensor<3xi64>) -> tensor<*xf32> {
  // expected-error @below {{expects at most 2 axes, found 3}}
  %r = onnx.ReduceSum(%a, %b) : (tensor<2x3xf32>, tensor<3xi64>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @negative_sizes() -> tensor<*xf32> {
  %s = onnx.Constant() {value = dense<-7> : tensor<1xi64>} : () -> tensor<1xi64>
  // expected-error @below {{expects sizes of at least 0, found -7}}
  %r = onnx.ConstantOfShape(%s) : (tensor<1xi64>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @two_values_to_fill_with(%a: tensor<1xi64>) -> tensor<*xf32> {
  // expected-error @below {{expects one value, found 2}}
  %r = onnx.ConstantOfShape(%a) {value = dense<1.0> : tensor<2xf32>} : (tensor<1xi64>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @two_starts(%a: tensor<2xf32>, %b: tensor<f32>, %c: tensor<f32>) -> tensor<*xf32> {
  // expected-error @below {{expects one start, found shape [2]}}
  %r = onnx.Range(%a, %b, %c) : (tensor<2xf32>, tensor<f32>, tensor<f32>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @a_negative_depth(%a: tensor<2xi64>, %b: tensor<2xf32>) -> tensor<*xf32> {
  %d = onnx.Constant() {value = dense<-3> : tensor<i64>} : () -> tensor<i64>
  // expected-error @below {{expects a depth of at least 0, found -3}}
  %r = onnx.OneHot(%a, %d, %b) : (tensor<2xi64>, tensor<i64>, tensor<2xf32>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @three_values_of_a_hot_one(%a: tensor<2xi64>, %b: tensor<i64>, %c: tensor<3xf32>) -> tensor<*xf32> {
  // expected-error @below {{expects two values, found 3}}
  %r = onnx.OneHot(%a, %b, %c) : (tensor<2xi64>, tensor<i64>, tensor<3xf32>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @the_largest_of_nothing(%a: tensor<2x0xf32>) -> tensor<*xf32> {
  // expected-error @below {{expects elements along axis 1, found none}}
  %r = onnx.ArgMax(%a) {axis = 1 : i64} : (tensor<2x0xf32>) -> tensor<*xf32>
  return %r : tensor<*xf32>
}

// -----

func.func @more_than_there_are(%a: tensor<2x3xf32>) -> tensor<*xf32> {
  %k = onnx.Constant() {value = dense<4> : tensor<1xi64>} : () -> tensor<1xi64>
  // expected-error @below {{expects 'k' of at most 3, found 4}}
  %r:2 = onnx.TopK(%a, %k) : (tensor<2x3xf32>, tensor<1xi64>) -> (tensor<*xf32>, tensor<*xf32>)
  return %r#0 : tensor<*xf32>
}

// -----

func.func @two_numbers_of_the_largest(%a: tensor<2x3xf32>, %b: tensor<2xi64>) -> tensor<*xf32> {
  // expected-error @below {{expects one number 'k', found shape [2]}}
  %r:2 = onnx.TopK(%a, %b) : (tensor<2x3xf32>, tensor<2xi64>) -> (tensor<*xf32>, tensor<*xf32>)
  return %r#0 : tensor<*xf32>
}
