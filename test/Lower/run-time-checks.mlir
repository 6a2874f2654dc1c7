// What only the run knows of sizes is checked there, with the name of the node.
// RUN: retort-opt %s --lower-to-linalg | FileCheck %s

// CHECK-LABEL: @divide_small
// CHECK: cf.assert %{{.*}}, "node 'onnx.Div': a division by zero"
func.func @divide_small(%a: tensor<2xi64>, %b: tensor<2xi64>) -> tensor<2xi64> {
  %0 = onnx.Div(%a, %b) : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
  return %0 : tensor<2xi64>
}

// CHECK-LABEL: @divide
// CHECK: cf.assert %{{.*}}, "node 'onnx.Div': a division by zero"
func.func @divide(%a: tensor<?xi64>, %b: tensor<?xi64>) -> tensor<?xi64> {
  %0 = onnx.Div(%a, %b) : (tensor<?xi64>, tensor<?xi64>) -> tensor<?xi64>
  return %0 : tensor<?xi64>
}

// CHECK-LABEL: @rest
// CHECK: cf.assert %{{.*}}, "node 'onnx.Mod': a division by zero"
func.func @rest(%a: tensor<?xi32>, %b: tensor<i32>) -> tensor<?xi32> {
  %0 = onnx.Mod(%a, %b) : (tensor<?xi32>, tensor<i32>) -> tensor<?xi32>
  return %0 : tensor<?xi32>
}

// CHECK-LABEL: @bounds
// CHECK: cf.assert %{{.*}}, "node 'onnx.Clip': a bound is not one number"
func.func @bounds(%x: tensor<3xf32>, %b: tensor<?xf32>) -> tensor<3xf32> {
  %0 = onnx.Clip(%x, %b) : (tensor<3xf32>, tensor<?xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// CHECK-LABEL: @dequantize
// CHECK: cf.assert %{{.*}}, "node 'onnx.DequantizeLinear': the scales do not fit the data"
// CHECK: cf.assert %{{.*}}, "node 'onnx.DequantizeLinear': the zero points do not fit the data"
func.func @dequantize(%x: tensor<?x?xi8>, %s: tensor<?xf32>, %z: tensor<?xi8>) -> tensor<?x?xf32> {
  %0 = onnx.DequantizeLinear(%x, %s, %z) : (tensor<?x?xi8>, tensor<?xf32>, tensor<?xi8>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// CHECK-LABEL: @quantize
// CHECK: cf.assert %{{.*}}, "node 'onnx.QuantizeLinear': the scales do not fit the data"
func.func @quantize(%x: tensor<?x?xf32>, %s: tensor<?x?xf32>) -> tensor<?x?xui8> {
  %0 = onnx.QuantizeLinear(%x, %s) {block_size = 4 : i64} : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xui8>
  return %0 : tensor<?x?xui8>
}

// CHECK-LABEL: @bits
// CHECK: cf.assert %{{.*}}, "node 'onnx.com.microsoft.MatMulNBits': the codes do not fill the matrix"
// CHECK: cf.assert %{{.*}}, "node 'onnx.com.microsoft.MatMulNBits': the scales do not fit the matrix"
// CHECK: cf.assert %{{.*}}, "node 'onnx.com.microsoft.MatMulNBits': the zero points do not fit the matrix"
// CHECK: cf.assert %{{.*}}, "node 'onnx.com.microsoft.MatMulNBits': the bias does not fit the matrix"
func.func @bits(%x: tensor<?x32xf32>, %w: tensor<?x1x16xui8>, %s: tensor<?xf32>, %z: tensor<?xui8>, %b: tensor<?xf32>) -> tensor<?x4xf32> {
  %0 = onnx.com.microsoft.MatMulNBits(%x, %w, %s, %z, _, %b) {K = 32 : i64, N = 4 : i64, bits = 4 : i64, block_size = 32 : i64} : (tensor<?x32xf32>, tensor<?x1x16xui8>, tensor<?xf32>, tensor<?xui8>, tensor<?xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// CHECK-LABEL: @rows_of_bits
// CHECK: cf.assert %{{.*}}, "node 'onnx.com.microsoft.GatherBlockQuantized': the scales do not fit the data"
// CHECK: cf.assert %{{.*}}, "node 'onnx.com.microsoft.GatherBlockQuantized': the zero points do not fit the data"
func.func @rows_of_bits(%x: tensor<?x16xui8>, %i: tensor<3xi64>, %s: tensor<?x1xf32>, %z: tensor<?x1xui8>) -> tensor<3x32xf32> {
  %0 = onnx.com.microsoft.GatherBlockQuantized(%x, %i, %s, %z) {bits = 4 : i64, block_size = 32 : i64} : (tensor<?x16xui8>, tensor<3xi64>, tensor<?x1xf32>, tensor<?x1xui8>) -> tensor<3x32xf32>
  return %0 : tensor<3x32xf32>
}

// CHECK-LABEL: @convolution
// CHECK: cf.assert %{{.*}}, "node 'onnx.Conv': the kernel is larger than the padded input"
// CHECK: cf.assert %{{.*}}, "node 'onnx.Conv': the weight's channels do not fit the input"
// CHECK: cf.assert %{{.*}}, "node 'onnx.Conv': the groups do not divide the output channels"
// CHECK: cf.assert %{{.*}}, "node 'onnx.Conv': the bias does not fit the weight"
// CHECK: cf.assert %{{.*}}, "node 'onnx.Conv': the weight is not of the kernel's shape"
func.func @convolution(%x: tensor<?x?x?xf32>, %w: tensor<?x?x?xf32>, %b: tensor<?xf32>) -> tensor<?x?x?xf32> {
  %0 = onnx.Conv(%x, %w, %b) {group = 2 : i64, kernel_shape = array<i64: 3>} : (tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?xf32>) -> tensor<?x?x?xf32>
  return %0 : tensor<?x?x?xf32>
}

// CHECK-LABEL: @causal_convolution
// CHECK: cf.assert %{{.*}}, "node 'onnx.CausalConvWithState': the weight's channels do not fit the input"
// CHECK: cf.assert %{{.*}}, "node 'onnx.CausalConvWithState': the weight is empty"
// CHECK: cf.assert %{{.*}}, "node 'onnx.CausalConvWithState': the state does not fit the weight"
// CHECK: cf.assert %{{.*}}, "node 'onnx.CausalConvWithState': the bias does not fit the input"
func.func @causal_convolution(%x: tensor<?x?x?xf32>, %w: tensor<?x?x?xf32>, %b: tensor<?xf32>, %p: tensor<?x?x?xf32>) -> tensor<?x?x?xf32> {
  %0, %1 = onnx.CausalConvWithState(%x, %w, %b, %p) : (tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?xf32>, tensor<?x?x?xf32>) -> (tensor<?x?x?xf32>, tensor<?x?x?xf32>)
  return %0 : tensor<?x?x?xf32>
}

// CHECK-LABEL: @pool
// CHECK: cf.assert %{{.*}}, "node 'onnx.MaxPool': the kernel is larger than the padded input"
func.func @pool(%x: tensor<?x?x?xf32>) -> tensor<?x?x?xf32> {
  %0 = onnx.MaxPool(%x) {kernel_shape = array<i64: 3>} : (tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  return %0 : tensor<?x?x?xf32>
}

// CHECK-LABEL: @norm
// CHECK: cf.assert %{{.*}}, "node 'onnx.LayerNormalization': the weight does not fit the input"
func.func @norm(%x: tensor<?x?xf32>, %w: tensor<?xf32>) -> tensor<?x?xf32> {
  %0 = onnx.LayerNormalization(%x, %w) : (tensor<?x?xf32>, tensor<?xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// CHECK-LABEL: @norm_of_sum
// CHECK: cf.assert %{{.*}}, "node 'onnx.com.microsoft.SkipSimplifiedLayerNormalization': a summand does not fit the input"
// CHECK: cf.assert %{{.*}}, "node 'onnx.com.microsoft.SkipSimplifiedLayerNormalization': the weight does not fit the input"
func.func @norm_of_sum(%x: tensor<?x?x?xf32>, %s: tensor<?x?x?xf32>, %g: tensor<?xf32>) -> tensor<?x?x?xf32> {
  %0 = onnx.com.microsoft.SkipSimplifiedLayerNormalization(%x, %s, %g) : (tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?xf32>) -> tensor<?x?x?xf32>
  return %0 : tensor<?x?x?xf32>
}

// CHECK-LABEL: @norm_of_batch
// CHECK: cf.assert %{{.*}}, "node 'onnx.BatchNormalization': the statistics do not fit the channels"
func.func @norm_of_batch(%x: tensor<?x?x?xf32>, %s: tensor<?xf32>) -> tensor<?x?x?xf32> {
  %0 = onnx.BatchNormalization(%x, %s, %s, %s, %s) : (tensor<?x?x?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) -> tensor<?x?x?xf32>
  return %0 : tensor<?x?x?xf32>
}

// CHECK-LABEL: @norm_of_groups
// CHECK: cf.assert %{{.*}}, "node 'onnx.GroupNormalization': the weight does not fit the channels"
// CHECK: cf.assert %{{.*}}, "node 'onnx.GroupNormalization': the groups do not divide the channels"
func.func @norm_of_groups(%x: tensor<?x?x?xf32>, %s: tensor<?xf32>) -> tensor<?x?x?xf32> {
  %0 = onnx.GroupNormalization(%x, %s, %s) {num_groups = 4 : i64} : (tensor<?x?x?xf32>, tensor<?xf32>, tensor<?xf32>) -> tensor<?x?x?xf32>
  return %0 : tensor<?x?x?xf32>
}

// CHECK-LABEL: @summand
// CHECK: cf.assert %{{.*}}, "node 'onnx.Gemm': the matrices do not fit"
// CHECK: cf.assert %{{.*}}, "node 'onnx.Gemm': the summand does not fit the product"
func.func @summand(%a: tensor<?x?xf32>, %b: tensor<?x?xf32>, %c: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %0 = onnx.Gemm(%a, %b, %c) : (tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// CHECK-LABEL: @zero_points
// CHECK: cf.assert %{{.*}}, "node 'onnx.MatMulInteger': the zero points do not fit the matrix"
func.func @zero_points(%a: tensor<?x?xi8>, %z: tensor<?xi8>) -> tensor<?x?xi32> {
  %0 = onnx.MatMulInteger(%a, %a, %z) : (tensor<?x?xi8>, tensor<?x?xi8>, tensor<?xi8>) -> tensor<?x?xi32>
  return %0 : tensor<?x?xi32>
}

// CHECK-LABEL: @zero_point_of_a_vector
// CHECK: cf.assert %{{.*}}, "node 'onnx.MatMulInteger': the zero points do not fit the matrix"
func.func @zero_point_of_a_vector(%a: tensor<?xi8>, %b: tensor<?x?xi8>, %z: tensor<?xi8>) -> tensor<?xi32> {
  %0 = onnx.MatMulInteger(%a, %b, %z) : (tensor<?xi8>, tensor<?x?xi8>, tensor<?xi8>) -> tensor<?xi32>
  return %0 : tensor<?xi32>
}

// CHECK-LABEL: @labels
// CHECK: cf.assert %{{.*}}, "node 'onnx.Einsum': axes of the same name have different sizes"
func.func @labels(%a: tensor<?x?xf32>, %b: tensor<4x?xf32>) -> tensor<?x?xf32> {
  %0 = onnx.Einsum(%a, %b) {equation = "ij,jk->ik"} : (tensor<?x?xf32>, tensor<4x?xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// CHECK-LABEL: @diagonal
// CHECK: cf.assert %{{.*}}, "node 'onnx.Einsum': axes of the same name have different sizes"
func.func @diagonal(%a: tensor<?x?xf32>) -> tensor<?xf32> {
  %0 = onnx.Einsum(%a) {equation = "ii->i"} : (tensor<?x?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// CHECK-LABEL: @bias
// CHECK: cf.assert %{{.*}}, "node 'onnx.com.microsoft.BiasGelu': the bias does not fit the input"
func.func @bias(%x: tensor<?x?xf32>, %b: tensor<?xf32>) -> tensor<?x?xf32> {
  %0 = onnx.com.microsoft.BiasGelu(%x, %b) : (tensor<?x?xf32>, tensor<?xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// CHECK-LABEL: @tables
// CHECK: cf.assert %{{.*}}, "node 'onnx.com.microsoft.EmbedLayerNormalization': the positions do not fit the tokens"
// CHECK: cf.assert %{{.*}}, "node 'onnx.com.microsoft.EmbedLayerNormalization': the segments do not fit the tokens"
// CHECK: cf.assert %{{.*}}, "node 'onnx.com.microsoft.EmbedLayerNormalization': the tables have rows of different sizes"
func.func @tables(%i: tensor<?x?xi32>, %s: tensor<?x?xi32>, %w: tensor<?x?xf32>, %p: tensor<?x?xf32>, %k: tensor<?x?xf32>, %g: tensor<?xf32>, %o: tensor<?x?xi32>) -> tensor<?x?x?xf32> {
  %0, %1 = onnx.com.microsoft.EmbedLayerNormalization(%i, %s, %w, %p, %k, %g, %g, _, %o) : (tensor<?x?xi32>, tensor<?x?xi32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?x?xi32>) -> (tensor<?x?x?xf32>, tensor<?xi32>)
  return %0 : tensor<?x?x?xf32>
}

// CHECK-LABEL: @positions_of_a_table
// CHECK: cf.assert %{{.*}}, "node 'onnx.com.microsoft.EmbedLayerNormalization': more positions than the table has"
func.func @positions_of_a_table(%i: tensor<?x?xi32>, %w: tensor<?x?xf32>, %p: tensor<?x?xf32>, %g: tensor<?xf32>) -> tensor<?x?x?xf32> {
  %0, %1 = onnx.com.microsoft.EmbedLayerNormalization(%i, _, %w, %p, _, %g, %g) : (tensor<?x?xi32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?xf32>, tensor<?xf32>) -> (tensor<?x?x?xf32>, tensor<?xi32>)
  return %0 : tensor<?x?x?xf32>
}

// CHECK-LABEL: @rotation
// CHECK: cf.assert %{{.*}}, "node 'llm.rope': the tables are wider than a head"
// CHECK: cf.assert %{{.*}}, "node 'llm.rope': the positions do not fit the rows"
func.func @rotation(%x: tensor<?x?x?x?xf32>, %c: tensor<?x?xf32>, %p: tensor<?x?xi64>) -> tensor<?x?x?x?xf32> {
  %0 = llm.rope(%x, %c, %c at %p) : (tensor<?x?x?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xi64>) -> tensor<?x?x?x?xf32>
  return %0 : tensor<?x?x?x?xf32>
}

// CHECK-LABEL: @rotation_of_rows
// CHECK: cf.assert %{{.*}}, "node 'llm.rope': the tables have different sizes"
// CHECK: cf.assert %{{.*}}, "node 'llm.rope': the tables do not fit the rows"
func.func @rotation_of_rows(%x: tensor<?x?x?x?xf32>, %c: tensor<?x?x?xf32>, %s: tensor<?x?x?xf32>) -> tensor<?x?x?x?xf32> {
  %0 = llm.rope(%x, %c, %s) : (tensor<?x?x?x?xf32>, tensor<?x?x?xf32>, tensor<?x?x?xf32>) -> tensor<?x?x?x?xf32>
  return %0 : tensor<?x?x?x?xf32>
}

// CHECK-LABEL: @rotation_of_heads
// CHECK: cf.assert %{{.*}}, "node 'onnx.RotaryEmbedding': the heads do not divide a row"
func.func @rotation_of_heads(%x: tensor<?x?x?xf32>, %c: tensor<?x?x?xf32>) -> tensor<?x?x?xf32> {
  %0 = onnx.RotaryEmbedding(%x, %c, %c) {num_heads = 3 : i64} : (tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  return %0 : tensor<?x?x?xf32>
}

// CHECK-LABEL: @attention
// CHECK: cf.assert %{{.*}}, "node 'llm.attention': there are no key-value heads"
// CHECK: cf.assert %{{.*}}, "node 'llm.attention': the key-value heads do not divide the query heads"
// CHECK: cf.assert %{{.*}}, "node 'llm.attention': query and key have different batches"
// CHECK: cf.assert %{{.*}}, "node 'llm.attention': query and key have different head sizes"
// CHECK: cf.assert %{{.*}}, "node 'llm.attention': key and value have different sizes"
// CHECK: cf.assert %{{.*}}, "node 'llm.attention': past and new rows have different sizes"
// CHECK: cf.assert %{{.*}}, "node 'llm.attention': a mask does not fit rows and columns"
// CHECK: cf.assert %{{.*}}, "node 'llm.attention': a list does not fit the batch"
// CHECK: cf.assert %{{.*}}, "node 'llm.attention': the sinks do not fit the heads"
func.func @attention(%q: tensor<?x?x?x?xf32>, %k: tensor<?x?x?x?xf32>, %v: tensor<?x?x?x?xf32>, %p: tensor<?x?x?x?xf32>, %m: tensor<?x?xi1>, %l: tensor<?xi64>, %s: tensor<?xf32>) -> tensor<?x?x?x?xf32> {
  %0, %1, %2 = llm.attention(%q, %k, %v past %p, %p mask %m key_length %l sinks %s) {scale = 1.0 : f32} : (tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>, tensor<?x?xi1>, tensor<?xi64>, tensor<?xf32>) -> (tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>)
  return %0 : tensor<?x?x?x?xf32>
}

// CHECK-LABEL: @retention
// CHECK: cf.assert %{{.*}}, "node 'llm.retention': there are no key-value heads"
// CHECK: cf.assert %{{.*}}, "node 'llm.retention': the key-value heads do not divide the query heads"
// CHECK: cf.assert %{{.*}}, "node 'llm.retention': query and key have different numbers of rows"
// CHECK: cf.assert %{{.*}}, "node 'llm.retention': query and key have different sizes"
// CHECK: cf.assert %{{.*}}, "node 'llm.retention': key and value have different sizes"
// CHECK: cf.assert %{{.*}}, "node 'llm.retention': the decay does not fit the keys"
// CHECK: cf.assert %{{.*}}, "node 'llm.retention': beta does not fit the keys"
// CHECK: cf.assert %{{.*}}, "node 'llm.retention': the state does not fit keys and values"
func.func @retention(%q: tensor<?x?x?x?xf32>, %k: tensor<?x?x?x?xf32>, %v: tensor<?x?x?x?xf32>, %s: tensor<?x?x?x?xf32>, %g: tensor<?x?x?x?xf32>, %b: tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32> {
  %0, %1 = llm.retention gated_delta(%q, %k, %v state %s decay %g beta %b) {scale = 1.0 : f32} : (tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>) -> (tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>)
  return %0 : tensor<?x?x?x?xf32>
}

// CHECK-LABEL: @recurrence
// CHECK: cf.assert %{{.*}}, "node 'onnx.LSTM': the weight does not fit the input"
// CHECK: cf.assert %{{.*}}, "node 'onnx.LSTM': the recurrent weight does not fit the state"
// CHECK: cf.assert %{{.*}}, "node 'onnx.LSTM': the bias does not fit the weight"
// CHECK: cf.assert %{{.*}}, "node 'onnx.LSTM': the initial state does not fit the input"
// CHECK: cf.assert %{{.*}}, "node 'onnx.LSTM': the initial cell does not fit the input"
// CHECK: cf.assert %{{.*}}, "node 'onnx.LSTM': the peepholes do not fit the weight"
// CHECK: cf.assert %{{.*}}, "node 'onnx.LSTM': the sequence lengths do not fit the batch"
// CHECK: cf.assert %{{.*}}, "node 'onnx.LSTM': a sequence is longer than the input"
func.func @recurrence(%x: tensor<?x?x?xf32>, %w: tensor<?x?x?xf32>, %r: tensor<?x?x?xf32>, %b: tensor<?x?xf32>, %l: tensor<?xi32>, %h: tensor<?x?x?xf32>, %p: tensor<?x?xf32>) -> tensor<?x?x?x?xf32> {
  %0 = onnx.LSTM(%x, %w, %r, %b, %l, %h, %h, %p) : (tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?x?xf32>, tensor<?xi32>, tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?x?xf32>) -> tensor<?x?x?x?xf32>
  return %0 : tensor<?x?x?x?xf32>
}

// CHECK-LABEL: @count
// CHECK: cf.assert %{{.*}}, "node 'onnx.Loop': a count or condition is not one element"
// CHECK: cf.assert %{{.*}}, "node 'onnx.Loop': an iteration gives an element of another size"
func.func @count(%n: tensor<?xi64>, %c: tensor<i1>, %x: tensor<?xf32>) -> tensor<?x?xf32> {
  %0 = onnx.Loop(%n, %c) {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>):
    onnx.yield %go, %x : tensor<i1>, tensor<?xf32>
  } : (tensor<?xi64>, tensor<i1>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// CHECK-LABEL: @lists
// CHECK: cf.assert %{{.*}}, "node 'onnx.Scan': scans lists of different lengths"
func.func @lists(%a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<?xf32> {
  %0 = onnx.Scan(%a, %b) {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %1 = onnx.Add(%x, %y) : (tensor<f32>, tensor<f32>) -> tensor<f32>
    onnx.yield %1 : tensor<f32>
  } {num_scan_inputs = 2 : i64} : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// Divisors that are known take no test.
// CHECK-LABEL: @known_divisors
// CHECK-NOT: cf.assert
// CHECK: return
func.func @known_divisors(%a: tensor<?xi64>) -> tensor<?xi64> {
  %two = onnx.Constant() {value = dense<2> : tensor<i64>} : () -> tensor<i64>
  %0 = onnx.Div(%a, %two) : (tensor<?xi64>, tensor<i64>) -> tensor<?xi64>
  return %0 : tensor<?xi64>
}

// CHECK-LABEL: @resize_by_scales
// CHECK: cf.assert %{{.*}}, "node 'onnx.Resize': expects a number for each axis"
// CHECK: cf.assert %{{.*}}, "node 'onnx.Resize': expects scales above 0"
// CHECK: cf.assert %{{.*}}, "node 'onnx.Resize': expects elements to resize"
func.func @resize_by_scales(%x: tensor<?xf32>, %s: tensor<?xf32>) -> tensor<?xf32> {
  %0 = onnx.Resize(%x, _, %s) : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// CHECK-LABEL: @resize_to_sizes
// CHECK: cf.assert %{{.*}}, "node 'onnx.Resize': expects sizes that are not negative"
// CHECK: cf.assert %{{.*}}, "node 'onnx.Resize': expects sizes that fit"
func.func @resize_to_sizes(%x: tensor<?xf32>, %s: tensor<1xi64>) -> tensor<?xf32> {
  %0 = onnx.Resize(%x, _, _, %s) {keep_aspect_ratio_policy = "not_larger"} : (tensor<?xf32>, tensor<1xi64>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// CHECK-LABEL: @resize_a_region
// CHECK: cf.assert %{{.*}}, "node 'onnx.Resize': expects a region with two ends for each axis"
func.func @resize_a_region(%x: tensor<?xf32>, %r: tensor<?xf32>, %s: tensor<1xi64>) -> tensor<?xf32> {
  %0 = onnx.Resize(%x, %r, _, %s) {coordinate_transformation_mode = "tf_crop_and_resize"} : (tensor<?xf32>, tensor<?xf32>, tensor<1xi64>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// CHECK-LABEL: @parts
// CHECK: cf.assert %{{.*}}, "node 'onnx.Concat': the parts have different sizes"
func.func @parts(%a: tensor<?x2xf32>, %b: tensor<?x3xf32>) -> tensor<?x5xf32> {
  %0 = onnx.Concat(%a, %b) {axis = 1 : i64} : (tensor<?x2xf32>, tensor<?x3xf32>) -> tensor<?x5xf32>
  return %0 : tensor<?x5xf32>
}

// CHECK-LABEL: @starts
// CHECK: cf.assert %{{.*}}, "node 'onnx.Slice': expects a start for each axis"
func.func @starts(%x: tensor<4x5xf32>, %s: tensor<?xi64>, %t: tensor<?xi64>) -> tensor<?x?xf32> {
  %0 = onnx.Slice(%x, %s, %t) : (tensor<4x5xf32>, tensor<?xi64>, tensor<?xi64>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// CHECK-LABEL: @axes
// CHECK: cf.assert %{{.*}}, "node 'onnx.Slice': an axis is named twice"
func.func @axes(%x: tensor<4x5xf32>, %s: tensor<2xi64>, %t: tensor<2xi64>, %a: tensor<2xi64>) -> tensor<?x?xf32> {
  %0 = onnx.Slice(%x, %s, %t, %a) : (tensor<4x5xf32>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// CHECK-LABEL: @largest
// CHECK: cf.assert %{{.*}}, "node 'onnx.TopK': k is larger than the axis"
func.func @largest(%x: tensor<?xf32>, %k: tensor<1xi64>) -> (tensor<?xf32>, tensor<?xi64>) {
  %0, %1 = onnx.TopK(%x, %k) : (tensor<?xf32>, tensor<1xi64>) -> (tensor<?xf32>, tensor<?xi64>)
  return %0, %1 : tensor<?xf32>, tensor<?xi64>
}

// CHECK-LABEL: @training
// CHECK: cf.assert %{{.*}}, "node 'onnx.Dropout': a parameter is not one number"
func.func @training(%x: tensor<3xf32>, %r: tensor<f32>, %t: tensor<?xi1>) -> tensor<3xf32> {
  %0 = onnx.Dropout(%x, %r, %t) : (tensor<3xf32>, tensor<f32>, tensor<?xi1>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// CHECK-LABEL: @cache
// CHECK: cf.assert %{{.*}}, "node 'onnx.TensorScatter': expects a write index for each part of the batch"
func.func @cache(%x: tensor<?x4x3xf32>, %u: tensor<?x1x3xf32>, %i: tensor<?xi64>) -> tensor<?x4x3xf32> {
  %0 = onnx.TensorScatter(%x, %u, %i) {axis = 1 : i64} : (tensor<?x4x3xf32>, tensor<?x1x3xf32>, tensor<?xi64>) -> tensor<?x4x3xf32>
  return %0 : tensor<?x4x3xf32>
}

// What is known of sizes beforehand is not checked: an expansion to sizes that are the data's.
// CHECK-LABEL: @expanded
// CHECK: cf.assert %{{.*}}, "inputs differ in the size 'n'"
// CHECK-NOT: cf.assert
// CHECK: return
func.func @expanded(%x: tensor<?x1xf32> {onnx.dims = ["n", ""]}, %y: tensor<?x?xf32> {onnx.dims = ["n", "m"]}) -> tensor<?x?xf32> {
  %shape = onnx.Shape(%y) : (tensor<?x?xf32>) -> tensor<2xi64>
  %0 = onnx.Expand(%x, %shape) : (tensor<?x1xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// CHECK-LABEL: @groups_of_inputs
// CHECK: cf.assert %{{.*}}, "node 'onnx.com.microsoft.MatMulNBits': g_idx does not fit the matrix"
func.func @groups_of_inputs(%x: tensor<?x32xf32>, %w: tensor<4x1x16xui8>, %s: tensor<4xf32>, %g: tensor<?xi32>) -> tensor<?x4xf32> {
  %0 = onnx.com.microsoft.MatMulNBits(%x, %w, %s, _, %g) {K = 32 : i64, N = 4 : i64, bits = 4 : i64, block_size = 32 : i64} : (tensor<?x32xf32>, tensor<4x1x16xui8>, tensor<4xf32>, tensor<?xi32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// CHECK-LABEL: @declared_smaller
// CHECK: cf.assert %{{.*}}, "node 'onnx.Relu': the declared size is another"
func.func @declared_smaller(%x: tensor<?xf32>) -> tensor<3xf32> {
  %0 = onnx.Relu(%x) : (tensor<?xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// CHECK-LABEL: @points
// CHECK: cf.assert %{{.*}}, "node 'onnx.DFT': transforms no points"
func.func @points(%x: tensor<1x?x1xf32>) -> tensor<1x?x2xf32> {
  %0 = onnx.DFT(%x) : (tensor<1x?x1xf32>) -> tensor<1x?x2xf32>
  return %0 : tensor<1x?x2xf32>
}

// CHECK-LABEL: @bonus
// CHECK: cf.assert %{{.*}}, "node 'llm.retention': the bonus does not fit the keys"
func.func @bonus(%q: tensor<1x2x?x4xf32>, %b: tensor<?x?x?x4xf32>) -> tensor<1x2x?x4xf32> {
  %0, %1 = llm.retention gated(%q, %q, %q decay %q beta %b) {scale = 0.5 : f32} : (tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<?x?x?x4xf32>) -> (tensor<1x2x?x4xf32>, tensor<1x2x4x4xf32>)
  return %0 : tensor<1x2x?x4xf32>
}
