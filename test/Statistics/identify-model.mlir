// RUN: retort-opt %s --identify-model=statistics=sample.statistics | FileCheck %s
// RUN: sed 's/%y/%z/g' %s | retort-opt --identify-model | FileCheck %s --check-prefix=SAME
// RUN: sed 's/\[3.0\]/[4.0]/' %s | retort-opt --identify-model | FileCheck %s --check-prefix=OTHER

// CHECK: module attributes {retort.content = "3ebc96929f4939d25e469edc0bce17cb", retort.statistics = "sample.statistics"}
// Numbers tell models apart, and nothing that only describes them.
// SAME: retort.content = "3ebc96929f4939d25e469edc0bce17cb"
// OTHER-NOT: retort.content = "3ebc96929f4939d25e469edc0bce17cb"
// OTHER: onnx.MatMul
func.func @main(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {
  %w = onnx.initializer "w" dense<[[2.0], [3.0]]> : tensor<2x1xf32>
  %y = onnx.MatMul(%x, %w) : (tensor<?x2xf32>, tensor<2x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}
