// RUN: retort-opt %s --lower-to-linalg --split-input-file --verify-diagnostics | FileCheck %s

// Around the data lies what never wins; the window's loops have the sizes of a tensor that nothing reads.
// CHECK: #[[$WALK:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2 * 2 + d3)>
// CHECK-LABEL: @maxima
// CHECK: arith.constant 0xFF800000 : f32
// CHECK: tensor.insert_slice {{.*}} : tensor<1x2x5xf32> into tensor<1x2x7xf32>
// CHECK: %[[WINDOW:.*]] = tensor.empty() : tensor<3xi1>
// CHECK: linalg.generic {indexing_maps = [#[[$WALK]], {{.*}} ins(%{{.*}}, %[[WINDOW]]
// CHECK: arith.maximumf
func.func @maxima(%x: tensor<1x2x5xf32>) -> tensor<1x2x3xf32> {
  %y, %places = onnx.MaxPool(%x) {kernel_shape = array<i64: 3>, pads = array<i64: 1, 1>, strides = array<i64: 2>}
      : (tensor<1x2x5xf32>) -> (tensor<1x2x3xf32>, tensor<1x2x3xi64>)
  return %y : tensor<1x2x3xf32>
}

// -----

// What was added around the data does not count.
// CHECK-LABEL: @means
// CHECK: arith.addf
// CHECK: linalg.generic
// CHECK: arith.addf
// CHECK: arith.divf
func.func @means(%x: tensor<1x2x5xf32>) -> tensor<1x2x5xf32> {
  %y = onnx.AveragePool(%x) {auto_pad = "SAME_UPPER", kernel_shape = array<i64: 3>} : (tensor<1x2x5xf32>) -> tensor<1x2x5xf32>
  return %y : tensor<1x2x5xf32>
}

// -----

func.func @places_of_maxima(%x: tensor<1x2x5xf32>) -> tensor<1x2x3xi64> {
  // expected-error@+1 {{'onnx.MaxPool' op with the places of its maxima has no lowering to CPU code}}
  %y, %places = onnx.MaxPool(%x) {kernel_shape = array<i64: 3>} : (tensor<1x2x5xf32>) -> (tensor<1x2x3xf32>, tensor<1x2x3xi64>)
  return %places : tensor<1x2x3xi64>
}
