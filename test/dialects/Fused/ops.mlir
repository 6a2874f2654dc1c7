// RUN: retort-opt %s | retort-opt | FileCheck %s
// RUN: retort-opt %s --emit-bytecode | retort-opt | FileCheck %s

// CHECK-LABEL: @causal
// CHECK: fused.attention %{{.*}}, %{{.*}}, %{{.*}} offset %{{.*}} : index into %{{.*}} {right_window = 0 : i64, scale = 1.250000e-01 : f32}
func.func @causal(%q: tensor<1x6x?x64xf32>, %k: tensor<1x2x512x64xf32>, %v: tensor<1x2x512x32xf32>, %past: index, %y: tensor<1x6x?x32xf32>) -> tensor<1x6x?x32xf32> {
  %0 = fused.attention %q, %k, %v offset %past : index into %y {right_window = 0 : i64, scale = 0.125 : f32}
    : tensor<1x6x?x64xf32>, tensor<1x2x512x64xf32>, tensor<1x2x512x32xf32> into tensor<1x6x?x32xf32> -> tensor<1x6x?x32xf32>
  return %0 : tensor<1x6x?x32xf32>
}

// CHECK-LABEL: @all_operands
// CHECK: fused.attention %{{.*}} offset %{{.*}} : tensor<2xi64> key_length %{{.*}} : tensor<2xi64> bias %{{.*}} : tensor<1x1x5x7xf32> sinks %{{.*}} : tensor<6xf32> into
func.func @all_operands(%q: tensor<2x6x5x4xf32>, %k: tensor<2x2x7x4xf32>, %v: tensor<2x2x7x4xf32>, %offset: tensor<2xi64>, %length: tensor<2xi64>,
                        %bias: tensor<1x1x5x7xf32>, %sinks: tensor<6xf32>, %y: tensor<2x6x5x4xf32>) -> tensor<2x6x5x4xf32> {
  %0 = fused.attention %q, %k, %v offset %offset : tensor<2xi64> key_length %length : tensor<2xi64> bias %bias : tensor<1x1x5x7xf32> sinks %sinks : tensor<6xf32>
    into %y {left_window = 8 : i64, scale = 0.125 : f32, softcap = 30.0 : f32}
    : tensor<2x6x5x4xf32>, tensor<2x2x7x4xf32>, tensor<2x2x7x4xf32> into tensor<2x6x5x4xf32> -> tensor<2x6x5x4xf32>
  return %0 : tensor<2x6x5x4xf32>
}

// CHECK-LABEL: @buffers
// CHECK: fused.attention {{.*}} into memref<1x6x5x4xf32>{{$}}
func.func @buffers(%q: memref<1x6x5x4xf32>, %k: memref<1x2x7x4xf32>, %v: memref<1x2x7x4xf32>, %past: index, %y: memref<1x6x5x4xf32>) {
  fused.attention %q, %k, %v offset %past : index into %y {scale = 0.125 : f32}
    : memref<1x6x5x4xf32>, memref<1x2x7x4xf32>, memref<1x2x7x4xf32> into memref<1x6x5x4xf32>
  return
}
