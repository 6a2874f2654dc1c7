// The output replaces its file when it is complete, so it may be the input.
// RUN: cp %s %t.mlir && retort-opt %t.mlir --emit-bytecode -o %t.mlirbc
// RUN: retort-opt %t.mlirbc --emit-bytecode -o %t.mlirbc && retort-opt %t.mlirbc | FileCheck %s
// RUN: not retort-opt %t.mlirbc --no-such-pass -o %t.mlirbc && retort-opt %t.mlirbc | FileCheck %s
// RUN: not retort-opt %t.mlirbc -o %t.absent/out.mlir 2>&1 | FileCheck %s --check-prefix=ABSENT

// CHECK: func.func @kept
// ABSENT: error: cannot write '{{.*}}.absent/out.mlir': {{.*}}No such file or directory
func.func @kept() {
  return
}
