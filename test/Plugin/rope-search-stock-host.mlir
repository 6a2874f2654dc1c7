// A search scores the model, which a host without libRetortRun.so does not run.
// REQUIRES: stock-hosts
// RUN: not mlir-opt-22 %s --load-dialect-plugin=%{passes} --load-pass-plugin=%{passes} --pass-pipeline='builtin.module(compress-extend-rope{method=search data=a.tokens factor=2 original-length=256})' 2>&1 | FileCheck %s

// CHECK: error: 'method=search' runs the model, which this host cannot: expects Retort's tools, or one that loads libRetortRun.so
func.func @main(%q: tensor<1x2x?x4xf32>, %position_ids: tensor<1x?xi64>) -> tensor<1x2x?x4xf32> {
  %cos = onnx.initializer "cos" dense<[[1.0, 1.0], [0.540302306, 0.995004165], [-0.416146837, 0.980066578], [-0.989992497, 0.955336489]]> : tensor<4x2xf32>
  %sin = onnx.initializer "sin" dense<[[0.0, 0.0], [0.841470985, 0.0998334166], [0.909297427, 0.198669331], [0.141120008, 0.295520207]]> : tensor<4x2xf32>
  %0 = llm.rope(%q, %cos, %sin at %position_ids) : (tensor<1x2x?x4xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<1x?xi64>) -> tensor<1x2x?x4xf32>
  return %0 : tensor<1x2x?x4xf32>
}
