// Images of nodes that no file has.
// RUN: retort-opt %s --split-input-file --verify-diagnostics

func.func @names(%x: tensor<2xf32>) {
  // expected-error@+1 {{expects a name for each of its 1 results, found 2}}
  %y = onnx.node "Relu"(%x) to ["y", "z"] : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @omitted(%x: tensor<2xf32>) {
  // expected-error@+1 {{expects omitted inputs in order and below 2, found 3}}
  %y = onnx.node "Clip"(%x) omitted [3] to ["y"] : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @attributes(%x: tensor<2xf32>) {
  // expected-error@+1 {{expects attributes of kind #onnx.attribute, found 1 : i64}}
  %y = onnx.node "Relu"(%x) to ["y"] with [1 : i64] : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @graphs(%x: tensor<i1>) {
  // expected-error@+1 {{expects a region for each of its 1 graphs, found 0}}
  %y = onnx.node "If"(%x) to ["y"] with [#onnx.attribute<"then_branch" = unit>] : (tensor<i1>) -> tensor<2xf32>
  return
}
