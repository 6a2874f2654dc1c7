// A form for each weight by its name, in one pass: the first expression that matches counts.
// RUN: retort-opt %s --compress-quantize-rtn="bits=4 group-size=16 formats=^q=8:0,down|^q=3:16:levels,absent=2:32" --remarks-filter=compress --remark-format=emitRemark -o %t.mlir 2>%t.remarks
// RUN: FileCheck %s <%t.mlir
// RUN: FileCheck %s --check-prefix=REMARK <%t.remarks
// RUN: retort-opt %s --compress-quantize-rtn="scales=f16 group-size=16" | FileCheck %s --check-prefix=HALF
// RUN: not retort-opt %s --compress-quantize-rtn="formats=q=9:0" 2>&1 | FileCheck %s --check-prefix=WIDTH
// RUN: not retort-opt %s --compress-quantize-rtn="formats=q=4" 2>&1 | FileCheck %s --check-prefix=ENTRY
// RUN: not retort-opt %s --compress-quantize-rtn="formats=q=4:99999999999999999999" 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: not retort-opt %s --compress-quantize-rtn="formats=(=4:32" 2>&1 | FileCheck %s --check-prefix=REGEX
// RUN: not retort-opt %s --compress-quantize-rtn="formats=q=4:32:floats" 2>&1 | FileCheck %s --check-prefix=FORM
// RUN: not retort-opt %s --compress-quantize-rtn="formats=q=4:32 per-tensor" 2>&1 | FileCheck %s --check-prefix=TENSOR
// RUN: not retort-opt %s --compress-quantize-rtn="scales=f8" 2>&1 | FileCheck %s --check-prefix=SCALES

// WIDTH: error: expects from 2 to 8 bits in 'formats', found 9 of 'q'
// ENTRY: error: expects REGEX=BITS:GROUP or REGEX=BITS:GROUP:FORM in 'formats', found 'q=4'
// SIZE: error: expects a size of groups in 'formats', found 99999999999999999999 of 'q'
// REGEX: error: expects a regular expression in 'formats', found '('
// FORM: error: expects integers or levels in 'formats', found 'floats' of 'q'
// TENSOR: error: expects 'per-tensor' or 'formats', found both
// SCALES: error: expects 'scales' to be f32 or f16, found 'f8'
// REMARK: remark: [Missed] compress-quantize-rtn {{.*}}no weight that is taken has a name that this expression of 'formats' matches, or one before it does{{.*}}weight=absent

// CHECK-DAG: onnx.initializer "q_quantized" {{.*}} : tensor<32x2xi8>
// CHECK-DAG: onnx.initializer "up_quantized" {{.*}} : tensor<32x2xi4>
// CHECK-DAG: onnx.initializer "down_codes" {{.*}} : tensor<32x2xui3>
// HALF: %[[CODES:.*]] = onnx.initializer "q_quantized"
// HALF: %[[STORED:.*]] = onnx.initializer "q_scale" {{.*}} : tensor<2x2xf16>
// HALF: %[[TABLE:.*]] = onnx.Cast(%[[STORED]]) {to = 1 : i64} : (tensor<2x2xf16>) -> tensor<2x2xf32>
// HALF: onnx.DequantizeLinear(%[[CODES]], %[[TABLE]])
func.func @main(%x: tensor<1x32xf32>) -> tensor<1x2xf32> {
  %q = onnx.initializer "q" dense<0.7> : tensor<32x2xf32>
  %up = onnx.initializer "up" dense<0.5> : tensor<32x2xf32>
  %down = onnx.initializer "down" dense<0.3> : tensor<32x2xf32>
  %0 = onnx.MatMul(%x, %q) : (tensor<1x32xf32>, tensor<32x2xf32>) -> tensor<1x2xf32>
  %1 = onnx.MatMul(%x, %up) : (tensor<1x32xf32>, tensor<32x2xf32>) -> tensor<1x2xf32>
  %2 = onnx.MatMul(%x, %down) : (tensor<1x32xf32>, tensor<32x2xf32>) -> tensor<1x2xf32>
  %3 = onnx.Sum(%0, %1, %2) : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  %4 = onnx.Relu(%3) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %4 : tensor<1x2xf32>
}
