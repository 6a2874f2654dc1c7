// What `retort compile` writes, and how far it goes.
// RUN: rm -rf %t && mkdir %t
// RUN: retort compile %s -o %t/scale.so && ls %t | FileCheck %s --check-prefix=FILES
// RUN: FileCheck %s --check-prefix=HEADER < %t/scale.h
// RUN: retort compile %s --emit=object -o %t/scale.o && ls %t/scale.o
// RUN: retort compile %s --emit=mlir -o %t/scale.mlir && FileCheck %s --check-prefix=MLIR < %t/scale.mlir
// RUN: retort compile %s --emit=mlir -o %t/scale.mlirbc && retort-opt %t/scale.mlirbc | FileCheck %s --check-prefix=MLIR
// RUN: retort compile %s --emit=linalg -o %t/scale.mlir && FileCheck %s --check-prefix=LINALG < %t/scale.mlir
// RUN: retort compile %s --emit=llvm -o %t/scale.ll && FileCheck %s --check-prefix=LLVM < %t/scale.ll
// RUN: retort compile %s --stop-after=lower -o %t/early.mlir && FileCheck %s --check-prefix=LINALG < %t/early.mlir
// RUN: retort compile %s --emit=mlir --disable=simplify -o %t/scale.mlir && FileCheck %s --check-prefix=DISABLED < %t/scale.mlir
// RUN: retort compile %s --dump-phases=%t/phases -o %t/scale.so && ls %t/phases | FileCheck %s --check-prefix=PHASES

// FILES: scale.h
// FILES-NEXT: scale.so
// FILES-NEXT: scale.weights
// FILES-NOT: {{.}}
// HEADER: #ifndef RETORT_MODEL_SCALE
// HEADER: args[0] input f32[?][3] x
// HEADER: void retort_main(void **args);
// MLIR: onnx.Mul
// MLIR-NOT: onnx.Identity
// LINALG: linalg.generic
// LLVM: define {{.*}}@retort_main(ptr
// DISABLED: onnx.Identity
// PHASES: model.1.import.mlir
// PHASES-NEXT: model.2.raise.mlir
// PHASES: model.5.lower.mlir
// PHASES-NEXT: model.6.codegen.mlir
func.func @main(%x: tensor<?x3xf32> {onnx.name = "x"}) -> (tensor<?x3xf32> {onnx.name = "y"}) {
  %w = onnx.Constant() {value = dense<[1.0, 2.0, 3.0]> : tensor<3xf32>} : () -> tensor<3xf32>
  %0 = onnx.Identity(%x) : (tensor<?x3xf32>) -> tensor<?x3xf32>
  %y = onnx.Mul(%0, %w) : (tensor<?x3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}
