// RUN: not retort-opt %s --compress-extend-rope=method=linear 2>&1 | FileCheck %s --check-prefix=METHOD
// RUN: not retort-opt %s --compress-extend-rope=method=search 2>&1 | FileCheck %s --check-prefix=DATA
// RUN: not retort-opt %s --compress-extend-rope="method=search data=x methods=ntk,linear" 2>&1 | FileCheck %s --check-prefix=METHODS
// RUN: not retort-opt %s --compress-extend-rope="method=search data=x windows=1" 2>&1 | FileCheck %s --check-prefix=WINDOWS
// RUN: not retort-opt %s --compress-extend-rope=factor=1 2>&1 | FileCheck %s --check-prefix=FACTOR
// RUN: not retort-opt %s --compress-extend-rope=original-length=-1 2>&1 | FileCheck %s --check-prefix=LENGTH
// RUN: not retort-opt %s --compress-extend-rope="beta-fast=1 beta-slow=32" 2>&1 | FileCheck %s --check-prefix=BETA
// RUN: not retort-opt %s --compress-extend-rope=ramp=linear 2>&1 | FileCheck %s --check-prefix=RAMP
// RUN: not retort-opt %s --compress-extend-rope="method=pi factor=2" 2>&1 | FileCheck %s --check-prefix=SCALED
// RUN: retort-opt %s --compress-extend-rope="method=pi factor=2 rescale=true" | FileCheck %s --check-prefix=RESCALED
// RUN: echo 'module {}' | not retort-opt --compress-extend-rope 2>&1 | FileCheck %s --check-prefix=EMPTY

// METHOD: error: expects 'method' to be one of dynamic-ntk, dynamic-yarn, llama3, longrope, ntk, ntk-by-parts, pi, yarn or search, found 'linear'
// DATA: error: 'method=search' chooses by a text: expects 'data', a file of tokens
// METHODS: error: expects 'methods' among dynamic-ntk, {{.*}}, yarn, found 'linear'
// WINDOWS: error: expects 'windows' of at least 2, found 1
// FACTOR: error: expects 'factor' above 1, found 1{{$}}
// LENGTH: error: expects 'original-length' above 0, found -1
// BETA: error: expects 0 < 'beta-slow' < 'beta-fast', found 32 and 1
// RAMP: error: expects 'ramp' to be code or paper, found 'linear'
// SCALED: error: rotary embedding is left alone: it was scaled before: it is interpolated by 2; 'rescale' scales it further
// RESCALED: "cos" dense<{{\[}}[1.000000e+00, 1.000000e+00], [0.968912{{[0-9]*}}, 0.999687{{[0-9]*}}]
// EMPTY: error: 'compress-extend-rope' finds no rotary embedding in the model: it looks for llm.rope
func.func @main(%x: tensor<1x2x?x4xf32>, %positions: tensor<1x?xi64>) -> tensor<1x2x?x4xf32> {
  // Angles of 0.5 and 0.05: of base 100, interpolated by 2.
  %cos = onnx.initializer "cos" dense<[[1.0, 1.0], [0.877582562, 0.998750260], [0.540302306, 0.995004165], [0.0707372017, 0.988771078]]> : tensor<4x2xf32>
  %sin = onnx.initializer "sin" dense<[[0.0, 0.0], [0.479425539, 0.0499791693], [0.841470985, 0.0998334166], [0.997494987, 0.149438132]]> : tensor<4x2xf32>
  %y = llm.rope(%x, %cos, %sin at %positions) : (tensor<1x2x?x4xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<1x?xi64>) -> tensor<1x2x?x4xf32>
  return %y : tensor<1x2x?x4xf32>
}
