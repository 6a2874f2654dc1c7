// RUN: retort-opt %s --codegen-expand-bfloat16 | FileCheck %s

// CHECK-LABEL: @round
func.func @round(%x: vector<4xf32>) -> vector<4xbf16> {
  // CHECK-NOT: arith.truncf
  // CHECK: arith.bitcast {{.*}} : vector<4xf32> to vector<4xi32>
  // CHECK: arith.select {{.*}} : vector<4xi1>, vector<4xi32>
  // CHECK: arith.bitcast {{.*}} : vector<4xi16> to vector<4xbf16>
  %0 = arith.truncf %x : vector<4xf32> to vector<4xbf16>
  return %0 : vector<4xbf16>
}

// CHECK-LABEL: @from_f64
func.func @from_f64(%x: f64) -> bf16 {
  // CHECK: arith.truncf {{.*}} : f64 to f32
  // CHECK-NOT: arith.truncf
  // CHECK: arith.bitcast {{.*}} : i16 to bf16
  %0 = arith.truncf %x : f64 to bf16
  return %0 : bf16
}

// CHECK-LABEL: @sum
func.func @sum(%x: bf16, %y: bf16) -> bf16 {
  // CHECK: arith.addf {{.*}} : f32
  // CHECK: arith.bitcast {{.*}} : i16 to bf16
  %0 = arith.addf %x, %y : bf16
  return %0 : bf16
}

// Between two operations, too.
// CHECK-LABEL: @rounds_each
func.func @rounds_each(%x: bf16, %y: bf16) -> bf16 {
  // CHECK: %[[SUM:.*]] = arith.addf {{.*}} : f32
  // CHECK: arith.cmpf une, %[[SUM]], %[[SUM]]
  // CHECK: arith.mulf {{.*}} : f32
  %0 = arith.addf %x, %y : bf16
  %1 = arith.mulf %0, %y : bf16
  return %1 : bf16
}

// Processors round to f16 themselves.
// CHECK-LABEL: @half
func.func @half(%x: f32) -> f16 {
  // CHECK: arith.truncf
  %0 = arith.truncf %x : f32 to f16
  return %0 : f16
}
