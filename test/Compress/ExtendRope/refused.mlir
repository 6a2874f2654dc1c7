// What stands in the way of a longer context is an error at the place that is in the way.
// RUN: retort-opt %s --compress-extend-rope="method=pi factor=2" --split-input-file --verify-diagnostics
// RUN: not retort-opt %s --compress-extend-rope=attention-factor=-1 2>&1 | FileCheck %s --check-prefix=ATTENTION
// RUN: not retort-opt %s --compress-extend-rope=method=dynamic 2>&1 | FileCheck %s --check-prefix=DYNAMIC
// RUN: not retort-opt %S/computed.mlir --compress-extend-rope=method=pi 2>&1 | FileCheck %s --check-prefix=LENGTH
// RUN: echo 'module {}' | not retort-opt --compress-extend-rope 2>&1 | FileCheck %s --check-prefix=EMPTY
// RUN: not retort-opt %S/Inputs/uneven.mlir --compress-extend-rope=method=yarn 2>&1 | FileCheck %s --check-prefix=UNEVEN
// RUN: retort-opt %S/Inputs/uneven.mlir --compress-extend-rope="method=yarn ramp=paper" -o %t.mlir

// ATTENTION: error: expects 'attention-factor' of 0 or more, found -1
// DYNAMIC: error: method 'dynamic' changes frequencies with the length of the text, which keys in a cache cannot follow: expects pi, ntk, ntk-by-parts or yarn
// LENGTH: error: neither the model nor its configuration tells the trained length: expects 'original-length'
// EMPTY: error: 'compress-extend-rope' finds no rotary embedding in the model: it looks for llm.rope, which retort-recognize makes
// UNEVEN: error: rotary embedding follows no power law, which the blend over pairs stands on: expects 'ramp=paper'

func.func @random_tables(%x: tensor<1x2x?x4xf32>, %positions: tensor<1x?xi64>) -> tensor<1x2x?x4xf32> {
  %cos = onnx.initializer "cos" dense<[[1.0, 1.0], [0.3, 0.9], [0.1, 0.2], [0.8, 0.4]]> : tensor<4x2xf32>
  %sin = onnx.initializer "sin" dense<[[0.0, 0.0], [0.5, 0.1], [0.2, 0.9], [0.7, 0.3]]> : tensor<4x2xf32>
  // expected-error @below {{rotary embedding cannot be extended: its tables are no cosines and sines of multiples of the positions}}
  %y = llm.rope(%x, %cos, %sin at %positions) : (tensor<1x2x?x4xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<1x?xi64>) -> tensor<1x2x?x4xf32>
  return %y : tensor<1x2x?x4xf32>
}

// -----

// A table of learned positions has as many rows as before.
func.func @learned_positions(%x: tensor<1x2x?x4xf32>, %positions: tensor<1x?xi64>) -> (tensor<1x2x?x4xf32>, tensor<1x?x3xf32>) {
  %cos = onnx.initializer "cos" dense<[[1.0, 1.0], [0.540302306, 0.995004165], [-0.416146837, 0.980066578], [-0.989992497, 0.955336489]]> : tensor<4x2xf32>
  %sin = onnx.initializer "sin" dense<[[0.0, 0.0], [0.841470985, 0.0998334166], [0.909297427, 0.198669331], [0.141120008, 0.295520207]]> : tensor<4x2xf32>
  %learned = onnx.initializer "learned" dense<0.5> : tensor<4x3xf32>
  %y = llm.rope(%x, %cos, %sin at %positions) : (tensor<1x2x?x4xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<1x?xi64>) -> tensor<1x2x?x4xf32>
  // expected-error @below {{positions are limited to 4 here, expects 8 for the extended length}}
  %z = onnx.Gather(%learned, %positions) : (tensor<4x3xf32>, tensor<1x?xi64>) -> tensor<1x?x3xf32>
  return %y, %z : tensor<1x2x?x4xf32>, tensor<1x?x3xf32>
}
