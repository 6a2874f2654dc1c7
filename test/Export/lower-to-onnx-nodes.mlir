// RUN: retort-opt %s --lower-to-onnx-nodes --split-input-file | FileCheck %s
// RUN: retort-opt %s --lower-to-onnx-nodes=opset=20 --split-input-file | FileCheck %s --check-prefix=FORCED

// An operation returns to the opset of the model: its axes are an attribute again, and the constant goes.
// A newer opset asks for a newer version of the file format.
// CHECK: "ir_version" = 8 : i64, "opset_import" = #onnx.message<"domain" = "", "version" = 17 : i64>
// CHECK-LABEL: @older_opset
// CHECK-NEXT: onnx.node "ReduceMean" name "mean"(%{{.*}}) to ["y"] with [#onnx.attribute<"axes" = array<i64: 1>>, #onnx.attribute<"keepdims" = 0 : i64>]
// FORCED: "ir_version" = 9 : i64, "opset_import" = #onnx.message<"domain" = "", "version" = 20 : i64>
// FORCED-LABEL: @older_opset
// FORCED: %[[AXES:.*]] = onnx.node "Constant"() to ["Constant_output"] with [#onnx.attribute<"value" = dense<1> : tensor<1xi64>>]
// FORCED: onnx.node "ReduceMean" name "mean"(%{{.*}}, %[[AXES]]) to ["y"]
module attributes {onnx.model = #onnx.message<"ir_version" = 8 : i64, "opset_import" = #onnx.message<"domain" = "", "version" = 17 : i64>>} {
  func.func @older_opset(%x: tensor<2x3xf32>) -> tensor<*xf32> {
    %axes = onnx.Constant() {onnx.adapted, value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
    %y = onnx.ReduceMean(%x, %axes) {keepdims = 0 : i64, onnx.attribute_order = ["axes", "keepdims"], onnx.name = "mean", onnx.outputs = ["y"]} : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<*xf32>
    return %y : tensor<*xf32>
  }
}

// -----

// What the model's opset lacks raises it, and a node that stayed a node moves along; a domain is added.
// CHECK: "opset_import" = #onnx.message<"version" = 20 : i64>, "opset_import" = #onnx.message<"domain" = "com.microsoft", "version" = 1 : i64>, "ir_version" = 9 : i64
// CHECK-LABEL: @newer_operation
module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 17 : i64>>} {
  func.func @newer_operation(%x: tensor<2x3xf32>) -> tensor<*xf32> {
    // CHECK: onnx.node "Gelu"
    %0 = onnx.Gelu(%x) : (tensor<2x3xf32>) -> tensor<2x3xf32>
    // CHECK: onnx.node "QuickGelu" domain "com.microsoft"
    %1 = onnx.com.microsoft.QuickGelu(%0) : (tensor<2x3xf32>) -> tensor<2x3xf32>
    // CHECK: %[[AXES:.*]] = onnx.node "Constant"
    // CHECK: onnx.node "ReduceMean"(%{{.*}}, %[[AXES]]) to ["y"]
    // CHECK-NOT: onnx.refused
    %y = onnx.node "ReduceMean"(%1) to ["y"] with [#onnx.attribute<"axes" = array<i64: 1>>] attributes {onnx.refused = "was not tried"} : (tensor<2x3xf32>) -> tensor<*xf32>
    return %y : tensor<*xf32>
  }
}

// -----

// An adapter wrote an attribute that the older version has as its default: it is not written.
// CHECK-LABEL: @default
// CHECK: onnx.node "Softmax"(%{{.*}}) to ["y"] :
module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 11 : i64>>} {
  func.func @default(%x: tensor<2x3xf32>) -> tensor<*xf32> {
    %y = onnx.Softmax(%x) {axis = 1 : i64, onnx.attribute_order = [], onnx.outputs = ["y"]} : (tensor<2x3xf32>) -> tensor<*xf32>
    return %y : tensor<*xf32>
  }
}

// -----

// Descriptions of values that are gone go; an input with a default, too.
// CHECK-LABEL: @stale
// CHECK-SAME: onnx.graph = #onnx.message<"name" = "g", "input" = #onnx.message<"name" = "x">, "value_info" = #onnx.message<"name" = "a">>
module {
  func.func @stale(%x: tensor<2xf32> {onnx.name = "x"}) -> tensor<2xf32> attributes {onnx.graph = #onnx.message<"name" = "g", "input" = #onnx.message<"name" = "x">, "input" = #onnx.message<"name" = "w">, "value_info" = #onnx.message<"name" = "a">, "value_info" = #onnx.message<"name" = "b">>} {
    %a = onnx.Abs(%x) {onnx.outputs = ["a"]} : (tensor<2xf32>) -> tensor<2xf32>
    return %a : tensor<2xf32>
  }
}
