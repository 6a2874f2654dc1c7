// The inputs of `o` are heads of an attention: its values are columns of one product with queries and keys (gpt2), or heads that are repeated before (Llama); a group of heads has one factor. What reads a shape alone is no reader.
// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics o=8 o2=8
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-scale-inputs="bits=3 group-size=4 rounding=nearest" -o %t.out.mlir --remarks-filter=compress --remark-format=emitRemark 2>%t.remarks
// RUN: FileCheck %s <%t.out.mlir
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks

// Of `qkv` the last eight columns are divided.
// CHECK: onnx.initializer "qkv" dense<{{\[\[}}1.000000e+00, 1.000000e+00, 1.000000e+00, 1.000000e+00, 1.000000e+00, 1.000000e+00, 1.000000e+00, 1.000000e+00, 1.000000e+00, 1.000000e+00, 1.000000e+00, 1.000000e+00, 1.000000e+00, 1.000000e+00, 1.000000e+00, 1.000000e+00, {{([0-9]+[.][0-9]+, ){7}[0-9]+[.][0-9]+\], \[}}
// The two heads of `v` are two of the four of `o2`.
// CHECK: onnx.initializer "v" dense<
// CHECK-NOT: dense<1.000000e+00> : tensor<2x4xf32>
// REMARK-DAG: remark: [Passed] compress-scale-inputs {{.*}}weight=o,
// REMARK-DAG: remark: [Passed] compress-scale-inputs {{.*}}weight=o2
func.func @main(%x: tensor<1x3x2xf32>, %q: tensor<1x4x3x2xf32>) -> (tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<3xi64>) {
  %qkv = onnx.initializer "qkv" dense<1.0> : tensor<2x24xf32>
  %heads = onnx.initializer "heads" dense<[1, 3, 2, 4]> : tensor<4xi64>
  %flat = onnx.initializer "flat" dense<[1, 3, 8]> : tensor<3xi64>
  %0 = onnx.MatMul(%x, %qkv) : (tensor<1x3x2xf32>, tensor<2x24xf32>) -> tensor<1x3x24xf32>
  %1:3 = onnx.Split(%0) {axis = 2 : i64, num_outputs = 3 : i64} : (tensor<1x3x24xf32>) -> (tensor<1x3x8xf32>, tensor<1x3x8xf32>, tensor<1x3x8xf32>)
  %2 = onnx.Reshape(%1#0, %heads) : (tensor<1x3x8xf32>, tensor<4xi64>) -> tensor<1x3x2x4xf32>
  %3 = onnx.Transpose(%2) {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x3x2x4xf32>) -> tensor<1x2x3x4xf32>
  %4 = onnx.Reshape(%1#1, %heads) : (tensor<1x3x8xf32>, tensor<4xi64>) -> tensor<1x3x2x4xf32>
  %5 = onnx.Transpose(%4) {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x3x2x4xf32>) -> tensor<1x2x3x4xf32>
  %6 = onnx.Reshape(%1#2, %heads) : (tensor<1x3x8xf32>, tensor<4xi64>) -> tensor<1x3x2x4xf32>
  %7 = onnx.Transpose(%6) {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x3x2x4xf32>) -> tensor<1x2x3x4xf32>
  %r, %k, %v1 = llm.attention(%3, %5, %7) {causal, scale = 0.5 : f32} : (tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>) -> (tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>)
  %8 = onnx.Transpose(%r) {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x2x3x4xf32>) -> tensor<1x3x2x4xf32>
  %9 = onnx.Reshape(%8, %flat) : (tensor<1x3x2x4xf32>, tensor<3xi64>) -> tensor<1x3x8xf32>
  %shape = onnx.Shape(%9) : (tensor<1x3x8xf32>) -> tensor<3xi64>
  %o = onnx.initializer "o" dense<[[0.9, -0.1], [0.13, 0.7], [0.21, 0.5], [0.7, -0.21], [0.4, 0.31], [-0.35, 0.8], [0.11, 0.6], [0.13, -0.12]]> : tensor<8x2xf32>
  %10 = onnx.MatMul(%9, %o) : (tensor<1x3x8xf32>, tensor<8x2xf32>) -> tensor<1x3x2xf32>
  %11 = onnx.Softmax(%10) {axis = -1 : i64} : (tensor<1x3x2xf32>) -> tensor<1x3x2xf32>

  %v = onnx.initializer "v" dense<1.0> : tensor<2x4xf32>
  %small = onnx.initializer "small" dense<[1, 3, 2, 2]> : tensor<4xi64>
  %axis = onnx.initializer "axis" dense<2> : tensor<1xi64>
  %copies = onnx.initializer "copies" dense<[1, 2, 2, 3, 2]> : tensor<5xi64>
  %wide = onnx.initializer "wide" dense<[1, 4, 3, 2]> : tensor<4xi64>
  %12 = onnx.MatMul(%x, %v) : (tensor<1x3x2xf32>, tensor<2x4xf32>) -> tensor<1x3x4xf32>
  %13 = onnx.Reshape(%12, %small) : (tensor<1x3x4xf32>, tensor<4xi64>) -> tensor<1x3x2x2xf32>
  %14 = onnx.Transpose(%13) {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x3x2x2xf32>) -> tensor<1x2x3x2xf32>
  %15 = onnx.Unsqueeze(%14, %axis) : (tensor<1x2x3x2xf32>, tensor<1xi64>) -> tensor<1x2x1x3x2xf32>
  %16 = onnx.Expand(%15, %copies) : (tensor<1x2x1x3x2xf32>, tensor<5xi64>) -> tensor<1x2x2x3x2xf32>
  %17 = onnx.Reshape(%16, %wide) : (tensor<1x2x2x3x2xf32>, tensor<4xi64>) -> tensor<1x4x3x2xf32>
  %r2, %k2, %v2 = llm.attention(%q, %q, %17) {causal, scale = 0.5 : f32} : (tensor<1x4x3x2xf32>, tensor<1x4x3x2xf32>, tensor<1x4x3x2xf32>) -> (tensor<1x4x3x2xf32>, tensor<1x4x3x2xf32>, tensor<1x4x3x2xf32>)
  %18 = onnx.Transpose(%r2) {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x4x3x2xf32>) -> tensor<1x3x4x2xf32>
  %19 = onnx.Reshape(%18, %flat) : (tensor<1x3x4x2xf32>, tensor<3xi64>) -> tensor<1x3x8xf32>
  %o2 = onnx.initializer "o2" dense<[[0.9, -0.1], [0.13, 0.7], [0.21, 0.5], [0.7, -0.21], [0.4, 0.31], [-0.35, 0.8], [0.11, 0.6], [0.13, -0.12]]> : tensor<8x2xf32>
  %20 = onnx.MatMul(%19, %o2) : (tensor<1x3x8xf32>, tensor<8x2xf32>) -> tensor<1x3x2xf32>
  %21 = onnx.Softmax(%20) {axis = -1 : i64} : (tensor<1x3x2xf32>) -> tensor<1x3x2xf32>
  return %11, %21, %shape : tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<3xi64>
}
