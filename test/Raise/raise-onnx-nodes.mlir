// RUN: retort-opt %s --raise-onnx-nodes --split-input-file | FileCheck %s

// An attribute that became an input since the model's opset becomes a constant; names stay on the operation.
// CHECK-LABEL: @older_opset
module attributes {onnx.model = #onnx.message<"ir_version" = 8 : i64, "opset_import" = #onnx.message<"domain" = "", "version" = 17 : i64>>} {
  func.func @older_opset(%x: tensor<2x3xf32>) -> tensor<*x!onnx.unknown> {
    // CHECK: %[[AXES:.*]] = onnx.Constant() {onnx.adapted, value = dense<1> : tensor<1xi64>}
    // CHECK: onnx.ReduceMean(%{{.*}}, %[[AXES]]) {keepdims = 0 : i64, onnx.attribute_order = ["axes", "keepdims"], onnx.name = "mean", onnx.outputs = ["y"]}
    %y = onnx.node "ReduceMean" name "mean"(%x) to ["y"] with [#onnx.attribute<"axes" = array<i64: 1>>, #onnx.attribute<"keepdims" = 0 : i64>] : (tensor<2x3xf32>) -> tensor<*x!onnx.unknown>
    return %y : tensor<*x!onnx.unknown>
  }
}

// -----

// A number is a tensor; an omitted input is omitted; what the file says of an attribute beside its value is kept.
// CHECK-LABEL: @forms
module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 21 : i64>>} {
  func.func @forms(%x: tensor<2xf32>) -> (tensor<*xf32>, tensor<*xf32>) {
    // CHECK: %[[MOST:.*]] = onnx.Constant() {onnx.constant_form = "value_float", onnx.outputs = ["six"], value = dense<6.000000e+00> : tensor<f32>}
    %six = onnx.node "Constant"() to ["six"] with [#onnx.attribute<"value_float" = 6.0 : f32>] : () -> tensor<f32>
    // CHECK: onnx.Clip(%{{.*}}, _, %[[MOST]])
    %y = onnx.node "Clip" domain "ai.onnx"(%x, %six) omitted [1] to ["y"] : (tensor<2xf32>, tensor<f32>) -> tensor<*xf32>
    // CHECK: onnx.Elu(%{{.*}}) {alpha = 2.000000e+00 : f32, onnx.attribute_details = [#onnx.attribute<"alpha" = unit rest = <"doc_string" = "slope">>]
    // CHECK-SAME: onnx.rest = #onnx.message<"doc_string" = "hello">
    %z = onnx.node "Elu"(%y) to ["z"] with [#onnx.attribute<"alpha" = 2.0 : f32 rest = <"doc_string" = "slope">>] rest <"doc_string" = "hello"> : (tensor<*xf32>) -> tensor<*xf32>
    return %y, %z : tensor<*xf32>, tensor<*xf32>
  }
}

// -----

// Graphs of nodes are raised too.
// CHECK-LABEL: @graphs
module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 21 : i64>>} {
  func.func @graphs(%c: tensor<i1>, %x: tensor<2xf32>) -> tensor<2xf32> {
    // CHECK: onnx.If(%{{.*}}) {
    // CHECK-NEXT: %[[NEG:.*]] = onnx.Neg
    // CHECK-NEXT: onnx.yield %[[NEG]]
    // CHECK: } {
    // CHECK-NEXT: %[[ABS:.*]] = onnx.Abs
    // CHECK: onnx.attribute_order = ["then_branch", "else_branch"]
    %y = onnx.node "If"(%c) to ["y"] with [#onnx.attribute<"then_branch" = unit content = #onnx.message<"name" = "then">>, #onnx.attribute<"else_branch" = unit content = #onnx.message<"name" = "else">>] {
      %a = onnx.node "Abs"(%x) to ["a"] : (tensor<2xf32>) -> tensor<2xf32>
      onnx.yield %a : tensor<2xf32>
    }, {
      %b = onnx.node "Neg"(%x) to ["b"] : (tensor<2xf32>) -> tensor<2xf32>
      onnx.yield %b : tensor<2xf32>
    } : (tensor<i1>) -> tensor<2xf32>
    return %y : tensor<2xf32>
  }
}
