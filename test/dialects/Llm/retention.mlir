// RUN: retort-opt %s | retort-opt | FileCheck %s
// RUN: retort-opt %s --emit-bytecode | retort-opt | FileCheck %s

// CHECK: llm.retention gated_delta(%{{.*}}, %{{.*}}, %{{.*}} state %{{.*}} decay %{{.*}} beta %{{.*}}) {chunk_size = 7 : i64, scale = 5.000000e-01 : f32}
// CHECK: llm.retention linear(%{{.*}}, %{{.*}}, %{{.*}}) {scale = 5.000000e-01 : f32}
func.func @main(%q: tensor<1x4x3x4xf32>, %k: tensor<1x2x3x4xf32>, %v: tensor<1x2x3x5xf32>, %s: tensor<1x2x4x5xf32>, %g: tensor<1x2x1x1xf32>, %b: tensor<1x2x3x1xf32>) -> tensor<1x4x3x5xf32> {
  %0, %1 = llm.retention gated_delta(%q, %k, %v state %s decay %g beta %b) {scale = 0.5 : f32, chunk_size = 7 : i64}
      : (tensor<1x4x3x4xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3x5xf32>, tensor<1x2x4x5xf32>, tensor<1x2x1x1xf32>, tensor<1x2x3x1xf32>) -> (tensor<1x4x3x5xf32>, tensor<1x2x4x5xf32>)
  %2, %3 = llm.retention linear(%q, %k, %v) {scale = 0.5 : f32} : (tensor<1x4x3x4xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3x5xf32>) -> (tensor<1x4x3x5xf32>, tensor<1x2x4x5xf32>)
  return %2 : tensor<1x4x3x5xf32>
}
