// RUN: retort-opt %s --lower-to-linalg=fuse-attention=false --split-input-file | FileCheck %s

// Query heads of one key-value head are a loop of their own: keys are not repeated.
// CHECK: #[[$QUERY:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2, d3, d5)>
// CHECK: #[[$KEY:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d4, d5)>
// CHECK-LABEL: @grouped_heads
// CHECK: tensor.expand_shape {{.*}} output_shape [1, 2, 3, 5, 4]
// CHECK: linalg.generic {indexing_maps = [#[[$QUERY]], #[[$KEY]], #{{.*}}]
// CHECK: math.exp
// CHECK: tensor.expand_shape {{.*}} output_shape [1, 6, 5, 4]
func.func @grouped_heads(%q: tensor<1x6x5x4xf32>, %k: tensor<1x2x7x4xf32>, %v: tensor<1x2x7x4xf32>) -> tensor<1x6x5x4xf32> {
  %0:3 = llm.attention(%q, %k, %v) {scale = 0.5 : f32}
      : (tensor<1x6x5x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32>) -> (tensor<1x6x5x4xf32>, tensor<1x2x7x4xf32>, tensor<1x2x7x4xf32>)
  return %0#0 : tensor<1x6x5x4xf32>
}

// -----

// A decode step on a cache of 512 columns reads offset + 1 of them.
// CHECK-LABEL: @reads_what_is_seen
// CHECK: %[[OFFSET:.*]] = arith.index_cast
// CHECK: %[[REACH:.*]] = arith.addi %[[OFFSET]], %c1
// CHECK: %[[LENGTH:.*]] = arith.maxsi
// CHECK: tensor.extract_slice %arg1[0, 0, 0, 0] [1, 2, %[[LENGTH]], 4]
func.func @reads_what_is_seen(%q: tensor<1x2x1x4xf32>, %k: tensor<1x2x512x4xf32>, %v: tensor<1x2x512x4xf32>, %past: tensor<i64>) -> tensor<1x2x1x4xf32> {
  %0:3 = llm.attention(%q, %k, %v offset %past) {scale = 0.5 : f32, causal}
      : (tensor<1x2x1x4xf32>, tensor<1x2x512x4xf32>, tensor<1x2x512x4xf32>, tensor<i64>) -> (tensor<1x2x1x4xf32>, tensor<1x2x512x4xf32>, tensor<1x2x512x4xf32>)
  return %0#0 : tensor<1x2x1x4xf32>
}

// -----

// The mean is over all columns.
// CHECK-LABEL: @hidden_rows_take_the_mean
// CHECK-DAG: arith.constant 3.0
// CHECK: arith.select %{{.*}}, %{{.*}}, %{{.*}} : f32
func.func @hidden_rows_take_the_mean(%q: tensor<1x1x3x4xf32>, %k: tensor<1x1x3x4xf32>, %v: tensor<1x1x3x4xf32>, %mask: tensor<1x1x1x3xi1>) -> tensor<1x1x3x4xf32> {
  %0:3 = llm.attention(%q, %k, %v mask %mask) {scale = 0.5 : f32, causal, masked_rows = 1 : i32}
      : (tensor<1x1x3x4xf32>, tensor<1x1x3x4xf32>, tensor<1x1x3x4xf32>, tensor<1x1x1x3xi1>) -> (tensor<1x1x3x4xf32>, tensor<1x1x3x4xf32>, tensor<1x1x3x4xf32>)
  return %0#0 : tensor<1x1x3x4xf32>
}

// -----

// A prompt is read in blocks of rows; a block reads no column behind its last row.
// CHECK-LABEL: @reads_in_blocks
// CHECK: %[[REACH:.*]] = arith.addi
// CHECK: scf.for %[[BLOCK:[^ ]*]] = {{.*}} iter_args
// CHECK: %[[FIRST:.*]] = arith.muli %[[BLOCK]], %c64
// CHECK: %[[COUNT:.*]] = arith.minsi %{{.*}}, %c64
// CHECK: tensor.extract_slice %{{.*}}[0, 0, 0, %[[FIRST]], 0] [1, 2, 1, %[[COUNT]], 4]
// CHECK: tensor.insert_slice %{{.*}}[0, 0, 0, %[[FIRST]], 0]
func.func @reads_in_blocks(%q: tensor<1x2x?x4xf32>, %k: tensor<1x2x512x4xf32>, %v: tensor<1x2x512x4xf32>, %past: tensor<i64>) -> tensor<1x2x?x4xf32> {
  %0:3 = llm.attention(%q, %k, %v offset %past) {scale = 0.5 : f32, causal}
      : (tensor<1x2x?x4xf32>, tensor<1x2x512x4xf32>, tensor<1x2x512x4xf32>, tensor<i64>) -> (tensor<1x2x?x4xf32>, tensor<1x2x512x4xf32>, tensor<1x2x512x4xf32>)
  return %0#0 : tensor<1x2x?x4xf32>
}
