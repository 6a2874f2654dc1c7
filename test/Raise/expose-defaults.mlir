// RUN: retort-opt %s --expose-defaults --split-input-file | FileCheck %s

// A default that a caller may replace becomes an argument of the declared type; what a product reads as a weight of
// known shape stays.
// CHECK-LABEL: func.func @main(
// CHECK-SAME:  %[[X:[^:]*]]: tensor<?x3xf32> {onnx.name = "x"}
// CHECK-SAME:  %[[A:[^:]*]]: tensor<3x?xf32> {onnx.default = dense<{{.*}}> : tensor<3x0xf32>, onnx.default_position = 1 : i64, onnx.dims = ["", "r"], onnx.name = "A"}
// CHECK-SAME:  %[[B:[^:]*]]: tensor<5xf32> {onnx.default = dense<1.000000e+00> : tensor<5xf32>
// CHECK-SAME:  onnx.fixed_inputs = ["W"]
// CHECK:       %[[W:.*]] = onnx.initializer "W"
// CHECK-NOT:   onnx.initializer "A"
// CHECK:       onnx.node "MatMul"(%[[X]], %[[W]])
// CHECK:       onnx.node "MatMul"(%[[X]], %[[A]])
// CHECK:       onnx.node "Add"({{.*}}, %[[B]])
module attributes {onnx.model = #onnx.message<"ir_version" = 8 : i64>} {
  func.func @main(%x: tensor<?x3xf32> {onnx.name = "x"}) -> (tensor<?x5xf32>, tensor<*x!onnx.unknown>) attributes {onnx.graph = #onnx.message<
      "input" = #onnx.message<"name" = "x">,
      "input" = #onnx.message<"name" = "W", "type" = #onnx.message<"tensor_type" = #onnx.message<"elem_type" = 1 : i64, "shape" = #onnx.message<"dim" = #onnx.message<"dim_value" = 3 : i64>, "dim" = #onnx.message<"dim_value" = 5 : i64>>>>>,
      "input" = #onnx.message<"name" = "A", "type" = #onnx.message<"tensor_type" = #onnx.message<"elem_type" = 1 : i64, "shape" = #onnx.message<"dim" = #onnx.message<"dim_value" = 3 : i64>, "dim" = #onnx.message<"dim_param" = "r">>>>>,
      "input" = #onnx.message<"name" = "B", "type" = #onnx.message<"tensor_type" = #onnx.message<"elem_type" = 1 : i64, "shape" = #onnx.message<"dim" = #onnx.message<"dim_value" = 5 : i64>>>>>>} {
    %w = onnx.initializer "W" dense<2.0> : tensor<3x5xf32>
    %a = onnx.initializer "A" dense<> : tensor<3x0xf32>
    %b = onnx.initializer "B" dense<1.0> : tensor<5xf32>
    %m = onnx.node "MatMul"(%x, %w) to ["m"] : (tensor<?x3xf32>, tensor<3x5xf32>) -> tensor<?x5xf32>
    %q = onnx.node "MatMul"(%x, %a) to ["q"] : (tensor<?x3xf32>, tensor<3x0xf32>) -> tensor<*x!onnx.unknown>
    %y = onnx.node "Add"(%m, %b) to ["y"] : (tensor<?x5xf32>, tensor<5xf32>) -> tensor<?x5xf32>
    return %y, %q : tensor<?x5xf32>, tensor<*x!onnx.unknown>
  }
}

// -----

// Before version 4 of the IR, initializers are constants, listed or not.
// CHECK-LABEL: func.func @main(
// CHECK-SAME:  onnx.fixed_inputs = ["B"]
// CHECK:       onnx.initializer "B"
module attributes {onnx.model = #onnx.message<"ir_version" = 3 : i64>} {
  func.func @main(%x: tensor<5xf32> {onnx.name = "x"}) -> tensor<5xf32> attributes {onnx.graph = #onnx.message<
      "input" = #onnx.message<"name" = "x">,
      "input" = #onnx.message<"name" = "B", "type" = #onnx.message<"tensor_type" = #onnx.message<"elem_type" = 1 : i64, "shape" = #onnx.message<"dim" = #onnx.message<"dim_value" = 5 : i64>>>>>>} {
    %b = onnx.initializer "B" dense<1.0> : tensor<5xf32>
    %y = onnx.node "Add"(%x, %b) to ["y"] : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xf32>
    return %y : tensor<5xf32>
  }
}

// -----

// Some exporters list all that a file holds: with several weights among them, the bias stays, too.
// CHECK-LABEL: func.func @main(
// CHECK-SAME:  %[[X:[^:]*]]: tensor<?x3xf32> {onnx.name = "x"})
// CHECK-SAME:  onnx.fixed_inputs = ["W", "V", "B"]
// CHECK:       onnx.initializer "B"
module attributes {onnx.model = #onnx.message<"ir_version" = 8 : i64>} {
  func.func @main(%x: tensor<?x3xf32> {onnx.name = "x"}) -> tensor<?x2xf32> attributes {onnx.graph = #onnx.message<
      "input" = #onnx.message<"name" = "x">,
      "input" = #onnx.message<"name" = "W", "type" = #onnx.message<"tensor_type" = #onnx.message<"elem_type" = 1 : i64, "shape" = #onnx.message<"dim" = #onnx.message<"dim_value" = 3 : i64>, "dim" = #onnx.message<"dim_value" = 5 : i64>>>>>,
      "input" = #onnx.message<"name" = "V", "type" = #onnx.message<"tensor_type" = #onnx.message<"elem_type" = 1 : i64, "shape" = #onnx.message<"dim" = #onnx.message<"dim_value" = 5 : i64>, "dim" = #onnx.message<"dim_value" = 2 : i64>>>>>,
      "input" = #onnx.message<"name" = "B", "type" = #onnx.message<"tensor_type" = #onnx.message<"elem_type" = 1 : i64, "shape" = #onnx.message<"dim" = #onnx.message<"dim_value" = 5 : i64>>>>>>} {
    %w = onnx.initializer "W" dense<2.0> : tensor<3x5xf32>
    %v = onnx.initializer "V" dense<3.0> : tensor<5x2xf32>
    %b = onnx.initializer "B" dense<1.0> : tensor<5xf32>
    %m = onnx.node "MatMul"(%x, %w) to ["m"] : (tensor<?x3xf32>, tensor<3x5xf32>) -> tensor<?x5xf32>
    %s = onnx.node "Add"(%m, %b) to ["s"] : (tensor<?x5xf32>, tensor<5xf32>) -> tensor<?x5xf32>
    %y = onnx.node "MatMul"(%s, %v) to ["y"] : (tensor<?x5xf32>, tensor<5x2xf32>) -> tensor<?x2xf32>
    return %y : tensor<?x2xf32>
  }
}
