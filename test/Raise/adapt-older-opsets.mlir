// What older versions mean is told from the types that are inferred on the way.
// RUN: retort-opt %s --raise-onnx-nodes --split-input-file | FileCheck %s

// The rank follows from the shape that Reshape is given: 3 is the last axis.
// CHECK-LABEL: @softmax_along_the_last_axis
module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 9 : i64>>} {
  func.func @softmax_along_the_last_axis(%x: tensor<?x60xf32>) -> tensor<*xf32> {
    %s = onnx.node "Constant"() to ["s"] with [#onnx.attribute<"value" = dense<[0, 3, 4, 5]> : tensor<4xi64>>] : () -> tensor<*x!onnx.unknown>
    %r = onnx.node "Reshape"(%x, %s) to ["r"] : (tensor<?x60xf32>, tensor<*x!onnx.unknown>) -> tensor<*x!onnx.unknown>
    // CHECK: %[[R:.*]] = onnx.Reshape
    // CHECK-NEXT: %[[Y:.*]] = onnx.Softmax(%[[R]]) {axis = 3 : i64{{.*}} : (tensor<?x3x4x5xf32>) -> tensor<?x3x4x5xf32>
    // CHECK-NEXT: return %[[Y]]
    %y = onnx.node "Softmax"(%r) to ["y"] with [#onnx.attribute<"axis" = 3 : i64>] : (tensor<*x!onnx.unknown>) -> tensor<*xf32>
    return %y : tensor<*xf32>
  }
}

// -----

// CHECK-LABEL: @softmax_over_several_axes
module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 12 : i64>>} {
  func.func @softmax_over_several_axes(%x: tensor<2x3x5xf32>) -> tensor<2x3x5xf32> {
    // CHECK: %[[FLAT:.*]] = onnx.Flatten(%arg0) {axis = 1 : i64} : (tensor<2x3x5xf32>) -> tensor<2x15xf32>
    // CHECK: %[[SOFT:.*]] = onnx.LogSoftmax(%[[FLAT]]) {axis = -1 : i64
    // CHECK: %[[SHAPE:.*]] = onnx.Shape(%arg0)
    // CHECK: onnx.Reshape(%[[SOFT]], %[[SHAPE]]) {{.*}}-> tensor<2x3x5xf32>
    %y = onnx.node "LogSoftmax"(%x) to ["y"] : (tensor<2x3x5xf32>) -> tensor<2x3x5xf32>
    return %y : tensor<2x3x5xf32>
  }
}

// -----

// Without a rank, the form that holds for all.
// CHECK-LABEL: @softmax_of_unknown_rank
module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 7 : i64>>} {
  func.func @softmax_of_unknown_rank(%x: tensor<*xf32>) -> tensor<*xf32> {
    // CHECK: onnx.Flatten(%arg0) {axis = 2 : i64} : (tensor<*xf32>) -> tensor<?x?xf32>
    // CHECK: onnx.Hardmax
    // CHECK: onnx.Reshape
    %y = onnx.node "Hardmax"(%x) to ["y"] with [#onnx.attribute<"axis" = 2 : i64>] : (tensor<*xf32>) -> tensor<*xf32>
    return %y : tensor<*xf32>
  }
}

// -----

// Types of a graph's arguments follow from what it is given.
// CHECK-LABEL: @softmax_in_a_body
module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 11 : i64>>} {
  func.func @softmax_in_a_body(%x: tensor<7x2x3xf32>) -> tensor<*xf32> {
    // CHECK-NOT: onnx.Flatten
    // CHECK: onnx.Softmax({{.*}}) {axis = 1 : i64{{.*}} : (tensor<2x3xf32>)
    // CHECK-NOT: onnx.Flatten
    %y = onnx.node "Scan"(%x) to ["y"] with [#onnx.attribute<"body" = unit>, #onnx.attribute<"num_scan_inputs" = 1 : i64>] {
    ^bb0(%row: tensor<*x!onnx.unknown>):
      %s = onnx.node "Softmax"(%row) to ["s"] : (tensor<*x!onnx.unknown>) -> tensor<*x!onnx.unknown>
      onnx.yield %s : tensor<*x!onnx.unknown>
    } : (tensor<7x2x3xf32>) -> tensor<*xf32>
    return %y : tensor<*xf32>
  }
}

// -----

// A batch of sequences is scanned one by one, each up to its length.
// CHECK-LABEL: @scan_of_a_batch
module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 8 : i64>>} {
  func.func @scan_of_a_batch(%n: tensor<2xi64>, %s0: tensor<2x5xf32>, %x: tensor<2x7x5xf32>) -> tensor<*xf32> {
    // CHECK: onnx.Scan(%arg1, %arg2, %arg0)
    // CHECK-NEXT: ^bb0(%[[STATE:.*]]: tensor<5xf32>, %[[LIST:.*]]: tensor<7x5xf32>, %[[LENGTH:.*]]: tensor<i64>):
    // CHECK: %[[END:.*]] = onnx.Unsqueeze(%[[LENGTH]]
    // CHECK: %[[PART:.*]] = onnx.Slice(%[[LIST]], %{{.*}}, %[[END]]
    // CHECK: onnx.Scan(%[[STATE]], %[[PART]])
    // CHECK: scan_input_directions = array<i64: 1>
    // CHECK: onnx.Pad
    // CHECK: num_scan_inputs = 3
    %s, %y = onnx.node "Scan"(%n, %s0, %x) to ["s", "y"] with [#onnx.attribute<"body" = unit>, #onnx.attribute<"num_scan_inputs" = 1 : i64>, #onnx.attribute<"directions" = array<i64: 1>>] {
    ^bb0(%state: tensor<5xf32>, %row: tensor<5xf32>):
      %next = onnx.node "Add"(%state, %row) to ["next"] : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xf32>
      onnx.yield %next, %next : tensor<5xf32>, tensor<5xf32>
    } : (tensor<2xi64>, tensor<2x5xf32>, tensor<2x7x5xf32>) -> (tensor<2x5xf32>, tensor<*xf32>)
    return %y : tensor<*xf32>
  }
}

// -----

// CHECK-LABEL: @other_names
module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 7 : i64>>} {
  func.func @other_names(%x: tensor<1x2x3x5xf32>, %w: tensor<2xf32>, %i: tensor<1x2x3x5xi64>) -> tensor<*xf32> {
    // CHECK: %[[B:.*]] = onnx.BatchNormalization(%arg0, %arg1, %arg1, %arg1, %arg1) {onnx.attribute_order = ["spatial"], onnx.outputs = ["b"]}
    %b = onnx.node "BatchNormalization"(%x, %w, %w, %w, %w) to ["b"] with [#onnx.attribute<"spatial" = 1 : i64>] : (tensor<1x2x3x5xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<*xf32>
    // CHECK: %[[SCALES:.*]] = onnx.Constant(){{.*}}dense<[1.000000e+00, 1.000000e+00, 2.000000e+00, 2.000000e+00]> : tensor<4xf32>
    // CHECK: onnx.Resize(%[[B]], _, %[[SCALES]]) {coordinate_transformation_mode = "asymmetric"{{.*}} nearest_mode = "floor"
    %u = onnx.node "Upsample"(%b) to ["u"] with [#onnx.attribute<"scales" = array<f32: 1.0, 1.0, 2.0, 2.0>>] : (tensor<*xf32>) -> tensor<*xf32>
    return %u : tensor<*xf32>
  }
}

// -----

// The nearest place is rounded down by what enlarges, up by what reduces.
// CHECK-LABEL: @resize
module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 10 : i64>>} {
  func.func @resize(%x: tensor<1x1x5x7xf32>) -> (tensor<*xf32>, tensor<*xf32>, tensor<*xf32>) {
    %more = onnx.initializer "more" dense<[1.0, 1.0, 1.5, 2.0]> : tensor<4xf32>
    %less = onnx.initializer "less" dense<[1.0, 1.0, 0.6, 1.0]> : tensor<4xf32>
    %both = onnx.initializer "both" dense<[1.0, 1.0, 0.6, 2.0]> : tensor<4xf32>
    // CHECK: onnx.Resize(%arg0, _, %{{.*}}) {{{.*}}nearest_mode = "floor"
    %a = onnx.node "Resize"(%x, %more) to ["a"] : (tensor<1x1x5x7xf32>, tensor<4xf32>) -> tensor<*xf32>
    // CHECK: onnx.Resize(%arg0, _, %{{.*}}) {{{.*}}nearest_mode = "ceil"
    %b = onnx.node "Resize"(%x, %less) to ["b"] : (tensor<1x1x5x7xf32>, tensor<4xf32>) -> tensor<*xf32>
    // CHECK: onnx.Resize(%arg0, _, %{{.*}}) {{{.*}}mode = "linear"{{.*}}nearest_mode = "floor"
    %c = onnx.node "Resize"(%x, %both) to ["c"] with [#onnx.attribute<"mode" = "linear">] : (tensor<1x1x5x7xf32>, tensor<4xf32>) -> tensor<*xf32>
    return %a, %b, %c : tensor<*xf32>, tensor<*xf32>, tensor<*xf32>
  }
}

// -----

// CHECK-LABEL: @scatter
module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 9 : i64>>} {
  func.func @scatter(%x: tensor<2x5xf32>, %i: tensor<2x3xi64>, %u: tensor<2x3xf32>) -> tensor<*xf32> {
    // CHECK: onnx.ScatterElements(%arg0, %arg1, %arg2) {axis = 1 : i64{{.*}} -> tensor<2x5xf32>
    %y = onnx.node "Scatter"(%x, %i, %u) to ["y"] with [#onnx.attribute<"axis" = 1 : i64>] : (tensor<2x5xf32>, tensor<2x3xi64>, tensor<2x3xf32>) -> tensor<*xf32>
    return %y : tensor<*xf32>
  }
}

// -----

// One scale for each group becomes one for each channel.
// CHECK-LABEL: @scales_of_groups
module attributes {onnx.model = #onnx.message<"opset_import" = #onnx.message<"version" = 18 : i64>>} {
  func.func @scales_of_groups(%x: tensor<2x6x5xf32>, %w: tensor<3xf32>) -> tensor<*xf32> {
    // CHECK: %[[SCALE:.*]] = onnx.Reshape({{.*}}) {{.*}}-> tensor<6xf32>
    // CHECK: onnx.GroupNormalization(%arg0, %{{.*}}, %{{.*}})
    %y = onnx.node "GroupNormalization"(%x, %w, %w) to ["y"] with [#onnx.attribute<"num_groups" = 3 : i64>] : (tensor<2x6x5xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<*xf32>
    return %y : tensor<*xf32>
  }
}
