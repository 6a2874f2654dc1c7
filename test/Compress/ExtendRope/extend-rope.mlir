// RUN: retort-opt %s --compress-extend-rope="method=pi factor=2" | FileCheck %s

// Four positions become eight, which turn half as far; both pairs of a table of base 100: angles 1 and 0.1 for each position.
// CHECK-LABEL: func.func @tables
// CHECK-DAG: %[[COS:.*]] = onnx.initializer "cos" dense<{{\[}}[1.000000e+00, 1.000000e+00], [0.87758255, 0.998750269], [0.540302277, 0.995004177], {{.*}}]> : tensor<8x2xf32>
// CHECK-DAG: %[[SIN:.*]] = onnx.initializer "sin" dense<{{\[}}[0.000000e+00, 0.000000e+00], [0.47942555, 0.049979{{[0-9]*}}], {{.*}}]> : tensor<8x2xf32>
// CHECK: llm.rope(%arg0, %[[COS]], %[[SIN]] at %arg1)
func.func @tables(%x: tensor<1x2x?x4xf32>, %positions: tensor<1x?xi64>) -> tensor<1x2x?x4xf32> {
  %cos = onnx.initializer "cos" dense<[[1.0, 1.0], [0.540302306, 0.995004165], [-0.416146837, 0.980066578], [-0.989992497, 0.955336489]]> : tensor<4x2xf32>
  %sin = onnx.initializer "sin" dense<[[0.0, 0.0], [0.841470985, 0.0998334166], [0.909297427, 0.198669331], [0.141120008, 0.295520207]]> : tensor<4x2xf32>
  %y = llm.rope(%x, %cos, %sin at %positions) : (tensor<1x2x?x4xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<1x?xi64>) -> tensor<1x2x?x4xf32>
  return %y : tensor<1x2x?x4xf32>
}

// A table that something else reads stays, and the new ones have names of their own.
// CHECK-LABEL: func.func @read_elsewhere
// CHECK-DAG: %[[NEW:.*]] = onnx.initializer "rope_cos" {{.*}} : tensor<8x2xf32>
// CHECK-DAG: %[[OLD:.*]] = onnx.initializer "table" {{.*}} : tensor<4x2xf32>
// CHECK-DAG: llm.rope(%arg0, %[[NEW]],
// CHECK-DAG: onnx.ReduceMax(%[[OLD]])
func.func @read_elsewhere(%x: tensor<1x2x?x4xf32>, %positions: tensor<1x?xi64>) -> (tensor<1x2x?x4xf32>, tensor<1x1xf32>) {
  %cos = onnx.initializer "table" dense<[[1.0, 1.0], [0.540302306, 0.995004165], [-0.416146837, 0.980066578], [-0.989992497, 0.955336489]]> : tensor<4x2xf32>
  %sin = onnx.initializer "sin" dense<[[0.0, 0.0], [0.841470985, 0.0998334166], [0.909297427, 0.198669331], [0.141120008, 0.295520207]]> : tensor<4x2xf32>
  %y = llm.rope(%x, %cos, %sin at %positions) : (tensor<1x2x?x4xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<1x?xi64>) -> tensor<1x2x?x4xf32>
  %z = onnx.ReduceMax(%cos) : (tensor<4x2xf32>) -> tensor<1x1xf32>
  return %y, %z : tensor<1x2x?x4xf32>, tensor<1x1xf32>
}
