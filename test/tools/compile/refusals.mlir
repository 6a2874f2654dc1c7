// One error line names what is wrong; nothing is left behind.
// RUN: rm -rf %t && mkdir %t
// RUN: not retort compile %s -o %t/m.so 2>&1 | FileCheck %s --check-prefix=OPERATOR
// RUN: not retort compile %t/none.onnx -o %t/m.so 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not retort compile %s --stop-after=tea -o %t/m.so 2>&1 | FileCheck %s --check-prefix=PHASE
// RUN: not retort compile %s --disable=no-such-pass -o %t/m.so 2>&1 | FileCheck %s --check-prefix=DISABLE
// RUN: not retort compile %s --compress=no-such-pass -o %t/m.so 2>&1 | FileCheck %s --check-prefix=COMPRESS
// RUN: not retort compile %s --recipe=no-such-recipe -o %t/m.so 2>&1 | FileCheck %s --check-prefix=RECIPE
// RUN: not retort compile %s --target-cpu=z80 -o %t/m.so 2>&1 | FileCheck %s --check-prefix=CPU
// RUN: not retort compile %s --plugin=%t/none.so -o %t/m.so 2>&1 | FileCheck %s --check-prefix=PLUGIN
// RUN: not retort compile %s --stop-after=import -o %t/none/m.mlir 2>&1 | FileCheck %s --check-prefix=FOLDER
// RUN: not retort compile %s 2>&1 | FileCheck %s --check-prefix=OUTPUT
// RUN: not retort compile -o %t/m.so 2>&1 | FileCheck %s --check-prefix=MODEL
// RUN: not retort compile %s --emit=tea -o %t/m.so 2>&1 | FileCheck %s --check-prefix=EMIT
// RUN: not retort compile %s --opset=tea -o %t/m.so 2>&1 | FileCheck %s --check-prefix=NUMBER
// RUN: not retort compile %s --tea -o %t/m.so 2>&1 | FileCheck %s --check-prefix=FLAG
// RUN: not retort tea 2>&1 | FileCheck %s --check-prefix=COMMAND
// RUN: not retort compile %s --weights=refer -o %t/m.mlirbc 2>&1 | FileCheck %s --check-prefix=REFER
// RUN: ls %t | count 0

// OPERATOR: error: {{.*}}refusals.mlir: operator 'Tea' of domain '' has no schema in domain ''
// NONE: error: {{.*}}none.onnx
// PHASE: error: unknown phase 'tea' in --stop-after: expects one of import, raise,
// DISABLE: error: unknown pass 'no-such-pass' in --disable
// COMPRESS: error: --compress: 'no-such-pass' does not refer to a registered pass
// RECIPE: error: unknown recipe 'no-such-recipe': expects a file or one of
// CPU: error: unknown target CPU 'z80'
// PLUGIN: error: cannot load plugin '{{.*}}none.so'
// FOLDER: error: cannot write '{{.*}}none/m.mlir': {{.*}}No such file or directory
// OUTPUT: error: no output given: expects -o FILE
// MODEL: error: no model given
// EMIT: error: unknown value 'tea' of --emit: expects one of so, object, onnx, mlir, linalg, llvm
// NUMBER: error: expects --opset of at least 0 (found tea)
// FLAG: error: {{.*}}'--tea'
// REFER: error: --weights=refer: expects --emit=mlir or --emit=linalg; code and ONNX carry their weights
// COMMAND: error: unknown command 'tea'
func.func @main(%x: tensor<3xf32>) -> tensor<*x!onnx.unknown> {
  %y = onnx.node "Tea"(%x) to ["y"] : (tensor<3xf32>) -> tensor<*x!onnx.unknown>
  return %y : tensor<*x!onnx.unknown>
}
