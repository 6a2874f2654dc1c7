// RUN: retort-opt %s --lower-to-linalg | FileCheck %s

// Numbers narrower than f32 are added up in f32, and rounded once.
// CHECK-LABEL: @accumulates_in_f32
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]
// CHECK: arith.extf
// CHECK: arith.addf {{.*}} fastmath<reassoc,contract> : f32
// CHECK: arith.truncf
// CHECK: tensor.expand_shape {{.*}} output_shape [4, 1]
func.func @accumulates_in_f32(%x: tensor<4x8xf16>) -> tensor<4x1xf16> {
  %axes = onnx.Constant() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %0 = onnx.ReduceSum(%x, %axes) : (tensor<4x8xf16>, tensor<1xi64>) -> tensor<4x1xf16>
  return %0 : tensor<4x1xf16>
}

// CHECK-LABEL: @softmax
// CHECK: arith.maximumf
// CHECK: math.exp
// CHECK: arith.addf
// CHECK: arith.divf
// CHECK: arith.mulf
func.func @softmax(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = onnx.Softmax(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// The cast comes before the product with the weight.
// CHECK-LABEL: @rms_norm
// CHECK: math.sqrt
// CHECK: arith.truncf
// CHECK: arith.extf
// CHECK: arith.mulf
func.func @rms_norm(%x: tensor<2x8xf16>, %w: tensor<8xf16>) -> tensor<2x8xf16> {
  %0 = llm.rms_norm(%x, %w) {epsilon = 1.0e-5 : f32} : (tensor<2x8xf16>, tensor<8xf16>) -> tensor<2x8xf16>
  return %0 : tensor<2x8xf16>
}
