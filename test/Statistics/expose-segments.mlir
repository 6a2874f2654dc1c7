// RUN: retort-opt %s --expose-activations | FileCheck %s

// What is added to a value that it was computed of is a segment, biases and sums of its own aside; behind a norm the stream
// is the normalized one. A block is attention with what follows; here none mixes rows, so that each segment is one.
// CHECK: retort.segments = [
// CHECK-SAME: {before = 1 : i64, behind = 2 : i64, count = 1 : i64, first = 0 : i64}
// CHECK-SAME: {before = 2 : i64, behind = 4 : i64, count = 1 : i64, first = 1 : i64}
// CHECK-LABEL: func.func @main
func.func @main(%x: tensor<?x4xf32>, %other: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %one = onnx.initializer "one" dense<1.0> : tensor<4xf32>
  %a = onnx.initializer "a" dense<1.0> : tensor<4x4xf32>
  %b = onnx.initializer "b" dense<2.0> : tensor<4x4xf32>
  %c = onnx.initializer "c" dense<3.0> : tensor<4x4xf32>
  // No segment: neither is computed of the other.
  %sum = onnx.Add(%x, %other) : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %s0 = llm.rms_norm(%sum, %one) {epsilon = 1.0e-5 : f32} : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %p = onnx.MatMul(%s0, %a) : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %q = onnx.Add(%p, %one) : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %r = onnx.Add(%s0, %q) : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  // CHECK: %[[FIRST:.*]] = llm.rms_norm
  // CHECK: %[[SECOND:.*]] = llm.rms_norm
  %s1 = llm.rms_norm(%r, %one) {epsilon = 1.0e-5 : f32} : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %t = onnx.MatMul(%s1, %b) : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  // Element by element alone: no segment either.
  %v = onnx.Mul(%t, %t) : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %w = onnx.Add(%t, %v) : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %u = onnx.MatMul(%w, %c) : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %y = onnx.Add(%s1, %u) : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  // CHECK: %[[THIRD:.*]] = llm.rms_norm
  %s2 = llm.rms_norm(%y, %one) {epsilon = 1.0e-5 : f32} : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  // CHECK: return %[[THIRD]], %[[FIRST]], %[[SECOND]], %{{.*}}, %[[THIRD]]
  return %s2 : tensor<?x4xf32>
}
