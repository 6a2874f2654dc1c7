// There and back is the same text, at the opset of the model: adapters, forms, omitted values, orders, graphs.
// RUN: retort-opt %s -o %t.before
// RUN: retort-opt %s --raise-onnx-nodes --lower-to-onnx-nodes -o %t.after
// RUN: diff %t.before %t.after
// RUN: retort-opt %s --raise-onnx-nodes | FileCheck %s

// CHECK-NOT: onnx.node
module attributes {onnx.model = #onnx.message<"ir_version" = 4 : i64, "opset_import" = #onnx.message<"domain" = "", "version" = 12 : i64>, "opset_import" = #onnx.message<"domain" = "com.microsoft", "version" = 1 : i64>>} {
  func.func @main(%x: tensor<4x6xf32>, %c: tensor<i1>) -> (tensor<4x?xf32>, tensor<3x6xf32>) {
    %n = onnx.node "Constant" name "n"() to ["n"] with [#onnx.attribute<"value_ints" = array<i64: 2, 3>>] : () -> tensor<2xi64>
    %b = onnx.node "Constant"() to ["b"] with [#onnx.attribute<"value" = dense<1.0> : tensor<6xf32> content = #onnx.message<"name" = "w", "float_data" = unit>>] : () -> tensor<6xf32>
    %s:2 = onnx.node "Split"(%x) to ["s0", "s1"] with [#onnx.attribute<"split" = array<i64: 1, 3>>, #onnx.attribute<"axis" = 0 : i64>] : (tensor<4x6xf32>) -> (tensor<1x6xf32>, tensor<3x6xf32>)
    %e:2 = onnx.node "Split"(%x) to ["e0", "e1"] : (tensor<4x6xf32>) -> (tensor<2x6xf32>, tensor<2x6xf32>)
    %m = onnx.node "Softmax"(%x) to ["m"] : (tensor<4x6xf32>) -> tensor<4x6xf32>
    %u = onnx.node "Unsqueeze"(%m) to ["u"] with [#onnx.attribute<"axes" = array<i64: 0>>] : (tensor<4x6xf32>) -> tensor<1x4x6xf32>
    %q = onnx.node "Squeeze"(%u) to ["q"] : (tensor<1x4x6xf32>) -> tensor<4x6xf32>
    %d:2 = onnx.node "Dropout"(%q) to ["d", ""] with [#onnx.attribute<"seed" = 7 : i64>] : (tensor<4x6xf32>) -> (tensor<4x6xf32>, tensor<*x!onnx.unknown>)
    %t:2 = onnx.node "TopK"(%x, %n) to ["", "t"] : (tensor<4x6xf32>, tensor<2xi64>) -> (tensor<*x!onnx.unknown>, tensor<4x?xi64>)
    %l:4 = onnx.node "SkipLayerNormalization" domain "com.microsoft"(%x, %x, %b, %b) omitted [4] to ["l", "", "", "sum"] with [#onnx.attribute<"epsilon" = 1.0e-6 : f32>] : (tensor<4x6xf32>, tensor<4x6xf32>, tensor<6xf32>, tensor<6xf32>) -> (tensor<4x6xf32>, tensor<*x!onnx.unknown>, tensor<*x!onnx.unknown>, tensor<4x6xf32>)
    %y = onnx.node "If" name "choose"(%c) to ["y"] with [#onnx.attribute<"then_branch" = unit content = #onnx.message<"name" = "then">>, #onnx.attribute<"else_branch" = unit>] {
      %r = onnx.node "ReduceSum"(%l#0) to ["r"] with [#onnx.attribute<"keepdims" = 1 : i64>, #onnx.attribute<"axes" = array<i64: -1>>] : (tensor<4x6xf32>) -> tensor<4x1xf32>
      onnx.yield %r : tensor<4x1xf32>
    }, {
      onnx.yield %d#0 : tensor<4x6xf32>
    } : (tensor<i1>) -> tensor<4x?xf32>
    return %y, %s#1 : tensor<4x?xf32>, tensor<3x6xf32>
  }
}
