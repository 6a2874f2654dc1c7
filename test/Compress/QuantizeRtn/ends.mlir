// The ends of a model alone: a table that is looked up and multiplied with is one of rows.
// RUN: retort-opt %s --compress-quantize-rtn="bits=8 ends=true" | FileCheck %s
// RUN: not retort-opt %s --compress-quantize-rtn="bits=8 ends=true exclude=table" 2>&1 | FileCheck %s --check-prefix=NONE

// CHECK-DAG: onnx.initializer "table_scale" {{.*}} : tensor<5xf32>
// CHECK-DAG: %[[TABLE:.*]] = onnx.DequantizeLinear({{.*}}) {axis = 0 : i64, onnx.outputs = ["table"]}
// CHECK-DAG: onnx.Gather(%[[TABLE]],
// CHECK-DAG: onnx.Gemm(%{{.*}}, %[[TABLE]])
// CHECK-DAG: onnx.initializer "layer" dense
// NONE: error: 'compress-quantize-rtn' matches no weight
func.func @main(%ids: tensor<3xi64>) -> tensor<3x5xf32> {
  %table = onnx.initializer "table" dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0], [9.0, 10.0]]> : tensor<5x2xf32>
  %x = onnx.Gather(%table, %ids) : (tensor<5x2xf32>, tensor<3xi64>) -> tensor<3x2xf32>
  %layer = onnx.initializer "layer" dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %h = onnx.MatMul(%x, %layer) : (tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<3x2xf32>
  %r = onnx.Relu(%h) : (tensor<3x2xf32>) -> tensor<3x2xf32>
  %y = onnx.Gemm(%r, %table) {transB = 1 : i64} : (tensor<3x2xf32>, tensor<5x2xf32>) -> tensor<3x5xf32>
  return %y : tensor<3x5xf32>
}
