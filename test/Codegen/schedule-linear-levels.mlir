// RUN: retort-opt %s --codegen-schedule-linear=target-cpu=x86-64-v4 | FileCheck %s --check-prefixes=CHECK,WIDE
// RUN: retort-opt %s --codegen-schedule-linear=target-cpu=x86-64-v3 | FileCheck %s --check-prefixes=CHECK,NARROW
// RUN: retort-opt %s --codegen-schedule-linear=target-cpu=x86-64 | FileCheck %s --check-prefixes=CHECK,PORTABLE

// A code selects its level in a register, by its low bits alone; ten lie in a word, and of two more each word has a bit.
// A scale is a sum of integers.
// CHECK-LABEL: func.func private @linear_multiply_1_{{[a-z0-9_]+}}(
// WIDE: %[[LEVELS:.*]] = arith.constant dense<[-1.000000e+00, -0.624508917, {{.*}}, 1.000000e+00, -1.000000e+00, {{.*}}]> : vector<16xf32>
// WIDE: %[[W:.*]] = vector.load {{.*}} memref<1x4x32xi32>, vector<16xi32>
// WIDE: llvm.call_intrinsic "llvm.x86.avx512.permvar.sf.512"(%[[LEVELS]], %[[W]])
// WIDE: %[[CODE:.*]] = arith.shrui %[[W]], %{{.*}} : vector<16xi32>
// WIDE-NEXT: llvm.call_intrinsic "llvm.x86.avx512.permvar.sf.512"(%[[LEVELS]], %[[CODE]])
// NARROW: %[[LEVELS:.*]] = arith.constant dense<[-1.000000e+00, {{.*}}, 1.000000e+00]> : vector<8xf32>
// NARROW: %[[W:.*]] = vector.load {{.*}} memref<1x4x32xi32>, vector<8xi32>
// NARROW: llvm.call_intrinsic "llvm.x86.avx2.permps"(%[[LEVELS]], %[[W]])
// Without such an instruction bit after bit decides.
// PORTABLE-NOT: llvm.call_intrinsic
// PORTABLE: %[[SIGN:.*]] = arith.shli
// PORTABLE: %[[SET:.*]] = arith.cmpi slt, %[[SIGN]]
// PORTABLE: arith.select %[[SET]]
// CHECK: arith.ori
// CHECK: %[[STEPS:.*]] = arith.muli %{{.*}} : vector<{{[0-9]+}}xi32>
// CHECK: %[[SCALE:.*]] = arith.addi %[[STEPS]], %{{.*}} : vector<{{[0-9]+}}xi32>
// CHECK: arith.bitcast %[[SCALE]]
func.func private @levels(%x: memref<?x40xf32>, %codes: memref<1x4x32xi32>, %low: memref<1x1x32xi8>, %high: memref<1x1x32xi8>,
                          %ladder: memref<2xi32>, %y: memref<?x32xf32>) attributes {retort.kernel = ""} {
  linear.product #linear.levels<bits = 3, size = 32> %x, %codes, %low, %high, %ladder into %y
    : memref<?x40xf32>, memref<1x4x32xi32>, memref<1x1x32xi8>, memref<1x1x32xi8>, memref<2xi32> into memref<?x32xf32>
  return
}
