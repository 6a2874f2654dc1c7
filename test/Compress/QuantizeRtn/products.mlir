// Products by other names: the inputs of an output lie along the axis that is summed.
// RUN: retort-opt %s --compress-quantize-rtn="bits=8" | FileCheck %s
// RUN: retort-opt %s --compress-quantize-rtn="bits=4 group-size=2" | FileCheck %s --check-prefix=GROUPS

// CHECK-LABEL: func.func @last_axis_of_the_weight
// CHECK: onnx.initializer "w_scale" {{.*}} : tensor<2xf32>
// CHECK: onnx.DequantizeLinear({{.*}}) {axis = 0 : i64, onnx.outputs = ["w"]}
// GROUPS-LABEL: func.func @last_axis_of_the_weight
// GROUPS: onnx.initializer "w_scale" {{.*}} : tensor<2x3xf32>
func.func @last_axis_of_the_weight(%x: tensor<1x5xf32>) -> tensor<1x2xf32> {
  %w = onnx.initializer "w" dense<1.0> : tensor<2x5xf32>
  %0 = onnx.Einsum(%x, %w) {equation = "ij,kj->ik"} : (tensor<1x5xf32>, tensor<2x5xf32>) -> tensor<1x2xf32>
  %1 = onnx.Relu(%0) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}

// Heads and their coordinates are summed: groups lie along the coordinates of one head.
// CHECK-LABEL: func.func @two_summed_axes
// CHECK: onnx.initializer "heads_scale" {{.*}} : tensor<2x1x5xf32>
// CHECK: onnx.DequantizeLinear({{.*}}) {axis = 1 : i64, block_size = 3 : i64, onnx.outputs = ["heads"]}
func.func @two_summed_axes(%x: tensor<1x4x2x3xf32>) -> tensor<1x4x5xf32> {
  %w = onnx.initializer "heads" dense<1.0> : tensor<2x3x5xf32>
  %0 = onnx.Einsum(%x, %w) {equation = "bshk,hkd->bsd"} : (tensor<1x4x2x3xf32>, tensor<2x3x5xf32>) -> tensor<1x4x5xf32>
  %1 = onnx.Relu(%0) : (tensor<1x4x5xf32>) -> tensor<1x4x5xf32>
  return %1 : tensor<1x4x5xf32>
}

// CHECK-LABEL: func.func @channels_at_one_place
// CHECK: onnx.initializer "c_scale" {{.*}} : tensor<2xf32>
// CHECK: onnx.DequantizeLinear({{.*}}) {axis = 0 : i64, onnx.outputs = ["c"]} : (tensor<2x5x1xi8>
// GROUPS-LABEL: func.func @channels_at_one_place
// GROUPS: onnx.DequantizeLinear({{.*}}) {axis = 1 : i64, block_size = 2 : i64, onnx.outputs = ["c"]} : (tensor<2x5x1xi4>, tensor<2x3x1xf32>)
func.func @channels_at_one_place(%x: tensor<1x5x4xf32>) -> tensor<1x2x4xf32> {
  %w = onnx.initializer "c" dense<1.0> : tensor<2x5x1xf32>
  %0 = onnx.Conv(%x, %w) : (tensor<1x5x4xf32>, tensor<2x5x1xf32>) -> tensor<1x2x4xf32>
  %1 = onnx.Relu(%0) : (tensor<1x2x4xf32>) -> tensor<1x2x4xf32>
  return %1 : tensor<1x2x4xf32>
}

// No matrix of a product: an outer product sums nothing, a wide kernel looks around.
// CHECK-LABEL: func.func @no_products
// CHECK-NOT: onnx.DequantizeLinear
func.func @no_products(%x: tensor<3xf32>, %y: tensor<1x2x8xf32>) -> (tensor<3x4xf32>, tensor<1x5x6xf32>) {
  %v = onnx.initializer "outer" dense<1.0> : tensor<3x4xf32>
  %0 = onnx.Einsum(%x, %v) {equation = "i,ij->ij"} : (tensor<3xf32>, tensor<3x4xf32>) -> tensor<3x4xf32>
  %1 = onnx.Relu(%0) : (tensor<3x4xf32>) -> tensor<3x4xf32>
  %k = onnx.initializer "kernel" dense<1.0> : tensor<5x2x3xf32>
  %2 = onnx.Conv(%y, %k) : (tensor<1x2x8xf32>, tensor<5x2x3xf32>) -> tensor<1x5x6xf32>
  %3 = onnx.Relu(%2) : (tensor<1x5x6xf32>) -> tensor<1x5x6xf32>
  return %1, %3 : tensor<3x4xf32>, tensor<1x5x6xf32>
}
