// Weights in the graphs of nodes, and those that a branch hands out, are weights too.
// RUN: retort-opt %s --compress-quantize-rtn="bits=8" | FileCheck %s

// CHECK-LABEL: func.func @branches
// CHECK: onnx.DequantizeLinear({{.*}}onnx.outputs = ["v"]
// CHECK: onnx.DequantizeLinear({{.*}}onnx.outputs = ["u"]
func.func @branches(%c: tensor<i1>, %x: tensor<1x3xf32>) -> tensor<1x2xf32> {
  %0 = onnx.If(%c) {
    %v = onnx.initializer "v" dense<1.0> : tensor<3x2xf32>
    %a = onnx.MatMul(%x, %v) : (tensor<1x3xf32>, tensor<3x2xf32>) -> tensor<1x2xf32>
    onnx.yield %a : tensor<1x2xf32>
  } {
    %u = onnx.initializer "u" dense<2.0> : tensor<3x2xf32>
    %a = onnx.MatMul(%x, %u) : (tensor<1x3xf32>, tensor<3x2xf32>) -> tensor<1x2xf32>
    onnx.yield %a : tensor<1x2xf32>
  } : (tensor<i1>) -> tensor<1x2xf32>
  %1 = onnx.Relu(%0) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}

// CHECK-LABEL: func.func @chosen
// CHECK: onnx.DequantizeLinear({{.*}}onnx.outputs = ["p"]
// CHECK: onnx.DequantizeLinear({{.*}}onnx.outputs = ["q"]
func.func @chosen(%c: tensor<i1>, %x: tensor<1x3xf32>) -> tensor<1x2xf32> {
  %0 = onnx.If(%c) {
    %p = onnx.initializer "p" dense<1.0> : tensor<3x2xf32>
    onnx.yield %p : tensor<3x2xf32>
  } {
    %q = onnx.initializer "q" dense<2.0> : tensor<3x2xf32>
    onnx.yield %q : tensor<3x2xf32>
  } : (tensor<i1>) -> tensor<3x2xf32>
  %1 = onnx.MatMul(%x, %0) : (tensor<1x3xf32>, tensor<3x2xf32>) -> tensor<1x2xf32>
  %2 = onnx.Relu(%1) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %2 : tensor<1x2xf32>
}

// What makes the model's outputs stays, in a branch too.
// CHECK-LABEL: func.func @outputs
// CHECK-NOT: onnx.DequantizeLinear
func.func @outputs(%c: tensor<i1>, %x: tensor<1x3xf32>) -> tensor<1x2xf32> {
  %0 = onnx.If(%c) {
    %v = onnx.initializer "v2" dense<1.0> : tensor<3x2xf32>
    %a = onnx.MatMul(%x, %v) : (tensor<1x3xf32>, tensor<3x2xf32>) -> tensor<1x2xf32>
    onnx.yield %a : tensor<1x2xf32>
  } {
    %u = onnx.initializer "u2" dense<2.0> : tensor<3x2xf32>
    %a = onnx.MatMul(%x, %u) : (tensor<1x3xf32>, tensor<3x2xf32>) -> tensor<1x2xf32>
    onnx.yield %a : tensor<1x2xf32>
  } : (tensor<i1>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}
