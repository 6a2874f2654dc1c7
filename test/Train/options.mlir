// What the options of a training expect is told at the module, before anything is read.
// RUN: not retort-opt %s --compress-tune 2>&1 | FileCheck %s --check-prefix=DATA
// RUN: not retort-opt %s --compress-tune="data=a.tokens loss=kl" 2>&1 | FileCheck %s --check-prefix=LOSS
// RUN: not retort-opt %s --compress-tune="data=a.tokens held-out=1.5" 2>&1 | FileCheck %s --check-prefix=HELD
// RUN: not retort-opt %s --compress-tune="data=a.tokens optimizer=lion" 2>&1 | FileCheck %s --check-prefix=OPTIMIZER
// RUN: not retort-opt %s --compress-tune="data=generate:x" 2>&1 | FileCheck %s --check-prefix=GENERATE
// RUN: not retort-opt %s --compress-tune="data=%t.none context=8" 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not mlir-opt-22 %s --load-dialect-plugin=%{passes} --load-pass-plugin=%{passes} --pass-pipeline='builtin.module(compress-tune{data=a.tokens})' 2>&1 | FileCheck %s --check-prefix=HOST
// REQUIRES: stock-hosts

// DATA: options.mlir:{{.*}}: error: expects 'data' to name tokens that are trained on, found none
// LOSS: error: expects 'loss' to be ce, forward-kl, reverse-kl, jsd or skew-kl, found 'kl'
// HELD: error: expects 'held-out' to be a share in (0, 1), or a file, found 1.5
// OPTIMIZER: error: expects 'optimizer' to be adamw or sgd, found 'lion'
// GENERATE: error: expects 'data' with a number of windows of 2 or more behind 'generate:', found 'x'
// NONE: error: 'compress-tune': cannot read '{{.*}}.none': No such file or directory
// HOST: error: 'compress-tune' trains a model, which runs in Retort's tools and in hosts that load libRetortTrain.so
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", retort.role = "tokens"})
    -> (tensor<1x?x2xf32> {onnx.name = "logits", retort.role = "logits"}) {
  %w = onnx.initializer "w" dense<[[0.1, -3.0], [0.2, 2.0]]> : tensor<2x2xf32>
  %y = onnx.Gather(%w, %ids) : (tensor<2x2xf32>, tensor<1x?xi64>) -> tensor<1x?x2xf32>
  return %y : tensor<1x?x2xf32>
}
