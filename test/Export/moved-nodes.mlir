// RUN: retort-opt %s --lower-to-onnx-nodes=opset=21 --split-input-file | FileCheck %s
// RUN: retort-opt %s --lower-to-onnx-nodes=opset=19 --split-input-file | FileCheck %s --check-prefix=DOWN

// The axis of DFT became an input, whose default is another.
// CHECK-LABEL: @transform
// CHECK: %[[AXIS:.*]] = onnx.node "Constant"() {{.*}}dense<1> : tensor<i64>
// CHECK: onnx.node "DFT"(%arg0, %[[AXIS]]) omitted [1] {{.*}}with [#onnx.attribute<"onesided" = 1 : i64>]
// CHECK: %[[FIRST:.*]] = onnx.node "Constant"() {{.*}}dense<2> : tensor<i64>
// CHECK: onnx.node "DFT"(%arg0, %arg1, %[[FIRST]])
module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 18 : i64>>} {
  func.func @transform(%x: tensor<2x8x8x1xf32>, %length: tensor<i64>) -> (tensor<*xf32>, tensor<*xf32>) {
    %y = onnx.node "DFT"(%x) to ["y"] with [#onnx.attribute<"onesided" = 1 : i64>] : (tensor<2x8x8x1xf32>) -> tensor<*xf32>
    %z = onnx.node "DFT"(%x, %length) to ["z"] with [#onnx.attribute<"axis" = 2 : i64>] : (tensor<2x8x8x1xf32>, tensor<i64>) -> tensor<*xf32>
    return %y, %z : tensor<*xf32>, tensor<*xf32>
  }
}

// -----

// DOWN-LABEL: @transform_back
// DOWN: onnx.node "DFT"(%arg0) to ["y"] with [#onnx.attribute<"axis" = -2 : i64>]
// DOWN: onnx.node "DFT"(%arg0) to ["z"] : (
module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 20 : i64>>} {
  func.func @transform_back(%x: tensor<2x8x8x1xf32>) -> (tensor<*xf32>, tensor<*xf32>) {
    %axis = onnx.Constant() {onnx.outputs = ["axis"], value = dense<1> : tensor<i64>} : () -> tensor<i64>
    %y = onnx.node "DFT"(%x) to ["y"] : (tensor<2x8x8x1xf32>) -> tensor<*xf32>
    %z = onnx.node "DFT"(%x, %axis) omitted [1] to ["z"] : (tensor<2x8x8x1xf32>, tensor<i64>) -> tensor<*xf32>
    return %y, %z : tensor<*xf32>, tensor<*xf32>
  }
}

// -----

// CHECK-LABEL: @sampled
// CHECK: onnx.node "GridSample"(%arg0, %arg1) to ["a"] : (
// CHECK: onnx.node "GridSample"(%arg0, %arg1) to ["b"] with [#onnx.attribute<"mode" = "cubic">]
// CHECK: onnx.node "GridSample"(%arg0, %arg1) to ["c"] with [#onnx.attribute<"mode" = "nearest">]
module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 16 : i64>>} {
  func.func @sampled(%x: tensor<1x2x4x4xf32>, %grid: tensor<1x3x3x2xf32>) -> (tensor<*xf32>, tensor<*xf32>, tensor<*xf32>) {
    %a = onnx.node "GridSample"(%x, %grid) to ["a"] : (tensor<1x2x4x4xf32>, tensor<1x3x3x2xf32>) -> tensor<*xf32>
    %b = onnx.node "GridSample"(%x, %grid) to ["b"] with [#onnx.attribute<"mode" = "bicubic">] : (tensor<1x2x4x4xf32>, tensor<1x3x3x2xf32>) -> tensor<*xf32>
    %c = onnx.node "GridSample"(%x, %grid) to ["c"] with [#onnx.attribute<"mode" = "nearest">] : (tensor<1x2x4x4xf32>, tensor<1x3x3x2xf32>) -> tensor<*xf32>
    return %a, %b, %c : tensor<*xf32>, tensor<*xf32>, tensor<*xf32>
  }
}

// -----

// DOWN-LABEL: @sampled_back
// DOWN: onnx.node "GridSample"(%arg0, %arg1) to ["b"] with [#onnx.attribute<"mode" = "bilinear">]
module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 20 : i64>>} {
  func.func @sampled_back(%x: tensor<1x2x4x4xf32>, %grid: tensor<1x3x3x2xf32>) -> tensor<*xf32> {
    %b = onnx.node "GridSample"(%x, %grid) to ["b"] with [#onnx.attribute<"mode" = "linear">] : (tensor<1x2x4x4xf32>, tensor<1x3x3x2xf32>) -> tensor<*xf32>
    return %b : tensor<*xf32>
  }
}
