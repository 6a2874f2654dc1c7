// RUN: not retort-opt %s --compress-prune-lora="data=%t.absent sparsity=1" 2>&1 | FileCheck %s --check-prefix=SPARSITY
// RUN: not retort-opt %s --compress-prune-lora="data=%t.absent groups=heads" 2>&1 | FileCheck %s --check-prefix=GROUPS
// RUN: not retort-opt %s --compress-prune-lora="data=%t.absent merge=keep" 2>&1 | FileCheck %s --check-prefix=MERGE
// RUN: not retort-opt %s --compress-prune-lora="data=%t.absent multiple=0" 2>&1 | FileCheck %s --check-prefix=MULTIPLE
// RUN: not retort-opt %s --compress-prune-lora="data=%t.absent every=0" 2>&1 | FileCheck %s --check-prefix=EVERY
// RUN: not retort-opt %s --compress-prune-lora="data=%t.absent rank=0" 2>&1 | FileCheck %s --check-prefix=RANK
// RUN: not retort-opt %s --compress-prune-lora="data=%t.absent ramp=0" 2>&1 | FileCheck %s --check-prefix=RAMP
// RUN: not retort-opt %s --compress-prune-lora="data=%t.absent alpha=-2" 2>&1 | FileCheck %s --check-prefix=ALPHA
// RUN: not retort-opt %s --compress-prune-lora="data=%t.absent checkpoint=%t.run" 2>&1 | FileCheck %s --check-prefix=CHECKPOINT
// RUN: not retort-opt %s --compress-prune-lora="data=%t.absent" 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not retort-opt %s --compress-prune-lora="data=%t.absent multiple=1 exclude=up" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=PRODUCER
// RUN: not retort-opt %s --compress-quantize-rtn=include=up --compress-prune-lora="data=%t.absent multiple=1" --remarks-filter=compress --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=CODES

// SPARSITY: error: expects 'sparsity' in (0, 1), found 1
// GROUPS: error: expects 'groups' to be mlp, found 'heads'
// MERGE: error: expects 'merge' to be fold, found 'keep'
// MULTIPLE: error: expects 'multiple' of 1 or more, found 0
// EVERY: error: expects 'every' of 1 or more, found 0
// RANK: error: expects 'rank' of 1 or more, found 0
// RAMP: error: expects 'ramp' in (0, 1], found 0
// ALPHA: error: expects 'alpha' of 0 or more, found -2
// CHECKPOINT: error: 'compress-prune-lora' expects no 'checkpoint', which would know nothing of what leaves, found '{{.*}}.run'
// NONE: error: 'compress-prune-lora' removes no channels: none of the 2 selected weights reads channels that can go, in multiples of 32
// PRODUCER: remark: [Missed] compress-prune-lora {{.*}}a weight that computes its inputs has no factors beside it{{.*}}weight=down
// CODES: remark: [Missed] compress-prune-lora {{.*}}is no plain constant: merge=keep leaves the factors beside it{{.*}}weight=up
func.func @main(%x: tensor<1x3xf32>) -> tensor<1x3xf32> {
  %up = onnx.initializer "up" dense<[[1.0, -1.0, 8.0, 9.0], [0.25, 1.5, 7.0, -9.0], [2.0, 1.0, -8.0, 7.0]]> : tensor<3x4xf32>
  %down = onnx.initializer "down" dense<[[1.0, 0.5, -1.0], [0.5, 1.0, 1.0], [2.0, 1.5, 1.0], [-1.0, 1.0, 3.0]]> : tensor<4x3xf32>
  %0 = onnx.MatMul(%x, %up) : (tensor<1x3xf32>, tensor<3x4xf32>) -> tensor<1x4xf32>
  %1 = onnx.Tanh(%0) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %2 = onnx.MatMul(%1, %down) : (tensor<1x4xf32>, tensor<4x3xf32>) -> tensor<1x3xf32>
  %3 = onnx.Relu(%2) : (tensor<1x3xf32>) -> tensor<1x3xf32>
  return %3 : tensor<1x3xf32>
}
