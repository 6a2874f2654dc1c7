// RUN: retort-opt %s --lower-to-linalg --split-input-file | FileCheck %s
// RUN: retort-opt %s --pass-pipeline='builtin.module(lower-to-linalg,codegen-strip-signedness,one-shot-bufferize{bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map},codegen-insert-deallocations)' --split-input-file | FileCheck %s --check-prefix=BUFFER

// One text: rows are written as a slice, in place where the cache is a state.
// CHECK-LABEL: @writes_rows_of_a_state
// CHECK: cf.assert {{.*}}expects an update that the cache can take
// CHECK: cf.assert {{.*}}index out of range
// CHECK: %[[AT:.*]] = arith.index_cast
// CHECK: tensor.insert_slice %arg1 into %arg0[0, 0, %[[AT]], 0] [1, 2, %{{.*}}, 4] [1, 1, 1, 1]
// BUFFER-LABEL: @writes_rows_of_a_state
// BUFFER-SAME: %[[STATE:.*]]: memref<1x2x512x4xf32> {
// BUFFER: %[[ROWS:.*]] = memref.subview %[[STATE]]
// BUFFER: memref.copy %arg1, %[[ROWS]]
// BUFFER-NOT: memref.copy
// BUFFER: return %[[STATE]]
func.func @writes_rows_of_a_state(%state: tensor<1x2x512x4xf32> {retort.state = 0 : i64}, %rows: tensor<1x2x?x4xf32>, %past: tensor<1xi64>) -> tensor<1x2x512x4xf32> {
  %0 = onnx.TensorScatter(%state, %rows, %past) : (tensor<1x2x512x4xf32>, tensor<1x2x?x4xf32>, tensor<1xi64>) -> tensor<1x2x512x4xf32>
  return %0 : tensor<1x2x512x4xf32>
}

// -----

// Each part of a batch has a place of its own.
// CHECK-LABEL: @writes_each_text
// CHECK: scf.for %[[B:[^ ]*]] =
// CHECK: %[[PART:.*]] = tensor.extract_slice %arg1[%[[B]], 0, 0, 0]
// CHECK: tensor.extract %arg2[%[[B]]]
// CHECK: tensor.insert_slice %[[PART]] into %{{.*}}[%[[B]], 0, %{{.*}}, 0]
func.func @writes_each_text(%cache: tensor<3x2x8x4xf32>, %rows: tensor<3x2x5x4xf32>, %past: tensor<3xi64>) -> tensor<3x2x8x4xf32> {
  %0 = onnx.TensorScatter(%cache, %rows, %past) : (tensor<3x2x8x4xf32>, tensor<3x2x5x4xf32>, tensor<3xi64>) -> tensor<3x2x8x4xf32>
  return %0 : tensor<3x2x8x4xf32>
}
