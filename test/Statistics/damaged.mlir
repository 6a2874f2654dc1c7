// A file of statistics in which something is wrong is refused for that, whatever it is.
// RUN: rm -rf %t && mkdir -p %t/damaged && retort-opt %s --identify-model -o %t/module.mlir
// RUN: %{python} %S/make_statistics.py %t/module.mlir %t/statistics --segments=0:1:0.5 w=4:0.1
// RUN: %{python} %S/damage_statistics.py %t/statistics %t/damaged
// RUN: for file in %t/damaged/*; do not retort-opt %s --identify-model=statistics=$file --compress-quantize-gptq; done 2>&1 | grep error: | FileCheck %s

// CHECK: error: '{{.*}}/00': a record has no sums
// CHECK-NEXT: error: '{{.*}}/01': a record names no weights, or no inputs
// CHECK-NEXT: error: '{{.*}}/02': a record names no weights, or no inputs
// CHECK-NEXT: error: '{{.*}}/03': a record has sensitivities of other weights
// CHECK-NEXT: error: '{{.*}}/04': a record has sensitivities of other weights
// CHECK-NEXT: error: '{{.*}}/05': a sensitivity is no pair of numbers of 0 or more
// CHECK-NEXT: error: '{{.*}}/06': a sensitivity is no pair of numbers of 0 or more
// CHECK-NEXT: error: '{{.*}}/07': a record has outputs of other weights
// CHECK-NEXT: error: '{{.*}}/08': a record has weights without outputs
// CHECK-NEXT: error: '{{.*}}/09': a weight has no sums of its outputs
// CHECK-NEXT: error: '{{.*}}/10': a segment has no cosine from -1 to 1
// CHECK-NEXT: error: '{{.*}}/11': names no windows
// CHECK-NEXT: error: '{{.*}}/12': expects 2 numbers at 'tokens', found a file that ends before
// CHECK-NEXT: error: '{{.*}}/13': expects 2 numbers at 'tokens', found a file that ends before
// CHECK-NEXT: error: '{{.*}}/14': has no list of records
// CHECK-NEXT: error: '{{.*}}/15': expects version 2 of statistics, found 1: `retort calibrate` measures them anew
// CHECK-NEXT: error: '{{.*}}/97': ends within its header
// CHECK-NEXT: error: '{{.*}}/98': expects {{[0-9]+}} bytes of text, found 44
// CHECK-NEXT: error: '{{.*}}/99': {{.+}}
// CHECK-NOT: error:
func.func @main(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  %w = onnx.initializer "w" dense<1.0> : tensor<4x2xf32>
  %0 = onnx.MatMul(%x, %w) : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}
