// RUN: not retort-opt %s --compress-tune-lora="data=%t.absent rank=0" 2>&1 | FileCheck %s --check-prefix=RANK
// RUN: not retort-opt %s --compress-tune-lora="data=%t.absent alpha=-1" 2>&1 | FileCheck %s --check-prefix=ALPHA
// RUN: not retort-opt %s --compress-tune-lora="data=%t.absent merge=add" 2>&1 | FileCheck %s --check-prefix=MERGE
// RUN: not retort-opt %s --compress-tune-lora="data=%t.absent parameters=norms" 2>&1 | FileCheck %s --check-prefix=PARAMETERS
// RUN: not retort-opt %s --compress-tune-lora="data=%t.absent merge=fold" 2>&1 | FileCheck %s --check-prefix=ZEROS
// RUN: not retort-opt %s --compress-tune-lora="data=%t.absent merge=requantize" 2>&1 | FileCheck %s --check-prefix=PLAIN
// RUN: not retort-opt %s --compress-tune-lora="data=%t.absent merge=zero-points" 2>&1 | FileCheck %s --check-prefix=GROUPS
// RUN: not retort-opt %s --compress-quantize-rtn --compress-tune-lora="data=%t.absent merge=fold" 2>&1 | FileCheck %s --check-prefix=CODES
// RUN: not retort-opt %s --compress-tune-lora="data=%t.absent include=left" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=LEFT
// RUN: not retort-opt %s --compress-tune-lora="data=%t.absent" 2>&1 | FileCheck %s --check-prefix=FILE

// RANK: error: expects 'rank' of 1 or more, found 0
// ALPHA: error: expects 'alpha' of 0 or more, found -1
// MERGE: error: expects 'merge' to be keep, fold, requantize, zero-points or auto, found 'add'
// PARAMETERS: error: 'compress-tune-lora' expects lora among 'parameters', found 'norms'
// ZEROS: error: weight 'w' cannot take factors by merge=fold: it has zeros, which A B would fill: merge=keep leaves the factors beside it
// PLAIN: error: weight 'w' cannot take factors by merge=requantize: it 'onnx.initializer' is no expression of codes and scales alone: merge=keep leaves the factors beside it
// GROUPS: error: weight 'w' cannot take factors by merge=zero-points: it is not codes times scales of groups of inputs, which zero points would be of: merge=keep leaves the factors beside it
// CODES: error: weight 'w' cannot take factors by merge=fold: it is no plain constant: merge=keep leaves the factors beside it
// LEFT: remark: [Missed] compress-tune-lora {{.*}}is not the second factor of 'onnx.MatMul'{{.*}}weight=left
// LEFT: error: 'compress-tune-lora' finds no product that factors can stand beside, among those of 1 selected weights
// FILE: error: 'compress-tune-lora': cannot read '{{.*}}.absent'
func.func @main(%x: tensor<16x16xf32>) -> tensor<3x2xf32> {
  %left = onnx.initializer "left" dense<2.0> : tensor<3x16xf32>
  %w = onnx.initializer "w" dense<[[0.0, 1.0], [0.5, 2.0], [-1.0, 1.0], [3.0, 1.0], [1.0, 1.0], [0.5, 2.0], [-1.0, 1.0], [3.0, 1.0], [0.0, 1.0], [0.5, 2.0], [-1.0, 1.0], [3.0, 1.0], [0.0, 1.0], [0.5, 2.0], [-1.0, 1.0], [3.0, 1.0]]> : tensor<16x2xf32>
  %0 = onnx.MatMul(%left, %x) : (tensor<3x16xf32>, tensor<16x16xf32>) -> tensor<3x16xf32>
  %1 = onnx.MatMul(%0, %w) : (tensor<3x16xf32>, tensor<16x2xf32>) -> tensor<3x2xf32>
  %2 = onnx.Relu(%1) : (tensor<3x2xf32>) -> tensor<3x2xf32>
  return %2 : tensor<3x2xf32>
}
