// RUN: retort-opt %s --compress-extend-rope="method=yarn factor=4 original-length=256" | FileCheck %s

// Tables that are computed from positions are computed from the same; both embeddings share them. 0.1 ln 4 + 1 = 1.1386.
// CHECK-LABEL: func.func @main
// CHECK: %[[NUMBERS:.*]] = onnx.Cast(%arg2) {to = 1 : i64}
// CHECK: %[[ROWS:.*]] = onnx.Reshape(%{{.*}}, %{{.*}}) {{.*}} -> tensor<{{.*}}x1xf32>
// CHECK: %[[FREQUENCIES:.*]] = onnx.Constant() {value = dense<{{\[\[\[}}1.000000e+00, {{.*}}]]]> : tensor<1x1x2xf32>}
// CHECK: %[[FACTOR:.*]] = onnx.Constant() {value = dense<1.13862944> : tensor<f32>}
// CHECK: %[[ANGLES:.*]] = onnx.Mul(%[[ROWS]], %[[FREQUENCIES]])
// CHECK: %[[C:.*]] = onnx.Cos(%[[ANGLES]])
// CHECK: %[[S:.*]] = onnx.Sin(%[[ANGLES]])
// CHECK: %[[COS:.*]] = onnx.Mul(%[[C]], %[[FACTOR]])
// CHECK: %[[SIN:.*]] = onnx.Mul(%[[S]], %{{.*}})
// CHECK: llm.rope(%arg0, %[[COS]], %[[SIN]])
// CHECK: llm.rope(%arg1, %[[COS]], %[[SIN]])
func.func @main(%q: tensor<?x2x?x4xf32>, %k: tensor<?x2x?x4xf32>, %position_ids: tensor<?x?xi64>) -> (tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>) {
  %axis = onnx.Constant() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %numbers = onnx.Cast(%position_ids) {to = 1 : i64} : (tensor<?x?xi64>) -> tensor<?x?xf32>
  %rows = onnx.Unsqueeze(%numbers, %axis) : (tensor<?x?xf32>, tensor<1xi64>) -> tensor<?x?x1xf32>
  %frequencies = onnx.Constant() {value = dense<[[[1.0, 0.01]]]> : tensor<1x1x2xf32>} : () -> tensor<1x1x2xf32>
  %angles = onnx.Mul(%rows, %frequencies) : (tensor<?x?x1xf32>, tensor<1x1x2xf32>) -> tensor<?x?x2xf32>
  %cos = onnx.Cos(%angles) : (tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  %sin = onnx.Sin(%angles) : (tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  %0 = llm.rope(%q, %cos, %sin) : (tensor<?x2x?x4xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x2x?x4xf32>
  %1 = llm.rope(%k, %cos, %sin) : (tensor<?x2x?x4xf32>, tensor<?x?x2xf32>, tensor<?x?x2xf32>) -> tensor<?x2x?x4xf32>
  return %0, %1 : tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>
}
