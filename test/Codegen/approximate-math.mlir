// RUN: retort-opt %s --codegen-approximate-math | FileCheck %s

// CHECK-LABEL: @polynomial
func.func @polynomial(%x: f32) -> f32 {
  // CHECK-NOT: math.exp
  // CHECK: arith.mulf {{.*}} fastmath<contract>
  // CHECK-NEXT: arith.addf {{.*}} fastmath<contract>
  %0 = math.exp %x : f32
  return %0 : f32
}

// CHECK-LABEL: @narrow_through_f32
func.func @narrow_through_f32(%x: f16) -> f16 {
  // CHECK: arith.extf
  // CHECK: arith.mulf {{.*}} fastmath<contract>
  // CHECK-NEXT: arith.addf {{.*}} fastmath<contract>
  // CHECK: arith.truncf
  %0 = math.tanh %x : f16
  return %0 : f16
}

// CHECK-LABEL: @library
func.func @library(%x: f32, %y: f64) -> (f32, f64) {
  // CHECK: math.sin
  %0 = math.sin %x : f32
  // CHECK: math.exp
  %1 = math.exp %y : f64
  return %0, %1 : f32, f64
}
