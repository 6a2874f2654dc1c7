// RUN: retort-opt %s --recognize-retention | FileCheck %s

// RWKV reads its state before it writes it, with a bonus for the token itself: keys are the axis before the last.
// CHECK-LABEL: func.func @bonus
// CHECK-SAME: %[[S:[a-z0-9]+]]: tensor<?x2x3x5xf32>
// CHECK: %[[Y:.*]], %[[NEXT:.*]] = llm.retention gated(%{{.*}}, %{{.*}}, %{{.*}} state %[[S]] decay %{{.*}} beta %{{.*}}) {scale = 1.000000e+00 : f32} : (tensor<?x2x1x3xf32>, tensor<?x2x1x3xf32>, tensor<?x2x1x5xf32>, tensor<?x2x3x5xf32>, tensor<1x2x1x3xf32>, tensor<1x2x1x3xf32>)
// CHECK: return %{{.*}}, %[[NEXT]]
func.func @bonus(%state: tensor<?x2x3x5xf32>, %q: tensor<?x2x1x3xf32>, %k: tensor<?x2x3x1xf32>, %v: tensor<?x2x1x5xf32>) -> (tensor<?x2x1x5xf32>, tensor<?x2x3x5xf32>) {
  %w = onnx.Constant() {value = dense<0.5> : tensor<2x3x1xf32>} : () -> tensor<2x3x1xf32>
  %u = onnx.Constant() {value = dense<0.25> : tensor<2x3x1xf32>} : () -> tensor<2x3x1xf32>
  %kv = onnx.MatMul(%k, %v) : (tensor<?x2x3x1xf32>, tensor<?x2x1x5xf32>) -> tensor<?x2x3x5xf32>
  %own = onnx.Mul(%kv, %u) : (tensor<?x2x3x5xf32>, tensor<2x3x1xf32>) -> tensor<?x2x3x5xf32>
  %seen = onnx.Add(%own, %state) : (tensor<?x2x3x5xf32>, tensor<?x2x3x5xf32>) -> tensor<?x2x3x5xf32>
  %y = onnx.MatMul(%q, %seen) : (tensor<?x2x1x3xf32>, tensor<?x2x3x5xf32>) -> tensor<?x2x1x5xf32>
  %kept = onnx.Mul(%state, %w) : (tensor<?x2x3x5xf32>, tensor<2x3x1xf32>) -> tensor<?x2x3x5xf32>
  %next = onnx.Add(%kept, %kv) : (tensor<?x2x3x5xf32>, tensor<?x2x3x5xf32>) -> tensor<?x2x3x5xf32>
  return %y, %next : tensor<?x2x1x5xf32>, tensor<?x2x3x5xf32>
}

// Mamba: a head for each channel, whose value is one number, and a decay for each channel and each coordinate of keys.
// CHECK-LABEL: func.func @channels
// CHECK: llm.retention gated({{.*}}) {scale = 1.000000e+00 : f32} : (tensor<?x4x1x3xf32>, tensor<?x4x1x3xf32>, tensor<?x4x1x1xf32>, tensor<?x4x3x1xf32>, tensor<?x4x1x3xf32>)
func.func @channels(%state: tensor<?x4x3xf32>, %q: tensor<?x1x3xf32>, %k: tensor<?x1x3xf32>, %v: tensor<?x4x1xf32>, %g: tensor<?x4x3xf32>) -> (tensor<?x4xf32>, tensor<?x4x3xf32>) {
  %axis = onnx.Constant() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %w = onnx.Exp(%g) : (tensor<?x4x3xf32>) -> tensor<?x4x3xf32>
  %kept = onnx.Mul(%w, %state) : (tensor<?x4x3xf32>, tensor<?x4x3xf32>) -> tensor<?x4x3xf32>
  %kv = onnx.Mul(%v, %k) : (tensor<?x4x1xf32>, tensor<?x1x3xf32>) -> tensor<?x4x3xf32>
  %next = onnx.Add(%kept, %kv) : (tensor<?x4x3xf32>, tensor<?x4x3xf32>) -> tensor<?x4x3xf32>
  %read = onnx.Mul(%next, %q) : (tensor<?x4x3xf32>, tensor<?x1x3xf32>) -> tensor<?x4x3xf32>
  %y = onnx.ReduceSum(%read, %axis) {keepdims = 0 : i64} : (tensor<?x4x3xf32>, tensor<1xi64>) -> tensor<?x4xf32>
  return %y, %next : tensor<?x4xf32>, tensor<?x4x3xf32>
}

// What is taken away depends on what the state holds (RWKV 7): no rule of retention.
// CHECK-LABEL: func.func @removes
// CHECK-NOT: llm.retention
// CHECK: return
func.func @removes(%state: tensor<?x3x3xf32>, %k: tensor<?x3x1xf32>, %v: tensor<?x1x3xf32>, %w: tensor<?x1x3xf32>) -> (tensor<?x3x1xf32>, tensor<?x3x3xf32>) {
  %e = onnx.Exp(%w) : (tensor<?x1x3xf32>) -> tensor<?x1x3xf32>
  %kept = onnx.Mul(%state, %e) : (tensor<?x3x3xf32>, tensor<?x1x3xf32>) -> tensor<?x3x3xf32>
  %held = onnx.MatMul(%state, %k) : (tensor<?x3x3xf32>, tensor<?x3x1xf32>) -> tensor<?x3x1xf32>
  %away = onnx.MatMul(%held, %v) : (tensor<?x3x1xf32>, tensor<?x1x3xf32>) -> tensor<?x3x3xf32>
  %next = onnx.Add(%kept, %away) : (tensor<?x3x3xf32>, tensor<?x3x3xf32>) -> tensor<?x3x3xf32>
  %y = onnx.MatMul(%next, %k) : (tensor<?x3x3xf32>, tensor<?x3x1xf32>) -> tensor<?x3x1xf32>
  return %y, %next : tensor<?x3x1xf32>, tensor<?x3x3xf32>
}
