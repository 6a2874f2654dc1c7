// Operands that no operation can take are errors; a declared type that inference contradicts is a warning.
// RUN: retort-opt %s --onnx-infer-shapes --split-input-file --verify-diagnostics

func.func @broadcast(%a: tensor<2x3xf32>, %b: tensor<4x5xf32>) -> tensor<*xf32> {
  // expected-error @below {{expects shapes that broadcast against each other, found [2, 3] and [4, 5]}}
  %c = onnx.Add(%a, %b) : (tensor<2x3xf32>, tensor<4x5xf32>) -> tensor<*xf32>
  return %c : tensor<*xf32>
}

// -----

func.func @inner(%a: tensor<2x3xf32>, %b: tensor<4x5xf32>) -> tensor<*xf32> {
  // expected-error @below {{expects equal inner sizes, found 3 and 4}}
  %c = onnx.MatMul(%a, %b) : (tensor<2x3xf32>, tensor<4x5xf32>) -> tensor<*xf32>
  return %c : tensor<*xf32>
}

// -----

func.func @types(%a: tensor<2xf32>, %b: tensor<2xi64>) -> tensor<*xf32> {
  // expected-error @below {{expects 'B' of 'f32', like 'A', found 'tensor<2xi64>'}}
  %c = onnx.Add(%a, %b) : (tensor<2xf32>, tensor<2xi64>) -> tensor<*xf32>
  return %c : tensor<*xf32>
}

// -----

func.func @elements(%a: tensor<2x3xf32>) -> tensor<*xf32> {
  %shape = onnx.Constant() {value = dense<[4, -1]> : tensor<2xi64>} : () -> tensor<2xi64>
  // expected-error @below {{expects a shape of 6 elements, found sizes whose product is 4}}
  %c = onnx.Reshape(%a, %shape) : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<*xf32>
  return %c : tensor<*xf32>
}

// -----

func.func @axis(%a: tensor<2x3xf32>, %i: tensor<1xi64>) -> tensor<*xf32> {
  // expected-error @below {{expects an axis in [-2, 2), found 2}}
  %c = onnx.Gather(%a, %i) {axis = 2 : i64} : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<*xf32>
  return %c : tensor<*xf32>
}

// -----

func.func @declared(%a: tensor<2x3xf32>) -> tensor<2x4xf32> {
  // expected-warning @below {{declared as 'tensor<2x4xf32>', but inferred as 'tensor<2x3xf32>'}}
  %c = onnx.Relu(%a) : (tensor<2x3xf32>) -> tensor<2x4xf32>
  return %c : tensor<2x4xf32>
}

// -----

func.func @axis_of_complex_parts(%x: tensor<1x8x2xf32>) {
  %a = onnx.initializer "a" dense<-1> : tensor<i64>
  // expected-error @below {{'onnx.DFT' op expects an axis before the last one, which holds real and imaginary parts, found 2}}
  %0 = onnx.DFT(%x, _, %a) : (tensor<1x8x2xf32>, tensor<i64>) -> tensor<*xf32>
  return
}

// -----

func.func @repeats_beyond_memory(%x: tensor<3xf32>) {
  %r = onnx.initializer "r" dense<1152921504606846976> : tensor<1xi64>
  // expected-error @below {{'onnx.Tile' op expects repeats that fit into memory, found 1152921504606846976}}
  %0 = onnx.Tile(%x, %r) : (tensor<3xf32>, tensor<1xi64>) -> tensor<?xf32>
  return
}
