// A group longer than the inputs of an output is all of them.
// RUN: retort-opt %s --compress-quantize-rtn="bits=4 group-size=8" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s
// RUN: retort-opt %s --compress-prune-magnitude="n=1 m=2" --compress-quantize-rtn="bits=4 group-size=8" | FileCheck %s --check-prefix=SPARSE

// CHECK: remark: {{.*}}groups of 3, which is all inputs that it has, in place of 8{{.*}}group_size=3{{.*}}weight=few
// CHECK: remark: [Passed] compress-quantize-rtn | Category:compress | bits=4, {{.*}}group_size=8{{.*}}weight=many
// CHECK-LABEL: func.func @main
// CHECK: onnx.initializer "few_scale" {{.*}} : tensor<2xf32>
// CHECK: onnx.initializer "many_scale" {{.*}} : tensor<2x5xf32>

// SPARSE: onnx.initializer "few_quantized" {{.*}} : tensor<2x2xi4>
// SPARSE: onnx.initializer "few_scale" {{.*}} : tensor<2xf32>
func.func @main(%x: tensor<1x3xf32>, %y: tensor<1x12xf32>) -> (tensor<1x2xf32>, tensor<1x5xf32>) {
  %few = onnx.initializer "few" dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %0 = onnx.MatMul(%x, %few) : (tensor<1x3xf32>, tensor<3x2xf32>) -> tensor<1x2xf32>
  %1 = onnx.Relu(%0) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %many = onnx.initializer "many" dense<1.0> : tensor<12x5xf32>
  %2 = onnx.MatMul(%y, %many) : (tensor<1x12xf32>, tensor<12x5xf32>) -> tensor<1x5xf32>
  %3 = onnx.Relu(%2) : (tensor<1x5xf32>) -> tensor<1x5xf32>
  return %1, %3 : tensor<1x2xf32>, tensor<1x5xf32>
}
