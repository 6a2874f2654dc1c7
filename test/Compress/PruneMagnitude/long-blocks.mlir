// A block longer than the inputs of an output is all of them; where that keeps everything, nothing is done.
// RUN: retort-opt %s --compress-prune-magnitude="n=2 m=8" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s

// CHECK: remark: {{.*}}keeps 2 of each 8 inputs, and has 2{{.*}}weight=two
// CHECK: remark: {{.*}}of each 3, which is all inputs that it has, in place of 8{{.*}}m=3{{.*}}weight=three
// CHECK-LABEL: func.func @main
// CHECK: onnx.initializer "two"
// CHECK: compress.decode_sparse({{.*}}) {m = 3 : i64, n = 2 : i64, onnx.outputs = ["three"]} : {{.*}} -> tensor<3x5xf32>
func.func @main(%x: tensor<1x2xf32>, %y: tensor<1x3xf32>) -> (tensor<1x4xf32>, tensor<1x5xf32>) {
  %two = onnx.initializer "two" dense<1.0> : tensor<2x4xf32>
  %0 = onnx.MatMul(%x, %two) : (tensor<1x2xf32>, tensor<2x4xf32>) -> tensor<1x4xf32>
  %1 = onnx.Relu(%0) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %three = onnx.initializer "three" dense<1.0> : tensor<3x5xf32>
  %2 = onnx.MatMul(%y, %three) : (tensor<1x3xf32>, tensor<3x5xf32>) -> tensor<1x5xf32>
  %3 = onnx.Relu(%2) : (tensor<1x5xf32>) -> tensor<1x5xf32>
  return %1, %3 : tensor<1x4xf32>, tensor<1x5xf32>
}
