// The text form of typed operations: `_` for what is omitted, defaults are not written.
// RUN: retort-opt %s | retort-opt | FileCheck %s
// RUN: retort-opt %s --mlir-print-op-generic | FileCheck %s --check-prefix=GENERIC
// RUN: retort-opt %s --emit-bytecode | retort-opt | FileCheck %s

// CHECK-LABEL: @omits_inputs
// GENERIC-LABEL: "omits_inputs"
func.func @omits_inputs(%x: tensor<4xf32>, %max: tensor<f32>) -> tensor<4xf32> {
  // CHECK: onnx.Clip(%{{.*}}, _, %{{.*}}) : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  // GENERIC: "onnx.Clip"(%{{.*}}) <{operandSegmentSizes = array<i32: 1, 0, 1>}>
  %0 = onnx.Clip(%x, _, %max) : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: @omits_outputs
func.func @omits_outputs(%x: tensor<2x4xf32>, %scale: tensor<4xf32>) -> (tensor<2x4xf32>, tensor<2x1xf32>) {
  // CHECK: onnx.LayerNormalization(%{{.*}}, %{{.*}}) {epsilon = 1.000000e-03 : f32}
  // CHECK-SAME: -> (tensor<2x4xf32>, _, tensor<2x1xf32>)
  %y, %deviation = onnx.LayerNormalization(%x, %scale) {epsilon = 1.0e-3 : f32}
      : (tensor<2x4xf32>, tensor<4xf32>) -> (tensor<2x4xf32>, _, tensor<2x1xf32>)
  return %y, %deviation : tensor<2x4xf32>, tensor<2x1xf32>
}

// CHECK-LABEL: @repeats_inputs
func.func @repeats_inputs(%a: tensor<2xi64>, %b: tensor<3xi64>) -> tensor<7xi64> {
  // CHECK: onnx.Concat(%[[A:.*]], %{{.*}}, %[[A]]) {axis = 0 : i64}
  %0 = onnx.Concat(%a, %b, %a) {axis = 0 : i64} : (tensor<2xi64>, tensor<3xi64>, tensor<2xi64>) -> tensor<7xi64>
  return %0 : tensor<7xi64>
}

// CHECK-LABEL: @other_domain
func.func @other_domain(%a: tensor<2x3xf32>, %b: tensor<3x5xf32>) -> tensor<2x5xf32> {
  // CHECK: onnx.com.microsoft.FusedMatMul(%{{.*}}, %{{.*}}) {alpha = 2.000000e+00 : f32}
  %0 = onnx.com.microsoft.FusedMatMul(%a, %b) {alpha = 2.0 : f32} : (tensor<2x3xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
  return %0 : tensor<2x5xf32>
}
