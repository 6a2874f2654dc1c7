// What cannot be raised stays a node, with the reason.
// RUN: retort-opt %s --raise-onnx-nodes --split-input-file --remarks-filter=.* --remark-format=emitRemark 2>&1 | FileCheck %s

module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 8 : i64>>} {
  func.func @main(%x: tensor<2x3xf32>) -> tensor<*xf32> {
    // CHECK: onnx.node "BatchNormalization"{{.*}} attributes {onnx.refused = "has statistics for each element ('spatial' = 0), which newer versions lack"}
    %0 = onnx.node "BatchNormalization"(%x, %x, %x, %x, %x) to ["0"] with [#onnx.attribute<"spatial" = 0 : i64>] : (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<*xf32>
    // CHECK: onnx.node "Add"{{.*}} attributes {onnx.refused = "expects 2 inputs, found 1"}
    %1 = onnx.node "Add"(%0) to ["1"] : (tensor<*xf32>) -> tensor<*xf32>
    // CHECK: onnx.node "Abs"{{.*}} attributes {onnx.refused = "has no attribute 'nothing'"}
    %2 = onnx.node "Abs"(%1) to ["2"] with [#onnx.attribute<"nothing" = 0 : i64>] : (tensor<*xf32>) -> tensor<*xf32>
    // CHECK: onnx.node "Nothing"{{.*}} attributes {onnx.refused = "has no schema in domain ''"}
    %3 = onnx.node "Nothing"(%2) to ["3"] : (tensor<*xf32>) -> tensor<*xf32>
    // CHECK: onnx.node "Add"{{.*}} attributes {onnx.refused = "has no schema: domain 'some.where' is not known"}
    %4 = onnx.node "Add" domain "some.where"(%3) to ["4"] : (tensor<*xf32>) -> tensor<*xf32>
    // CHECK: onnx.node "GridSample"{{.*}} attributes {onnx.refused = "
    %5 = onnx.node "GridSample"(%4, %4) to ["5"] : (tensor<*xf32>, tensor<*xf32>) -> tensor<*xf32>
    // CHECK: onnx.node "Elu"{{.*}} attributes {onnx.refused = "has attribute 'alpha' of a kind that typed operations do not have"}
    %6 = onnx.node "Elu"(%5) to ["6"] with [#onnx.attribute<"alpha" = #onnx.message<> rest = <"ref_attr_name" = "a", "type" = 1 : i64>>] : (tensor<*xf32>) -> tensor<*xf32>
    return %6 : tensor<*xf32>
  }
}

// -----

// CHECK: onnx.node "Abs"{{.*}} attributes {onnx.refused = "is of opset 9999, the newest known is {{[0-9]+}}"}
module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 9999 : i64>>} {
  func.func @main(%x: tensor<2xf32>) -> tensor<*xf32> {
    %0 = onnx.node "Abs"(%x) to ["0"] : (tensor<2xf32>) -> tensor<*xf32>
    return %0 : tensor<*xf32>
  }
}

// -----

// CHECK: onnx.node "Resize"{{.*}} attributes {onnx.refused = "enlarges some axes and reduces others, for which the nearest place is rounded in two ways"}
module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 10 : i64>>} {
  func.func @main(%x: tensor<1x1x5x7xf32>) -> tensor<*xf32> {
    %both = onnx.initializer "both" dense<[1.0, 1.0, 0.6, 2.0]> : tensor<4xf32>
    %0 = onnx.node "Resize"(%x, %both) to ["0"] : (tensor<1x1x5x7xf32>, tensor<4xf32>) -> tensor<*xf32>
    return %0 : tensor<*xf32>
  }
}
