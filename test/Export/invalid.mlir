// What cannot be written as ONNX.
// RUN: retort-translate --export-onnx %s -o %t.onnx
// RUN: sed 's/@main/@other/' %s > %t.mlir && not retort-translate --export-onnx %t.mlir -o %t.onnx 2>&1 | FileCheck %s --check-prefix=MAIN
// RUN: sed 's/onnx.node "Add"(%x, %w) to \["y"\] : .*/arith.addf %x, %w : tensor<2xf32>/' %s > %t.mlir && not retort-translate --export-onnx %t.mlir -o %t.onnx 2>&1 | FileCheck %s --check-prefix=OTHER
// RUN: sed 's/dense<1.0> : tensor<2xf32>/dense<1> : tensor<2xi7>/; s/(tensor<2xf32>, tensor<2xf32>)/(tensor<2xf32>, tensor<2xi7>)/' %s > %t.mlir && not retort-translate --export-onnx %t.mlir -o %t.onnx 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: sed 's/dense<1.0>/dense_resource<w>/' %s > %t.mlir && not retort-translate --export-onnx %t.mlir -o %t.onnx 2>&1 | FileCheck %s --check-prefix=ELIDED

// MAIN: error: {{.*}}cannot be written as ONNX: expects a function 'main'
// OTHER: error: {{.*}}: 'arith.addf' op cannot be written: expects onnx.node and onnx.initializer alone
// TYPE: error: {{.*}}constant 'w' has a type that ONNX has not
// ELIDED: error: {{.*}}weight 'w' has no data: they were elided when the text was printed
func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
  %w = onnx.initializer "w" dense<1.0> : tensor<2xf32>
  %y = onnx.node "Add"(%x, %w) to ["y"] : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}
