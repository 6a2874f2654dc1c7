// RUN: retort-opt %s --lower-to-linalg --split-input-file --verify-diagnostics

func.func @no_lowering(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{'onnx.Bernoulli' op has no lowering to CPU code}}
  %0 = onnx.Bernoulli(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// expected-error@+1 {{input 0 of type 'tensor<*xf32>' cannot be compiled to CPU code}}
func.func @no_rank(%x: tensor<*xf32>) -> tensor<*xf32> {
  return %x : tensor<*xf32>
}

// -----

func.func @result_of_texts(%x: tensor<4xf32>) -> tensor<4x!onnx.string> {
  // expected-error@+1 {{'onnx.Cast' op has a result of type 'tensor<4x!onnx.string>', which cannot be compiled to CPU code}}
  %0 = onnx.Cast(%x) {to = 8 : i64} : (tensor<4xf32>) -> tensor<4x!onnx.string>
  return %0 : tensor<4x!onnx.string>
}

// -----

func.func @not_a_permutation(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error@+1 {{'onnx.Transpose' op expects 'perm' to be a permutation of 2 axes}}
  %0 = onnx.Transpose(%x) {perm = array<i64: 0, 0>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @equation_of_other_inputs(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error@+1 {{'onnx.Einsum' op expects an equation that fits the operands, found 'ij,jk'}}
  %0 = onnx.Einsum(%x) {equation = "ij,jk"} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @width_of_codes(%a: tensor<2x32xf32>, %b: tensor<3x1x12xui8>, %s: tensor<3xf32>) -> tensor<2x3xf32> {
  // expected-error@+1 {{'onnx.com.microsoft.MatMulNBits' op with this number of bits has no lowering to CPU code}}
  %0 = onnx.com.microsoft.MatMulNBits(%a, %b, %s) {K = 32 : i64, N = 3 : i64, bits = 3 : i64, block_size = 32 : i64}
      : (tensor<2x32xf32>, tensor<3x1x12xui8>, tensor<3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @activation(%a: tensor<2x4xf32>, %b: tensor<4x8xf32>) -> tensor<2x8xf32> {
  // expected-error@+1 {{'onnx.com.microsoft.FusedGemm' op with activation 'Step' has no lowering to CPU code}}
  %0 = onnx.com.microsoft.FusedGemm(%a, %b) {activation = "Step"} : (tensor<2x4xf32>, tensor<4x8xf32>) -> tensor<2x8xf32>
  return %0 : tensor<2x8xf32>
}

// -----

// expected-error@+1 {{input 'x' of type 'tensor<4xcomplex<f32>>' cannot be compiled to CPU code}}
func.func @input_of_complex_numbers(%x: tensor<4xcomplex<f32>> {onnx.name = "x"}) -> tensor<4xcomplex<f32>> {
  return %x : tensor<4xcomplex<f32>>
}

// -----

func.func @value_of_strings(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{'onnx.Cast' op has a result 'h' of type 'tensor<4x!onnx.string>', which cannot be compiled to CPU code}}
  %0 = onnx.Cast(%x) {onnx.outputs = ["h"], to = 8 : i64} : (tensor<4xf32>) -> tensor<4x!onnx.string>
  %1 = onnx.Cast(%0) {to = 1 : i64} : (tensor<4x!onnx.string>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// -----

func.func @branches_of_two_ranks(%c: tensor<i1> {onnx.name = "flag"}, %x: tensor<2x1x5xf32>, %p: tensor<2x5xf32>) -> tensor<*xf32> {
  // expected-error @+1 {{its branches give tensor<2x5xf32> and tensor<2x1x5xf32>, and its condition 'flag' is not known}}
  %y = onnx.If(%c) {
    onnx.yield %x : tensor<2x1x5xf32>
  } {
    onnx.yield %p : tensor<2x5xf32>
  } : (tensor<i1>) -> tensor<*xf32>
  return %y : tensor<*xf32>
}

// -----

// Which branch is taken is not known: both must be right.
func.func @axis_in_a_branch(%c: tensor<i1>, %x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %y = onnx.If(%c) {
    onnx.yield %x : tensor<2x3xf32>
  } {
    // expected-error@+1 {{'onnx.Softmax' op expects 'axis' within rank 2, found 2}}
    %0 = onnx.Softmax(%x) {axis = 2 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
    onnx.yield %0 : tensor<2x3xf32>
  } : (tensor<i1>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// -----

func.func @training(%x: tensor<2x3xf32>, %s: tensor<3xf32>) -> tensor<2x3xf32> {
  // expected-error@+1 {{'onnx.BatchNormalization' op in training mode has no lowering to CPU code}}
  %0 = onnx.BatchNormalization(%x, %s, %s, %s, %s) {training_mode = 1 : i64} : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @batches_in_front(%a: tensor<2x3x4xf32>, %b: tensor<2x4x5xf32>) -> tensor<2x3x5xf32> {
  // expected-error@+1 {{with transBatchA or transBatchB has no lowering to CPU code}}
  %0 = onnx.com.microsoft.FusedMatMul(%a, %b) {transBatchA = 1 : i64} : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>
  return %0 : tensor<2x3x5xf32>
}

// -----

func.func @places_of_unknown_width(%x: tensor<4x5xf32>, %i: tensor<3x?xi64>) -> tensor<3xf32> {
  // expected-error@+1 {{'onnx.GatherND' op expects indices whose last size is known}}
  %0 = onnx.GatherND(%x, %i) : (tensor<4x5xf32>, tensor<3x?xi64>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

func.func @updates_of_unknown_width(%x: tensor<4x5xf32>, %i: tensor<3x?xi64>, %u: tensor<3xf32>) -> tensor<4x5xf32> {
  // expected-error@+1 {{'onnx.ScatterND' op expects indices whose last size is known}}
  %0 = onnx.ScatterND(%x, %i, %u) : (tensor<4x5xf32>, tensor<3x?xi64>, tensor<3xf32>) -> tensor<4x5xf32>
  return %0 : tensor<4x5xf32>
}

// -----

func.func @rotated_heads(%x: tensor<1x2x8xf32>, %c: tensor<1x2x2xf32>) -> tensor<1x2x8xf32> {
  // expected-error@+1 {{'onnx.RotaryEmbedding' op expects 'num_heads' for an input of rank 3}}
  %0 = onnx.RotaryEmbedding(%x, %c, %c) : (tensor<1x2x8xf32>, tensor<1x2x2xf32>, tensor<1x2x2xf32>) -> tensor<1x2x8xf32>
  return %0 : tensor<1x2x8xf32>
}

// -----

func.func @list_of_unknown_length(%x: tensor<2x3xf32>, %r: tensor<?xi64>) -> tensor<?x?xf32> {
  // expected-error@+1 {{'onnx.Tile' op expects a list of known length, found 'tensor<?xi64>'}}
  %0 = onnx.Tile(%x, %r) : (tensor<2x3xf32>, tensor<?xi64>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// -----

func.func @beyond_memory(%x: tensor<1xf32>, %s: tensor<2xi64>) -> tensor<2097152x1073741824xf32> {
  // expected-error@+1 {{larger than what memory can be addressed}}
  %0 = onnx.Expand(%x, %s) : (tensor<1xf32>, tensor<2xi64>) -> tensor<2097152x1073741824xf32>
  return %0 : tensor<2097152x1073741824xf32>
}

// -----

func.func @axis_of_a_transform(%x: tensor<2x8x2xf32>, %a: tensor<i64>) -> tensor<?x?x2xf32> {
  // expected-error@+1 {{'onnx.DFT' op has no lowering for an axis that is not constant}}
  %0 = onnx.DFT(%x, _, %a) : (tensor<2x8x2xf32>, tensor<i64>) -> tensor<?x?x2xf32>
  return %0 : tensor<?x?x2xf32>
}

// -----

func.func @parts_of_complex_numbers(%x: tensor<2x8x3xf32>) -> tensor<2x8x2xf32> {
  // expected-error@+1 {{'onnx.DFT' op expects a last axis of one or two elements, found 'tensor<2x8x3xf32>'}}
  %0 = onnx.DFT(%x) : (tensor<2x8x3xf32>) -> tensor<2x8x2xf32>
  return %0 : tensor<2x8x2xf32>
}

// -----

func.func @many_axes(%x: tensor<1xf32>, %s: tensor<65xi64>) -> tensor<1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1xf32> {
  // expected-error@+1 {{'onnx.Reshape' op has a result of 65 axes, and at most 64 can be compiled}}
  %0 = onnx.Reshape(%x, %s) : (tensor<1xf32>, tensor<65xi64>) -> tensor<1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1xf32>
  return %0 : tensor<1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1xf32>
}

// -----

func.func @value_without_bytes() -> tensor<2x300xf32> {
  // expected-error@+1 {{'onnx.initializer' op holds no data of its type}}
  %0 = onnx.initializer "w" dense_resource<w> : tensor<2x300xf32>
  return %0 : tensor<2x300xf32>
}

// -----

func.func @fill_without_bytes(%s: tensor<1xi64>) -> tensor<?xf32> {
  // expected-error@+1 {{'onnx.ConstantOfShape' op holds no data of its type}}
  %0 = onnx.ConstantOfShape(%s) {value = dense_resource<fill> : tensor<1xf32>} : (tensor<1xi64>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

func.func @mask_that_is_no_constant(%mask: tensor<1xui8>, %values: tensor<3xf32>) -> tensor<2x3xf32> {
  // expected-error@+1 {{'compress.decode_sparse' op expects operands that are constants}}
  %0 = compress.decode_sparse(%mask, %values) : (tensor<1xui8>, tensor<3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @constant_without_a_value() -> tensor<3xf32> {
  // expected-error@+1 {{'onnx.Constant' op expects a tensor as its value}}
  %0 = onnx.Constant() : () -> tensor<3xf32>
  return %0 : tensor<3xf32>
}
