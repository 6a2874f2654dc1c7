// An output is no file that is read, under whatever name, and no other output; that is said before anything is written.
// RUN: rm -rf %t && mkdir -p %t/dir && cp %s %t/in.mlir && retort-opt %t/in.mlir --emit-bytecode -o %t/in.mlirbc
// RUN: ln -s in.mlirbc %t/link && ln %t/in.mlirbc %t/hard
// RUN: not retort-opt %t/in.mlirbc -o %t/in.mlirbc 2>&1 | FileCheck %s --check-prefix=INPUT
// RUN: not retort-opt %t/in.mlirbc -o %t/dir/../link 2>&1 | FileCheck %s --check-prefix=LINK
// RUN: not retort-opt %t/in.mlirbc --ledger=%t/hard -o %t/out.mlir 2>&1 | FileCheck %s --check-prefix=HARD
// RUN: not retort-opt %t/in.mlirbc --mlir-generate-reproducer=%t/in.mlirbc 2>&1 | FileCheck %s --check-prefix=FLAG
// RUN: not retort-opt %t/in.mlirbc --ledger=%t/out.mlir -o %t/dir/../out.mlir 2>&1 | FileCheck %s --check-prefix=OUTPUTS
// RUN: not ls %t/out.mlir && retort-opt %t/in.mlirbc | FileCheck %s
// RUN: not retort-opt %t/in.mlirbc -o %t/none/out.mlir 2>&1 | FileCheck %s --check-prefix=ABSENT
// RUN: not retort-opt %t/in.mlirbc -o %t/dir 2>&1 | FileCheck %s --check-prefix=FOLDER
// RUN: not retort-opt %t/in.mlirbc --no-such-pass -o %t/hard 2>&1 && retort-opt %t/hard | FileCheck %s

// CHECK: func.func @kept
// INPUT: error: cannot write '{{.*}}in.mlirbc': it is the input (-o)
// LINK: error: cannot write '{{.*}}link': it is the input (-o)
// HARD: error: cannot write '{{.*}}hard': it is the input (--ledger)
// FLAG: error: cannot write '{{.*}}in.mlirbc': it is the input (--mlir-generate-reproducer)
// OUTPUTS: error: cannot write '{{.*}}out.mlir': --ledger writes it (-o)
// ABSENT: error: cannot write '{{.*}}none/out.mlir': its folder: No such file or directory (-o)
// FOLDER: error: cannot write '{{.*}}dir': Is a directory (-o)
func.func @kept() {
  return
}
