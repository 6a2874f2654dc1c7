// RUN: not retort-opt %s --compress-replace-attention-by-retention 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not retort-opt %s --compress-replace-attention-by-retention=layers=0,3 2>&1 | FileCheck %s --check-prefix=RANGE
// RUN: not retort-opt %s --compress-replace-attention-by-retention="layers=0 form=fitted" 2>&1 | FileCheck %s --check-prefix=FORM
// RUN: not retort-opt %s --compress-replace-attention-by-retention=layers=0 2>&1 | FileCheck %s --check-prefix=CROSS
// RUN: not retort-opt %s --compress-replace-attention-by-retention=layers=1 2>&1 | FileCheck %s --check-prefix=MASK
// RUN: not retort-opt %s --compress-replace-attention-by-retention=layers=2 2>&1 | FileCheck %s --check-prefix=BIAS
// RUN: echo 'module {}' | not retort-opt --compress-replace-attention-by-retention=layers=0 2>&1 | FileCheck %s --check-prefix=EMPTY

// NONE: error: expects 'layers', indices of 0 to 2, found none
// RANGE: error: expects 'layers' of 0 to 2, found 3
// FORM: error: expects 'form' to be auto, expansion, plain or normalized, found 'fitted'
// CROSS: invalid.mlir:[[# @LINE + 6]]:{{.*}}: error: layer 0 expects causal self-attention, found attention to all columns
// MASK: error: layer 1 expects a mask of columns, found one that differs between rows
// BIAS: error: layer 2 expects scores without a bias, found one
// EMPTY: error: 'compress-replace-attention-by-retention' finds no attention in the model: it looks for llm.attention, which retort-recognize makes
func.func @main(%q: tensor<?x4x?x8xf32>, %k: tensor<?x2x?x8xf32>, %v: tensor<?x2x?x8xf32>, %m: tensor<?x1x?x?xi1>, %b: tensor<?x4x?x?xf32>) -> tensor<?x4x?x8xf32> {
  // Cross-attention sees all columns.
  %0, %k0, %v0 = llm.attention(%q, %k, %v) {scale = 0.5 : f32} : (tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>)
      -> (tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>)
  %1, %k1, %v1 = llm.attention(%0, %k, %v mask %m) {causal, scale = 0.5 : f32} : (tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x1x?x?xi1>)
      -> (tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>)
  %2, %k2, %v2 = llm.attention(%1, %k, %v bias %b) {causal, scale = 0.5 : f32} : (tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x4x?x?xf32>)
      -> (tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>)
  return %2 : tensor<?x4x?x8xf32>
}
