// RUN: retort-opt %s --inline-functions --split-input-file --verify-diagnostics | FileCheck %s

// Calls in functions are calls, too. References take what the call gives, or the default; names come from the call.
// CHECK: module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"domain" = "", "version" = 21 : i64>>}
// CHECK-LABEL: @main
// CHECK-SAME: (%[[X:.*]]: tensor<3xf32>)
// CHECK: %[[BY:.*]] = onnx.node "Constant" name "outer/inner/c"() to ["outer/inner/by"] with [#onnx.attribute<"value_float" = 2.000000e+00 : f32>]
// CHECK: %[[SCALED:.*]] = onnx.node "Mul"(%[[X]], %[[BY]]) to ["outer/scaled"]
// CHECK: %[[Y:.*]] = onnx.node "LeakyRelu"(%[[SCALED]]) to ["y"] with [#onnx.attribute<"alpha" = 5.000000e-01 : f32>]
// CHECK: return %[[Y]]
module attributes {onnx.model = #onnx.message<
    "opset_import" = #onnx.message<"domain" = "", "version" = 21 : i64>,
    "opset_import" = #onnx.message<"domain" = "own", "version" = 1 : i64>,
    "functions" = #onnx.message<
      "name" = "twice", "input" = "v", "output" = "w",
      "node" = #onnx.message<"input" = "v", "output" = "scaled", "name" = "inner", "op_type" = "scale",
        "attribute" = #onnx.message<"name" = "factor", "f" = 2.0 : f32, "type" = 1 : i64>, "domain" = "own">,
      "node" = #onnx.message<"input" = "scaled", "output" = "w", "op_type" = "LeakyRelu",
        "attribute" = #onnx.message<"name" = "alpha", "type" = 1 : i64, "ref_attr_name" = "slope">>,
      "opset_import" = #onnx.message<"domain" = "", "version" = 21 : i64>,
      "domain" = "own",
      "attribute_proto" = #onnx.message<"name" = "slope", "f" = 0.5 : f32, "type" = 1 : i64>>,
    "functions" = #onnx.message<
      "name" = "scale", "input" = "a", "output" = "b", "attribute" = "factor",
      "node" = #onnx.message<"output" = "by", "name" = "c", "op_type" = "Constant",
        "attribute" = #onnx.message<"name" = "value_float", "type" = 1 : i64, "ref_attr_name" = "factor">>,
      "node" = #onnx.message<"input" = "a", "input" = "by", "output" = "b", "op_type" = "Mul">,
      "opset_import" = #onnx.message<"domain" = "", "version" = 21 : i64>,
      "domain" = "own">>} {
  func.func @main(%x: tensor<3xf32>) -> tensor<3xf32> {
    %y = onnx.node "twice" domain "own" name "outer"(%x) to ["y"] : (tensor<3xf32>) -> tensor<3xf32>
    return %y : tensor<3xf32>
  }
}

// -----

// An input that the call omits is omitted in the body. A node of an older opset comes to that of the model.
// CHECK-LABEL: @main
// CHECK: onnx.node "Clip"(%{{.*}}) omitted {{.*}} to ["clamp/low"]
// CHECK: %[[AXES:.*]] = onnx.Constant
// CHECK-SAME: dense<1> : tensor<1xi64>
// CHECK: onnx.node "ReduceMean"(%{{.*}}, %[[AXES]]) to ["y"]
module attributes {onnx.model = #onnx.message<
    "opset_import" = #onnx.message<"domain" = "", "version" = 21 : i64>,
    "opset_import" = #onnx.message<"domain" = "own", "version" = 1 : i64>,
    "functions" = #onnx.message<
      "name" = "clamp", "input" = "v", "input" = "min", "output" = "w",
      "node" = #onnx.message<"input" = "v", "input" = "min", "output" = "low", "op_type" = "Clip">,
      "node" = #onnx.message<"input" = "low", "output" = "w", "op_type" = "ReduceMean",
        "attribute" = #onnx.message<"name" = "axes", "ints" = 1 : i64, "type" = 7 : i64>>,
      "opset_import" = #onnx.message<"domain" = "", "version" = 17 : i64>,
      "domain" = "own">>} {
  func.func @main(%x: tensor<2x3xf32>) -> tensor<2x1xf32> {
    %y = onnx.node "clamp" domain "own"(%x) to ["y"] : (tensor<2x3xf32>) -> tensor<2x1xf32>
    return %y : tensor<2x1xf32>
  }
}

// -----

// An input that is handed through keeps its type; the result has its own.
// CHECK-LABEL: @main
// CHECK: %[[Y:.*]] = onnx.node "Identity"(%{{.*}}) to ["y"] : (tensor<3xf32>) -> tensor<?xf32>
// CHECK: return %[[Y]]
module attributes {onnx.model = #onnx.message<
    "functions" = #onnx.message<"name" = "same", "input" = "v", "output" = "v", "domain" = "own">>} {
  func.func @main(%x: tensor<3xf32>) -> tensor<?xf32> {
    %y = onnx.node "same" domain "own"(%x) to ["y"] : (tensor<3xf32>) -> tensor<?xf32>
    return %y : tensor<?xf32>
  }
}

// -----

module attributes {onnx.model = #onnx.message<
    "opset_import" = #onnx.message<"domain" = "", "version" = 21 : i64>,
    "functions" = #onnx.message<
      "name" = "again", "input" = "v", "output" = "w",
      "node" = #onnx.message<"input" = "v", "output" = "w", "op_type" = "again", "domain" = "own">,
      "domain" = "own">>} {
  func.func @main(%x: tensor<3xf32>) -> tensor<3xf32> {
    // expected-error@+1 {{function 'again' is called more than 50 deep: functions must not call themselves}}
    %y = onnx.node "again" domain "own"(%x) to ["y"] : (tensor<3xf32>) -> tensor<3xf32>
    return %y : tensor<3xf32>
  }
}

// -----

module attributes {onnx.model = #onnx.message<
    "functions" = #onnx.message<"name" = "one", "input" = "v", "output" = "w", "domain" = "own">>} {
  func.func @main(%x: tensor<3xf32>) -> tensor<3xf32> {
    // expected-error@+1 {{function 'one' expects at most 1 inputs and 1 outputs, found 2 and 1}}
    %y = onnx.node "one" domain "own"(%x, %x) to ["y"] : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
    return %y : tensor<3xf32>
  }
}

// -----

module attributes {onnx.model = #onnx.message<
    "functions" = #onnx.message<"name" = "one", "input" = "v", "output" = "w", "domain" = "own">>} {
  func.func @main(%x: tensor<3xf32>) -> tensor<3xf32> {
    // expected-error@+1 {{output 'w' of function 'one' is defined nowhere}}
    %y = onnx.node "one" domain "own"(%x) to ["y"] : (tensor<3xf32>) -> tensor<3xf32>
    return %y : tensor<3xf32>
  }
}

// -----

module attributes {onnx.model = #onnx.message<
    "functions" = #onnx.message<
      "name" = "branch", "input" = "v", "output" = "w", "attribute" = "then",
      "node" = #onnx.message<"input" = "v", "output" = "w", "op_type" = "If",
        "attribute" = #onnx.message<"name" = "then_branch", "type" = 5 : i64, "ref_attr_name" = "then">>,
      "domain" = "own">>} {
  func.func @main(%c: tensor<i1>, %x: tensor<3xf32>) -> tensor<3xf32> {
    // expected-error@+1 {{attribute 'then' of function 'branch' is a graph, which cannot be inlined}}
    %y = onnx.node "branch" domain "own"(%c) to ["y"] with [#onnx.attribute<"then" = unit>] {
      onnx.yield %x : tensor<3xf32>
    } : (tensor<i1>) -> tensor<3xf32>
    return %y : tensor<3xf32>
  }
}

// -----

module attributes {onnx.model = #onnx.message<
    "opset_import" = #onnx.message<"domain" = "", "version" = 11 : i64>,
    "functions" = #onnx.message<
      "name" = "norm", "input" = "v", "output" = "w",
      "node" = #onnx.message<"input" = "v", "output" = "w", "op_type" = "Gelu">,
      "opset_import" = #onnx.message<"domain" = "", "version" = 21 : i64>,
      "domain" = "own">>} {
  func.func @main(%x: tensor<3xf32>) -> tensor<3xf32> {
    // expected-error@+1 {{'Gelu' of a function at opset 21 cannot be brought to opset 11 of the model: does not exist at opset 11}}
    %y = onnx.node "norm" domain "own"(%x) to ["y"] : (tensor<3xf32>) -> tensor<3xf32>
    return %y : tensor<3xf32>
  }
}

// -----

module attributes {onnx.model = #onnx.message<
    "opset_import" = #onnx.message<"domain" = "", "version" = 21 : i64>,
    "functions" = #onnx.message<
      "name" = "scanned", "input" = "v", "output" = "w",
      "node" = #onnx.message<"input" = "", "input" = "v", "output" = "w", "op_type" = "Scan",
        "attribute" = #onnx.message<"name" = "body", "type" = 5 : i64, "g" = #onnx.message<
          "node" = #onnx.message<"input" = "row", "output" = "t", "op_type" = "Neg">,
          "input" = #onnx.message<"name" = "row">, "output" = #onnx.message<"name" = "t">>>,
        "attribute" = #onnx.message<"name" = "num_scan_inputs", "i" = 1 : i64, "type" = 2 : i64>>,
      "opset_import" = #onnx.message<"domain" = "", "version" = 8 : i64>,
      "domain" = "own">>} {
  func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
    // expected-error@+1 {{'Scan' of a function at opset 8 is no single operation at opset 21 of the model}}
    %y = onnx.node "scanned" domain "own"(%x) to ["y"] : (tensor<2x3xf32>) -> tensor<2x3xf32>
    return %y : tensor<2x3xf32>
  }
}

// -----

module attributes {onnx.model = #onnx.message<
    "opset_import" = #onnx.message<"domain" = "", "version" = 21 : i64>,
    "functions" = #onnx.message<
      "name" = "shifted", "input" = "v", "output" = "w",
      "node" = #onnx.message<"output" = "c", "op_type" = "Constant",
        "attribute" = #onnx.message<"name" = "value", "type" = 4 : i64,
          "t" = #onnx.message<"dims" = 3 : i64, "data_type" = 1 : i64, "data_location" = 1 : i64>>>,
      "node" = #onnx.message<"input" = "v", "input" = "c", "output" = "w", "op_type" = "Add">,
      "opset_import" = #onnx.message<"domain" = "", "version" = 21 : i64>,
      "domain" = "own">>} {
  func.func @main(%x: tensor<3xf32>) -> tensor<3xf32> {
    // expected-error@+1 {{function 'shifted' has data outside of the model, which functions cannot have}}
    %y = onnx.node "shifted" domain "own"(%x) to ["y"] : (tensor<3xf32>) -> tensor<3xf32>
    return %y : tensor<3xf32>
  }
}
