// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics w=16@512 levels=16@512 plain=16 whole=16
// RUN: retort-opt %s --identify-model=statistics=%t.statistics --compress-quantize-rtn="bits=3 group-size=8 exclude=plain|unseen formats=levels=3:8:levels,whole=3:0" -o %t.codes.mlir
// RUN: retort-opt %t.codes.mlir --compress-refine-scales --remarks-filter=compress --remark-format=emitRemark -o %t.out.mlir 2>%t.remarks
// RUN: FileCheck %s --check-prefix=BEFORE <%t.codes.mlir
// RUN: FileCheck %s <%t.out.mlir
// RUN: grep -E '"(w_quantized|levels_codes|whole_quantized)"' %t.codes.mlir >%t.before && grep -E '"(w_quantized|levels_codes|whole_quantized)"' %t.out.mlir | cmp %t.before -
// RUN: grep '"w_scale"' %t.codes.mlir >%t.before && not sh -c "grep '\"w_scale\"' %t.out.mlir | cmp -s %t.before -"
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks
// RUN: not retort-opt %s --compress-refine-scales 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not retort-opt %s --compress-refine-scales=passes=0 2>&1 | FileCheck %s --check-prefix=PASSES
// RUN: not retort-opt %s --compress-refine-scales=damping=2 2>&1 | FileCheck %s --check-prefix=DAMPING
// RUN: not retort-opt %s --identify-model=statistics=%t.statistics --compress-refine-scales=reference=%t.absent 2>&1 | FileCheck %s --check-prefix=FILE

// BEFORE: module attributes {{{.*}}retort.originals = {{{.*}}w = dense<
// CHECK: %[[CODES:.*]] = onnx.initializer "w_quantized" {{.*}} : tensor<16x2xi3>
// CHECK: %[[SCALES:.*]] = onnx.initializer "w_scale" {{.*}} : tensor<2x2xf32>
// CHECK: compress.dequantize(%[[CODES]], %[[SCALES]])
// REMARK-DAG: remark: [Passed] compress-refine-scales {{.*}}weight=w
// REMARK-DAG: remark: [{{Passed|Missed}}] compress-refine-scales {{.*}}weight=levels
// REMARK-DAG: remark: [Missed] compress-refine-scales {{.*}}is not made of codes{{.*}}weight=plain
// NONE: error: 'compress-refine-scales' expects statistics of a sample
// PASSES: error: expects 'passes' of 1 or more, found 0
// DAMPING: error: expects 'damping' from 0 to 1, found 2
// FILE: error: {{.*}}.absent
func.func @main(%x: tensor<?x16xf32>) -> tensor<?x2xf32> {
  %w = onnx.initializer "w" dense<[[-0.52, 0.09], [-0.26, 0.21], [0.25, -0.87], [-0.97, 0.67], [-0.48, -0.53], [0.99, -0.06], [0.67, -0.05], [0.28, -0.70], [0.27, 0.74], [0.05, 0.48], [0.34, -0.87], [0.52, 0.18], [-0.40, -0.94], [0.73, -0.05], [0.44, 0.76], [0.43, 0.84]]> : tensor<16x2xf32>
  %levels = onnx.initializer "levels" dense<[[-0.21, 0.60], [-0.11, 0.87], [0.76, -0.81], [-0.73, -0.57], [0.93, -0.13], [0.25, -0.40], [0.01, -0.23], [-0.30, 0.17], [0.17, 0.81], [0.36, 0.86], [0.71, 0.98], [0.34, -0.67], [0.72, 0.93], [0.81, 0.14], [0.43, -0.58], [0.66, 0.15]]> : tensor<16x2xf32>
  %plain = onnx.initializer "plain" dense<[[-0.43, -0.87], [0.71, 0.98], [-0.82, 0.60], [-0.18, -0.70], [-0.41, 0.54], [0.75, -0.91], [0.23, -0.91], [0.44, -0.34], [0.76, 0.96], [0.01, 1.00], [-0.38, -0.85], [0.20, -0.94], [-0.61, -0.18], [0.22, -0.69], [-0.92, 0.74], [-0.37, 0.92]]> : tensor<16x2xf32>
  %whole = onnx.initializer "whole" dense<[[0.79, -0.24], [-0.08, 0.04], [0.29, 0.19], [0.12, 0.24], [0.88, 0.01], [-0.14, 0.44], [-0.52, -0.40], [0.96, 0.04], [0.10, -0.98], [-0.17, 0.16], [-0.96, 0.23], [0.26, -0.88], [0.25, -0.07], [0.36, -0.29], [0.41, 0.48], [-0.96, -0.88]]> : tensor<16x2xf32>
  %0 = onnx.MatMul(%x, %w) : (tensor<?x16xf32>, tensor<16x2xf32>) -> tensor<?x2xf32>
  %1 = onnx.MatMul(%x, %levels) : (tensor<?x16xf32>, tensor<16x2xf32>) -> tensor<?x2xf32>
  %2 = onnx.MatMul(%x, %plain) : (tensor<?x16xf32>, tensor<16x2xf32>) -> tensor<?x2xf32>
  %3 = onnx.MatMul(%x, %whole) : (tensor<?x16xf32>, tensor<16x2xf32>) -> tensor<?x2xf32>
  %4 = onnx.Sum(%0, %1, %2, %3) : (tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %5 = onnx.Softmax(%4) {axis = -1 : i64} : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %5 : tensor<?x2xf32>
}
