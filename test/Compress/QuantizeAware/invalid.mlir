// RUN: %{python} %{source}/test/Compress/Inputs/make_tokens.py %t.tokens 5 300
// RUN: not retort-opt %s --compress-quantize-aware="bits=1 data=%t.tokens" 2>&1 | FileCheck %s --check-prefix=BITS
// RUN: not retort-opt %s --compress-quantize-aware="group-size=-1 data=%t.tokens" 2>&1 | FileCheck %s --check-prefix=GROUP
// RUN: not retort-opt %s --compress-quantize-aware="scale=free data=%t.tokens" 2>&1 | FileCheck %s --check-prefix=SCALE
// RUN: not retort-opt %s --compress-quantize-aware="scale=learned init=awq data=%t.tokens" 2>&1 | FileCheck %s --check-prefix=INIT
// RUN: not retort-opt %s --compress-quantize-aware="scale=fixed init=gptq data=%t.tokens" 2>&1 | FileCheck %s --check-prefix=FIXED
// RUN: not retort-opt %s --compress-quantize-aware="scale=fixed init=codes data=%t.tokens" 2>&1 | FileCheck %s --check-prefix=FIXED-CODES
// RUN: not retort-opt %s --compress-quantize-aware="scale=learned init=gptq data=%t.tokens" 2>&1 | FileCheck %s --check-prefix=STATISTICS
// RUN: not retort-opt %s --compress-quantize-aware="scales=f8 data=%t.tokens" 2>&1 | FileCheck %s --check-prefix=SCALES
// RUN: not retort-opt %s --compress-quantize-aware="activations=9 data=%t.tokens" 2>&1 | FileCheck %s --check-prefix=ACTIVATIONS
// RUN: not retort-opt %s --compress-quantize-aware="kv=1 data=%t.tokens" 2>&1 | FileCheck %s --check-prefix=KV
// RUN: not retort-opt %s --compress-quantize-aware="kv=8 data=%t.tokens" 2>&1 | FileCheck %s --check-prefix=ATTENTION
// RUN: not retort-opt %s --compress-quantize-aware="include=absent data=%t.tokens" 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not retort-opt %s --compress-quantize-aware="steps=-1 data=%t.tokens" 2>&1 | FileCheck %s --check-prefix=STEPS

// BITS: error: expects 'bits' from 2 to 8, found 1
// GROUP: error: expects a 'group-size' of 0 or more, found -1
// SCALE: error: expects 'scale' to be fixed or learned, found 'free'
// INIT: error: expects 'init' to be rtn, gptq or codes, found 'awq'
// FIXED-CODES: error: expects 'init=codes' with 'scale=learned': fixed scales follow the weights
// FIXED: error: expects 'init=gptq' with 'scale=learned': fixed scales follow the weights
// STATISTICS: error: 'compress-quantize-aware' {{.*}}statistics
// SCALES: error: expects 'scales' to be f32 or f16, found 'f8'
// ACTIVATIONS: error: expects 'activations' of 0, or from 2 to 8 bits, found 9
// KV: error: expects 'kv' of 0, or from 2 to 8 bits, found 1
// ATTENTION: error: 'compress-quantize-aware' with 'kv' expects attention that is recognized, found none
// NONE: error: 'compress-quantize-aware' matches no weight
// STEPS: error: {{.*}}'steps'
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "t"], retort.role = "tokens"})
    -> (tensor<1x?x5xf32> {onnx.name = "logits", onnx.dims = ["", "t", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<[[0.3, -0.2, 0.5, 0.1], [-0.4, 0.6, 0.2, -0.3], [0.7, 0.1, -0.6, 0.4], [-0.1, -0.5, 0.3, 0.8], [0.2, 0.4, -0.7, -0.6]]> : tensor<5x4xf32>
  %w = onnx.initializer "w" dense<[[0.5, -0.3, 0.2, 0.7], [-0.6, 0.4, 0.1, -0.2], [0.3, 0.8, -0.5, 0.1], [0.2, -0.1, 0.6, -0.4]]> : tensor<4x4xf32>
  %head = onnx.initializer "head" dense<[[0.4, -0.6, 0.1, 0.3, -0.2], [-0.5, 0.2, 0.7, -0.1, 0.6], [0.3, 0.5, -0.4, 0.2, -0.7], [0.1, -0.3, 0.6, -0.8, 0.2]]> : tensor<4x5xf32>
  %e = onnx.Gather(%table, %ids) : (tensor<5x4xf32>, tensor<1x?xi64>) -> tensor<1x?x4xf32>
  %0 = onnx.MatMul(%e, %w) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %1 = onnx.Tanh(%0) : (tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %x = onnx.Add(%e, %1) : (tensor<1x?x4xf32>, tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %logits = onnx.MatMul(%x, %head) : (tensor<1x?x4xf32>, tensor<4x5xf32>) -> tensor<1x?x5xf32>
  return %logits : tensor<1x?x5xf32>
}
