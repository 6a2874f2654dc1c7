// RUN: retort-opt %s --split-input-file --verify-diagnostics

func.func @omits_a_required_input(%x: tensor<4xf32>) {
  // expected-error @+1 {{expects operands (input, min?, max?), found 2 with 1 omitted}}
  %0 = onnx.Clip(_, %x) : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @too_many_inputs(%x: tensor<4xf32>) {
  // expected-error @+1 {{expects operands (A, B), found 3 with 0 omitted}}
  %0 = onnx.Add(%x, %x, %x) : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @omits_a_result(%x: tensor<4xf32>) {
  // expected-error @+1 {{expects results (C), found 0 with 0 omitted}}
  onnx.Add(%x, %x) : (tensor<4xf32>, tensor<4xf32>) -> ()
  return
}

// -----

func.func @wrong_attribute(%x: tensor<4xf32>) {
  // expected-error @+1 {{attribute 'axis' failed to satisfy constraint: ONNX INT (i64)}}
  %0 = onnx.Softmax(%x) {axis = 1.0 : f32} : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @missing_attribute(%x: tensor<4xf32>) {
  // expected-error @+1 {{requires attribute 'to'}}
  %0 = onnx.Cast(%x) : (tensor<4xf32>) -> tensor<4xf16>
  return
}
