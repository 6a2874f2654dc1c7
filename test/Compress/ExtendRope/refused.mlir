// What stands in the way of a longer context is an error at the place that is in the way.
// RUN: retort-opt %s --compress-extend-rope="method=pi factor=2" --verify-diagnostics
// RUN: not retort-opt %s --compress-extend-rope=attention-factor=-1 2>&1 | FileCheck %s --check-prefix=ATTENTION
// RUN: not retort-opt %S/computed.mlir --compress-extend-rope=method=pi 2>&1 | FileCheck %s --check-prefix=LENGTH
// RUN: echo 'module {}' | not retort-opt --compress-extend-rope 2>&1 | FileCheck %s --check-prefix=EMPTY
// RUN: not retort-opt %S/Inputs/uneven.mlir --compress-extend-rope="method=yarn rescale=true" 2>&1 | FileCheck %s --check-prefix=UNEVEN
// RUN: retort-opt %S/Inputs/uneven.mlir --compress-extend-rope="method=yarn rescale=true ramp=paper" -o %t.mlir

// ATTENTION: error: expects 'attention-factor' of 0 or more, found -1
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
