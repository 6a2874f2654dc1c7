// RUN: not retort-opt %s --compress-tune-scales 2>&1 | FileCheck %s --check-prefix=DATA
// RUN: not retort-opt %s --compress-tune-scales=data=%t.absent 2>&1 | FileCheck %s --check-prefix=CODES
// RUN: not retort-opt %s --compress-quantize-rtn="form=levels bits=3" --compress-tune-scales=data=%t.absent --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=LEVELS
// RUN: not retort-opt %s --compress-tune-scales="data=%t.absent include=other" 2>&1 | FileCheck %s --check-prefix=NAME

// DATA: error: expects 'data' to name tokens that are trained on, found none
// CODES: error: 'compress-tune-scales' expects weights that are codes times scales, found none among the 1 selected ones
// LEVELS: remark: [Missed] compress-tune-scales {{.*}}its scales are places in a ladder, which no small step changes
// LEVELS: error: 'compress-tune-scales' expects weights that are codes times scales, found none among the 1 selected ones
// NAME: error: 'compress-tune-scales' matches no weight: 1 constant matrices feed products, include='other', exclude=''
func.func @main(%x: tensor<1x16xf32>) -> tensor<1x2xf32> {
  %w = onnx.initializer "w" dense<1.0> : tensor<16x2xf32>
  %0 = onnx.MatMul(%x, %w) : (tensor<1x16xf32>, tensor<16x2xf32>) -> tensor<1x2xf32>
  %1 = onnx.Relu(%0) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}
