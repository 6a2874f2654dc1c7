// What keeps its scales: codes of which nobody knows what they were, scales that groups do not have of their own, sparse weights.
// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics w=16 tensor=16 sparse=16
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-prune-magnitude="n=2 m=4 include=sparse" --compress-quantize-rtn="include=sparse" --compress-quantize-rtn="per-tensor include=tensor" --compress-refine-scales --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s

// CHECK-DAG: remark: [Missed] compress-refine-scales {{.*}}what it was before it became codes is not known: expects the method that rounded it in the same pipeline, behind statistics, or the model in floats as 'reference'{{.*}}weight=w
// CHECK-DAG: remark: [Missed] compress-refine-scales {{.*}}its scales are not those of groups of the inputs of one output{{.*}}weight=tensor
// CHECK-DAG: remark: [Missed] compress-refine-scales {{.*}}'compress.decode_sparse' is no expression of codes and scales alone{{.*}}weight=sparse
func.func @main(%x: tensor<?x16xf32>) -> tensor<?x2xf32> {
  %codes = onnx.initializer "w_quantized" dense<3> : tensor<16x2xi8>
  %scales = onnx.initializer "w_scale" dense<0.5> : tensor<2xf32>
  %w = onnx.DequantizeLinear(%codes, %scales) {axis = 1 : i64} : (tensor<16x2xi8>, tensor<2xf32>) -> tensor<16x2xf32>
  %tensor = onnx.initializer "tensor" dense<[[-0.21, 0.60], [-0.11, 0.87], [0.76, -0.81], [-0.73, -0.57], [0.93, -0.13], [0.25, -0.40], [0.01, -0.23], [-0.30, 0.17], [0.17, 0.81], [0.36, 0.86], [0.71, 0.98], [0.34, -0.67], [0.72, 0.93], [0.81, 0.14], [0.43, -0.58], [0.66, 0.15]]> : tensor<16x2xf32>
  %sparse = onnx.initializer "sparse" dense<[[-0.43, -0.87], [0.71, 0.98], [-0.82, 0.60], [-0.18, -0.70], [-0.41, 0.54], [0.75, -0.91], [0.23, -0.91], [0.44, -0.34], [0.76, 0.96], [0.01, 1.00], [-0.38, -0.85], [0.20, -0.94], [-0.61, -0.18], [0.22, -0.69], [-0.92, 0.74], [-0.37, 0.92]]> : tensor<16x2xf32>
  %0 = onnx.MatMul(%x, %w) : (tensor<?x16xf32>, tensor<16x2xf32>) -> tensor<?x2xf32>
  %1 = onnx.MatMul(%x, %tensor) : (tensor<?x16xf32>, tensor<16x2xf32>) -> tensor<?x2xf32>
  %2 = onnx.MatMul(%x, %sparse) : (tensor<?x16xf32>, tensor<16x2xf32>) -> tensor<?x2xf32>
  %3 = onnx.Sum(%0, %1, %2) : (tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %4 = onnx.Softmax(%3) {axis = -1 : i64} : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %4 : tensor<?x2xf32>
}
