// RUN: retort-opt %s --lower-to-linalg --split-input-file | FileCheck %s
// RUN: retort-opt %s --lower-to-linalg --split-input-file --remarks-filter=lower --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=MISSED

// What is causal has a right window of 0; rows stand behind the offset.
// CHECK-LABEL: @causal
// CHECK: %[[NUMBER:.*]] = tensor.extract %arg3[]
// CHECK: %[[PAST:.*]] = arith.index_cast %[[NUMBER]]
// CHECK: fused.attention %arg0, %arg1, %arg2 offset %[[PAST]] : index into %{{.*}} {right_window = 0 : i64, scale = 5.000000e-01 : f32}
// CHECK-NOT: linalg
func.func @causal(%q: tensor<1x6x?x4xf32>, %k: tensor<1x2x512x4xf32>, %v: tensor<1x2x512x4xf32>, %past: tensor<i64>) -> tensor<1x6x?x4xf32> {
  %0:3 = llm.attention(%q, %k, %v offset %past) {scale = 0.5 : f32, causal}
      : (tensor<1x6x?x4xf32>, tensor<1x2x512x4xf32>, tensor<1x2x512x4xf32>, tensor<i64>) -> (tensor<1x6x?x4xf32>, tensor<1x2x512x4xf32>, tensor<1x2x512x4xf32>)
  return %0#0 : tensor<1x6x?x4xf32>
}

// -----

// A mask is a bias: -inf where it hides.
// CHECK-LABEL: @mask
// CHECK: linalg.generic
// CHECK: arith.select %{{.*}}, %{{.*}}, %{{.*}} : f32
// CHECK: %[[ALL:.*]] = tensor.expand_shape
// CHECK: fused.attention {{.*}} bias %[[ALL]] : tensor<1x1x3x7xf32>
func.func @mask(%q: tensor<1x1x3x4xf32>, %k: tensor<1x1x7x4xf32>, %v: tensor<1x1x7x4xf32>, %mask: tensor<3x7xi1>) -> tensor<1x1x3x4xf32> {
  %0:3 = llm.attention(%q, %k, %v mask %mask) {scale = 0.5 : f32}
      : (tensor<1x1x3x4xf32>, tensor<1x1x7x4xf32>, tensor<1x1x7x4xf32>, tensor<3x7xi1>) -> (tensor<1x1x3x4xf32>, tensor<1x1x7x4xf32>, tensor<1x1x7x4xf32>)
  return %0#0 : tensor<1x1x3x4xf32>
}

// -----

// A bias of all columns is taken as it is.
// CHECK-LABEL: @bias
// CHECK-NOT: linalg
// CHECK: fused.attention {{.*}} bias %arg3 : tensor<1x2x1x7xf32>
func.func @bias(%q: tensor<1x2x3x4xf32>, %k: tensor<1x1x7x4xf32>, %v: tensor<1x1x7x4xf32>, %bias: tensor<1x2x1x7xf32>) -> tensor<1x2x3x4xf32> {
  %0:3 = llm.attention(%q, %k, %v bias %bias) {scale = 0.5 : f32, left_window = 5}
      : (tensor<1x2x3x4xf32>, tensor<1x1x7x4xf32>, tensor<1x1x7x4xf32>, tensor<1x2x1x7xf32>) -> (tensor<1x2x3x4xf32>, tensor<1x1x7x4xf32>, tensor<1x1x7x4xf32>)
  return %0#0 : tensor<1x2x3x4xf32>
}

// -----

// CHECK-LABEL: @half_precision
// CHECK-NOT: fused.attention
// CHECK: math.exp
// MISSED: remark: [Missed] lower-to-linalg {{.*}}attention is not fused: its numbers are not all f32
func.func @half_precision(%q: tensor<1x1x3x4xf16>, %k: tensor<1x1x7x4xf16>, %v: tensor<1x1x7x4xf16>) -> tensor<1x1x3x4xf16> {
  %0:3 = llm.attention(%q, %k, %v) {scale = 0.5 : f32}
      : (tensor<1x1x3x4xf16>, tensor<1x1x7x4xf16>, tensor<1x1x7x4xf16>) -> (tensor<1x1x3x4xf16>, tensor<1x1x7x4xf16>, tensor<1x1x7x4xf16>)
  return %0#0 : tensor<1x1x3x4xf16>
}

// -----

// CHECK-LABEL: @unknown_heads
// CHECK-NOT: fused.attention
// MISSED: attention is not fused: the size of its heads is known to the run alone
func.func @unknown_heads(%q: tensor<1x1x3x?xf32>, %k: tensor<1x1x7x?xf32>, %v: tensor<1x1x7x?xf32>) -> tensor<1x1x3x?xf32> {
  %0:3 = llm.attention(%q, %k, %v) {scale = 0.5 : f32}
      : (tensor<1x1x3x?xf32>, tensor<1x1x7x?xf32>, tensor<1x1x7x?xf32>) -> (tensor<1x1x3x?xf32>, tensor<1x1x7x?xf32>, tensor<1x1x7x?xf32>)
  return %0#0 : tensor<1x1x3x?xf32>
}

// -----

// CHECK-LABEL: @mean
// CHECK-NOT: fused.attention
// MISSED: attention is not fused: rows that see no column take the mean of all
func.func @mean(%q: tensor<1x1x3x4xf32>, %k: tensor<1x1x3x4xf32>, %v: tensor<1x1x3x4xf32>) -> tensor<1x1x3x4xf32> {
  %0:3 = llm.attention(%q, %k, %v) {scale = 0.5 : f32, causal, masked_rows = 1 : i32}
      : (tensor<1x1x3x4xf32>, tensor<1x1x3x4xf32>, tensor<1x1x3x4xf32>) -> (tensor<1x1x3x4xf32>, tensor<1x1x3x4xf32>, tensor<1x1x3x4xf32>)
  return %0#0 : tensor<1x1x3x4xf32>
}
