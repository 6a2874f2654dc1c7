// RUN: retort-opt %s --identify-model -o %t.mlir
// RUN: %{python} %{source}/test/Statistics/make_statistics.py %t.mlir %t.statistics --text=8:6:96 wo=4
// RUN: not retort-opt %s --compress-replace-attention-by-retention="layers=0 candidates=window" 2>&1 | FileCheck %s --check-prefix=SAMPLE
// RUN: not retort-opt %s --compress-replace-attention-by-retention="layers=0 candidates=keep" 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not retort-opt %s --compress-replace-attention-by-retention="layers=0 state-bytes=-1" 2>&1 | FileCheck %s --check-prefix=BYTES
// RUN: not retort-opt %s --compress-replace-attention-by-retention="max-state-bytes=-1" 2>&1 | FileCheck %s --check-prefix=TOTAL
// RUN: not retort-opt %s --compress-replace-attention-by-retention="max-kl=1 text-length=-1" 2>&1 | FileCheck %s --check-prefix=LENGTH
// RUN: not retort-opt %s --compress-replace-attention-by-retention="max-kl=-1" 2>&1 | FileCheck %s --check-prefix=KL
// RUN: not retort-opt %s --compress-replace-attention-by-retention="max-kl=1 measured=0" 2>&1 | FileCheck %s --check-prefix=MEASURED
// RUN: not retort-opt %s --compress-replace-attention-by-retention="max-kl=1 data=a" 2>&1 | FileCheck %s --check-prefix=DATA
// RUN: not retort-opt %s --compress-replace-attention-by-retention="candidates=window" 2>&1 | FileCheck %s --check-prefix=NEITHER
// RUN: not retort-opt %s --compress-replace-attention-by-retention="layers=0 max-kl=1" 2>&1 | FileCheck %s --check-prefix=NEITHER
// RUN: not retort-opt %s --compress-replace-attention-by-retention="layers=7 candidates=window" 2>&1 | FileCheck %s --check-prefix=LAYER
// RUN: not retort-opt %s --identify-model=statistics=%t.statistics --compress-replace-attention-by-retention="layers=1 candidates=window" 2>&1 | FileCheck %s --check-prefix=CROSS
// RUN: not retort-opt %s --identify-model=statistics=%t.statistics --compress-replace-attention-by-retention="layers=2 candidates=window" 2>&1 | FileCheck %s --check-prefix=WINDOW
// RUN: not retort-opt %s --identify-model=statistics=%t.statistics --compress-replace-attention-by-retention="layers=3 candidates=window" 2>&1 | FileCheck %s --check-prefix=SOFTCAP
// RUN: not retort-opt %s --identify-model=statistics=%t.statistics --compress-replace-attention-by-retention="layers=4 candidates=window" 2>&1 | FileCheck %s --check-prefix=RESULT
// RUN: not retort-opt %s --identify-model=statistics=%t.statistics --compress-replace-attention-by-retention="layers=5 candidates=window" 2>&1 | FileCheck %s --check-prefix=MERGED
// RUN: not retort-opt %s --identify-model=statistics=%t.statistics --compress-replace-attention-by-retention="layers=0 candidates=window state-bytes=16" 2>&1 | FileCheck %s --check-prefix=LEAST
// RUN: not retort-opt %s --identify-model=statistics=%t.statistics --compress-replace-attention-by-retention="candidates=window state-bytes=64 max-state-bytes=32" 2>&1 | FileCheck %s --check-prefix=BUDGET
// RUN: not retort-opt %s --identify-model=statistics=%t.statistics --compress-replace-attention-by-retention="candidates=delete,affine max-state-bytes=32 max-kl=1e-12" 2>&1 | FileCheck %s --check-prefix=BOTH
// RUN: not mlir-opt-22 %s --load-dialect-plugin=%{passes} --load-pass-plugin=%{passes} --pass-pipeline="builtin.module(identify-model{statistics=%t.statistics},compress-replace-attention-by-retention{layers=0 candidates=window})" 2>&1 | FileCheck %s --check-prefix=HOST

// SAMPLE: error: 'compress-replace-attention-by-retention' expects statistics of a sample: `retort calibrate` measures them
// NAME: error: expects 'candidates' of delete, affine, window, sinks-window, retention, hybrid and window-average, found 'keep'
// BYTES: error: expects 'state-bytes' of 0 or more, found -1
// TOTAL: error: expects 'max-state-bytes' of 0 or more, found -1
// LENGTH: error: expects 'text-length' of 0 or more, found -1
// KL: error: expects 'max-kl' of 0 or more, found -1
// MEASURED: error: expects 'measured' of 1 or more, found 0
// DATA: error: expects 'data' without 'candidates' and limits, which are of the sample of statistics
// NEITHER: error: expects 'layers', or else 'max-kl' or 'max-state-bytes'
// LAYER: error: expects 'layers' of 0 to 5, found 7
// CROSS: error: layer 1 expects causal self-attention, found attention to all columns
// WINDOW: error: layer 2 expects attention to the whole past, found a window
// SOFTCAP: error: layer 3 expects a plain softmax, found a soft cap or sinks
// RESULT: error: layer 4 expects keys and values that stay in the model, found them as results
// MERGED: error: layer 5 expects heads that are merged and multiplied with one matrix
// LEAST: error: layer 0 expects 'state-bytes' of 80 or more for retention, or 32 for a window, found 16
// BUDGET: error: 'compress-replace-attention-by-retention' expects 'max-state-bytes' of at least 64 for texts of 6 tokens, found 32
// BOTH: error: 'compress-replace-attention-by-retention' expects 'max-kl' of at least {{.*}} for the bytes of 'max-state-bytes', found 1e-12
// HOST: error: 'compress-replace-attention-by-retention' expects a host that runs models for 'candidates': libRetortRun.so is a plugin that does, in place of libRetortPasses.so
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "t"], retort.role = "tokens"})
    -> (tensor<1x?x96xf32> {onnx.name = "logits", onnx.dims = ["", "t", ""], retort.role = "logits"}, tensor<1x1x?x4xf32> {onnx.name = "keys"}) {
  %axis = onnx.Constant() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %table = onnx.initializer "table" dense<[[0.6, 0.6, -0.0, -0.5], [-1.0, 0.3, -0.1, 0.5], [-0.3, 0.5, -0.5, 0.6], [0.5, -0.2, 0.1, 0.4], [-0.6, 0.1, 0.6, -0.5], [0.6, 0.4, 0.7, -0.3], [-0.8, 0.6, 0.6, -0.1], [-0.8, -0.6, 0.3, -0.4], [0.9, 0.2, -0.6, 0.3], [-0.3, 0.9, 0.8, 0.0], [0.3, 0.4, 0.6, 1.0], [-0.9, -0.3, 0.2, -0.4], [0.2, -0.8, 0.8, 0.1], [-0.8, 0.3, -0.4, -0.6], [-0.0, -0.7, -0.6, 0.7], [0.4, -1.0, 0.6, -1.0], [-0.3, 0.8, 0.2, -0.4], [-0.2, -0.2, -0.7, 1.0], [-0.9, -0.2, 0.5, -0.2], [1.0, -0.5, 1.0, 0.8], [0.3, 0.8, -0.1, 0.7], [0.6, 0.0, -0.1, 0.4], [-0.2, -0.8, 0.5, -0.5], [-0.0, 0.6, -0.7, -1.0], [-0.8, 0.2, -0.3, -0.5], [-0.1, 0.9, -0.5, -0.2], [0.8, 0.2, -0.5, -0.1], [-0.0, -0.7, -0.2, -0.4], [0.6, -0.4, 0.3, 0.9], [0.8, -0.2, 0.2, -0.4], [-0.2, -0.0, 0.6, 0.9], [-0.4, -1.0, -0.1, -0.9], [-0.9, 0.5, -0.8, 0.4], [-0.3, 0.9, 0.7, -0.9], [-0.6, 0.9, 0.2, -0.2], [0.6, 0.6, -0.0, -0.1], [-0.8, -0.3, -0.7, 0.3], [0.2, -0.7, 0.3, -0.8], [-0.8, 0.3, -0.1, 0.8], [0.3, 0.4, -0.7, 0.7], [-0.8, 0.2, 0.8, 0.8], [0.8, -0.1, 0.4, 0.6], [-0.7, 0.9, 0.8, -0.1], [0.6, -0.1, -0.4, 0.4], [-0.9, 0.6, 1.0, -0.4], [0.9, -0.8, 0.7, -0.4], [0.9, -0.1, 0.8, -0.9], [-0.8, 0.6, 0.3, 0.1], [-0.9, -0.7, -0.3, -0.9], [1.0, 0.5, 0.9, 0.4], [-0.3, -0.8, 0.5, -0.8], [0.1, -0.1, -0.0, -0.8], [-0.9, 0.0, -0.9, 0.1], [-0.7, -0.4, -0.7, 0.1], [-0.2, -0.6, -0.6, 0.1], [0.8, -0.2, -0.7, -0.4], [-0.5, 0.1, 0.6, 0.1], [-0.6, -0.3, -0.2, -0.1], [-0.2, 1.0, 0.1, 0.3], [0.4, 0.3, 0.6, -0.3], [0.3, 0.9, -0.7, 0.3], [-0.2, -0.9, -0.9, 0.5], [-0.8, 0.4, -0.8, -0.3], [-0.9, 0.1, 0.6, -0.5], [0.1, 0.8, -0.4, -0.1], [0.4, 0.7, -0.7, 0.3], [-0.8, -0.8, 1.0, -0.9], [0.8, 0.5, 0.4, 0.5], [0.3, -0.4, -0.1, -0.6], [0.7, 0.6, 0.6, -0.6], [0.2, -0.5, 0.6, 0.5], [1.0, 0.4, 0.4, 0.6], [-0.8, 0.2, -0.9, -0.3], [-0.8, 0.9, -0.9, 0.8], [0.9, -0.1, 0.7, -0.9], [-0.7, -1.0, -0.9, -1.0], [0.7, -0.8, 0.2, -0.5], [-0.7, -0.2, -0.6, 1.0], [-0.2, 0.2, 0.1, 0.3], [-0.0, -0.5, -0.7, 0.8], [-0.6, -0.1, 0.6, 0.2], [0.9, 0.6, 0.0, -0.8], [0.2, -0.1, 0.7, 0.1], [0.4, 0.6, -0.1, 0.7], [0.8, -0.7, 0.8, 0.7], [0.7, -0.3, -0.5, -0.7], [-0.3, 0.7, -0.3, -1.0], [-0.4, -0.8, 0.2, 0.5], [0.9, -0.8, -0.2, -0.7], [0.8, 0.7, 0.0, 0.9], [0.0, 0.6, -0.0, -0.3], [1.0, 0.7, 0.2, 0.7], [0.3, 0.6, -0.9, -0.7], [-0.8, 0.2, 0.4, -0.7], [0.0, -0.8, 0.4, 0.6], [-0.8, 1.0, 0.3, -0.8]]> : tensor<96x4xf32>
  %head = onnx.initializer "head" dense<[[-0.3, -0.7, 0.5, 0.8, -0.6, -0.6, 0.3, 0.7, 0.5, -0.1, -0.8, 0.2, -0.1, 0.6, 0.1, 0.5, 0.9, 0.3, 0.8, -0.5, -1.0, 0.8, -0.9, 1.0, -0.1, -0.9, -0.5, 0.4, -0.2, 0.2, -0.8, 0.7, -0.3, 0.7, -0.7, 0.3, -0.1, -0.2, -1.0, 0.1, 0.7, -0.8, -0.1, -1.0, 1.0, 0.9, 0.4, -0.0, -0.9, -0.8, 0.4, 0.6, 1.0, 0.7, -0.1, -0.5, 0.1, -0.3, 0.1, 0.8, -0.1, 1.0, 0.4, -0.9, 0.5, 0.3, 0.2, -1.0, 0.8, -0.0, 0.1, -0.7, -0.9, -1.0, -0.6, -0.4, -0.7, -0.9, 0.5, 0.4, 0.8, -0.6, 0.5, 0.2, -0.8, 0.8, -0.3, -0.6, -0.6, 0.8, -0.6, -0.2, 0.1, -0.3, 0.3, -0.8], [-0.1, 0.2, 0.2, 0.2, -0.5, 0.3, 0.9, -0.0, 0.3, 0.7, -0.5, -0.5, 0.9, -0.4, -0.1, -0.3, 1.0, 0.1, 0.8, -0.7, -0.4, 0.3, -0.4, 0.3, 0.0, -0.8, -0.8, -0.1, 0.1, -0.6, -0.5, -1.0, -0.5, -0.4, -0.2, 0.2, 0.7, 0.4, 0.5, -0.4, -0.0, 0.5, 0.8, -0.5, -1.0, -0.9, 0.0, 0.7, -0.7, 0.6, 0.3, 0.7, 0.8, -0.8, 0.6, -0.7, -0.8, -0.2, -0.0, -0.9, -0.4, -0.6, -0.7, -0.8, -1.0, -0.6, -0.3, -0.2, 0.4, 0.2, -0.0, -0.4, 0.2, -0.6, -0.6, -0.8, 0.3, -0.7, -0.6, -0.3, 0.1, 0.3, 0.2, 0.2, -0.6, 0.8, 0.5, -0.2, -0.2, 0.2, -0.8, 0.3, 0.8, -0.3, -0.0, -0.5], [0.8, -0.2, -0.3, 0.4, -0.3, 0.8, -0.2, 0.2, -0.4, 0.2, -0.1, -0.8, 0.8, -0.7, 0.2, 0.4, -0.1, -0.3, -0.1, 1.0, -1.0, 0.8, 0.2, -0.0, 0.3, 0.3, 0.7, 1.0, 0.0, -0.3, -0.3, 0.8, -0.0, -0.9, 0.2, -0.8, -0.3, 0.3, 0.2, 0.1, 0.7, 0.2, 0.9, 0.6, -0.5, 0.6, -0.3, 0.9, 0.2, -0.2, -0.6, 0.7, -0.3, -1.0, 0.6, -1.0, -0.9, -0.9, 0.3, 0.1, -0.0, 0.9, -0.1, -0.6, 1.0, -0.8, -0.9, -0.6, 1.0, -0.2, -0.3, -0.3, -0.3, 0.5, 0.3, -0.4, -0.6, 0.6, 0.1, 0.0, -0.6, 1.0, 0.1, 0.8, 0.3, 0.3, -1.0, 0.8, 0.7, -0.8, -0.8, 0.4, 0.3, -0.6, 1.0, -0.8], [0.1, -0.0, -0.3, 0.3, -0.1, 0.5, 0.5, -1.0, -0.3, 0.1, -0.4, 0.2, -0.9, -0.8, 0.0, -0.6, -0.6, -0.2, 0.2, 0.3, 0.2, -0.0, -0.1, 0.7, 0.7, 0.8, 0.9, 0.3, -0.6, 0.4, -0.4, -0.4, -0.2, -0.9, -0.1, -0.6, -0.5, -0.1, 0.5, 0.3, -0.4, 0.4, -0.2, -0.3, -0.2, -0.4, -0.7, 0.9, 0.2, 0.3, 0.2, 0.0, 0.3, -1.0, -0.9, 0.1, -0.1, -1.0, -0.6, -0.4, 0.9, 0.7, -0.9, -0.2, -0.3, -0.7, -0.4, 1.0, 0.8, -0.5, 0.6, -0.7, 0.3, -0.8, 0.3, 0.2, 1.0, 0.2, 0.8, -0.5, 0.2, -0.6, -0.9, 1.0, -0.9, -0.3, -0.4, -0.6, 0.7, 0.5, -0.2, 0.1, 0.7, -0.9, 0.3, 0.7]]> : tensor<4x96xf32>
  %x0 = onnx.Gather(%table, %ids) : (tensor<96x4xf32>, tensor<1x?xi64>) -> tensor<1x?x4xf32>
  %w0 = onnx.initializer "w0" dense<[[0.6, 0.6, -0.0, -0.5], [-1.0, 0.3, -0.1, 0.5], [-0.3, 0.5, -0.5, 0.6], [0.5, -0.2, 0.1, 0.4]]> : tensor<4x4xf32>
  %wo0 = onnx.initializer "wo" dense<[[-0.6, 0.1, 0.6, -0.5], [0.6, 0.4, 0.7, -0.3], [-0.8, 0.6, 0.6, -0.1], [-0.8, -0.6, 0.3, -0.4]]> : tensor<4x4xf32>
  %e0 = onnx.MatMul(%x0, %w0) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %h0 = onnx.Unsqueeze(%e0, %axis) : (tensor<1x?x4xf32>, tensor<1xi64>) -> tensor<1x1x?x4xf32>
  %a0, %k0, %v0 = llm.attention(%h0, %h0, %h0) {causal, scale = 0.5 : f32} : (tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>) -> (tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>)
  %m0 = onnx.Squeeze(%a0, %axis) : (tensor<1x1x?x4xf32>, tensor<1xi64>) -> tensor<1x?x4xf32>
  %y0 = onnx.MatMul(%m0, %wo0) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %x1 = onnx.Add(%x0, %y0) : (tensor<1x?x4xf32>, tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %w1 = onnx.initializer "w1" dense<[[0.9, 0.2, -0.6, 0.3], [-0.3, 0.9, 0.8, 0.0], [0.3, 0.4, 0.6, 1.0], [-0.9, -0.3, 0.2, -0.4]]> : tensor<4x4xf32>
  %wo1 = onnx.initializer "wo1" dense<[[0.2, -0.8, 0.8, 0.1], [-0.8, 0.3, -0.4, -0.6], [-0.0, -0.7, -0.6, 0.7], [0.4, -1.0, 0.6, -1.0]]> : tensor<4x4xf32>
  %e1 = onnx.MatMul(%x1, %w1) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %h1 = onnx.Unsqueeze(%e1, %axis) : (tensor<1x?x4xf32>, tensor<1xi64>) -> tensor<1x1x?x4xf32>
  %a1, %k1, %v1 = llm.attention(%h1, %h1, %h1) {scale = 0.5 : f32} : (tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>) -> (tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>)
  %m1 = onnx.Squeeze(%a1, %axis) : (tensor<1x1x?x4xf32>, tensor<1xi64>) -> tensor<1x?x4xf32>
  %y1 = onnx.MatMul(%m1, %wo1) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %x2 = onnx.Add(%x1, %y1) : (tensor<1x?x4xf32>, tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %w2 = onnx.initializer "w2" dense<[[-0.3, 0.8, 0.2, -0.4], [-0.2, -0.2, -0.7, 1.0], [-0.9, -0.2, 0.5, -0.2], [1.0, -0.5, 1.0, 0.8]]> : tensor<4x4xf32>
  %wo2 = onnx.initializer "wo2" dense<[[0.3, 0.8, -0.1, 0.7], [0.6, 0.0, -0.1, 0.4], [-0.2, -0.8, 0.5, -0.5], [-0.0, 0.6, -0.7, -1.0]]> : tensor<4x4xf32>
  %e2 = onnx.MatMul(%x2, %w2) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %h2 = onnx.Unsqueeze(%e2, %axis) : (tensor<1x?x4xf32>, tensor<1xi64>) -> tensor<1x1x?x4xf32>
  %a2, %k2, %v2 = llm.attention(%h2, %h2, %h2) {causal, left_window = 2 : i64, scale = 0.5 : f32} : (tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>) -> (tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>)
  %m2 = onnx.Squeeze(%a2, %axis) : (tensor<1x1x?x4xf32>, tensor<1xi64>) -> tensor<1x?x4xf32>
  %y2 = onnx.MatMul(%m2, %wo2) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %x3 = onnx.Add(%x2, %y2) : (tensor<1x?x4xf32>, tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %w3 = onnx.initializer "w3" dense<[[-0.8, 0.2, -0.3, -0.5], [-0.1, 0.9, -0.5, -0.2], [0.8, 0.2, -0.5, -0.1], [-0.0, -0.7, -0.2, -0.4]]> : tensor<4x4xf32>
  %wo3 = onnx.initializer "wo3" dense<[[0.6, -0.4, 0.3, 0.9], [0.8, -0.2, 0.2, -0.4], [-0.2, -0.0, 0.6, 0.9], [-0.4, -1.0, -0.1, -0.9]]> : tensor<4x4xf32>
  %e3 = onnx.MatMul(%x3, %w3) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %h3 = onnx.Unsqueeze(%e3, %axis) : (tensor<1x?x4xf32>, tensor<1xi64>) -> tensor<1x1x?x4xf32>
  %a3, %k3, %v3 = llm.attention(%h3, %h3, %h3) {causal, softcap = 2.0 : f32, scale = 0.5 : f32} : (tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>) -> (tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>)
  %m3 = onnx.Squeeze(%a3, %axis) : (tensor<1x1x?x4xf32>, tensor<1xi64>) -> tensor<1x?x4xf32>
  %y3 = onnx.MatMul(%m3, %wo3) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %x4 = onnx.Add(%x3, %y3) : (tensor<1x?x4xf32>, tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %w4 = onnx.initializer "w4" dense<[[-0.9, 0.5, -0.8, 0.4], [-0.3, 0.9, 0.7, -0.9], [-0.6, 0.9, 0.2, -0.2], [0.6, 0.6, -0.0, -0.1]]> : tensor<4x4xf32>
  %wo4 = onnx.initializer "wo4" dense<[[-0.8, -0.3, -0.7, 0.3], [0.2, -0.7, 0.3, -0.8], [-0.8, 0.3, -0.1, 0.8], [0.3, 0.4, -0.7, 0.7]]> : tensor<4x4xf32>
  %e4 = onnx.MatMul(%x4, %w4) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %h4 = onnx.Unsqueeze(%e4, %axis) : (tensor<1x?x4xf32>, tensor<1xi64>) -> tensor<1x1x?x4xf32>
  %a4, %k4, %v4 = llm.attention(%h4, %h4, %h4) {causal, scale = 0.5 : f32} : (tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>) -> (tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>)
  %m4 = onnx.Squeeze(%a4, %axis) : (tensor<1x1x?x4xf32>, tensor<1xi64>) -> tensor<1x?x4xf32>
  %y4 = onnx.MatMul(%m4, %wo4) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %x5 = onnx.Add(%x4, %y4) : (tensor<1x?x4xf32>, tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %w5 = onnx.initializer "w5" dense<[[-0.8, 0.2, 0.8, 0.8], [0.8, -0.1, 0.4, 0.6], [-0.7, 0.9, 0.8, -0.1], [0.6, -0.1, -0.4, 0.4]]> : tensor<4x4xf32>
  %wo5 = onnx.initializer "wo5" dense<[[-0.9, 0.6, 1.0, -0.4], [0.9, -0.8, 0.7, -0.4], [0.9, -0.1, 0.8, -0.9], [-0.8, 0.6, 0.3, 0.1]]> : tensor<4x4xf32>
  %e5 = onnx.MatMul(%x5, %w5) : (tensor<1x?x4xf32>, tensor<4x4xf32>) -> tensor<1x?x4xf32>
  %h5 = onnx.Unsqueeze(%e5, %axis) : (tensor<1x?x4xf32>, tensor<1xi64>) -> tensor<1x1x?x4xf32>
  %a5, %k5, %v5 = llm.attention(%h5, %h5, %h5) {causal, scale = 0.5 : f32} : (tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>) -> (tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>, tensor<1x1x?x4xf32>)
  %m5 = onnx.Squeeze(%a5, %axis) : (tensor<1x1x?x4xf32>, tensor<1xi64>) -> tensor<1x?x4xf32>
  %y5 = onnx.Relu(%m5) : (tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %x6 = onnx.Add(%x5, %y5) : (tensor<1x?x4xf32>, tensor<1x?x4xf32>) -> tensor<1x?x4xf32>
  %logits = onnx.MatMul(%x6, %head) : (tensor<1x?x4xf32>, tensor<4x96xf32>) -> tensor<1x?x96xf32>
  return %logits, %k4 : tensor<1x?x96xf32>, tensor<1x1x?x4xf32>
}
