// What each loss computes. That its gradient is right is tested with numbers (test/unit/GradientLossTest.cpp).
// RUN: retort-opt %s --derive-gradient='context=4 loss=forward-kl' | FileCheck %s --check-prefixes=CHECK,FORWARD
// RUN: retort-opt %s --derive-gradient='context=4 loss=forward-kl temperature=2' | FileCheck %s --check-prefix=WARM
// RUN: retort-opt %s --derive-gradient='context=4 loss=forward-kl top-k=2' | FileCheck %s --check-prefix=LIKELY
// RUN: retort-opt %s --derive-gradient='context=4 loss=reverse-kl' | FileCheck %s --check-prefixes=CHECK,REVERSE
// RUN: retort-opt %s --derive-gradient='context=4 loss=jsd beta=0.25' | FileCheck %s --check-prefixes=CHECK,JSD
// RUN: retort-opt %s --derive-gradient='context=4 loss=skew-kl beta=0.25' | FileCheck %s --check-prefixes=CHECK,SKEW
// RUN: retort-opt %s --derive-gradient='context=4 loss=forward-kl mix=0.75' | FileCheck %s --check-prefix=MIX
// RUN: retort-opt %s --derive-gradient='context=4 loss=forward-kl mix=0' | FileCheck %s --check-prefix=ALONE

// CHECK-LABEL: func.func @loss
// CHECK-SAME: %[[WEIGHTS:.*]]: tensor<4xf32> {onnx.name = "weights"}, %[[TEACHER:.*]]: tensor<4x6xf32> {onnx.name = "teacher"}
// CHECK: %[[P:.*]] = onnx.LogSoftmax(
// CHECK: %[[U:.*]] = onnx.LogSoftmax(%[[TEACHER]])

// sum u (log u - log p)
// FORWARD: %[[SHARE:.*]] = onnx.Exp(%[[U]])
// FORWARD: %[[APART:.*]] = onnx.Sub(%[[U]], %[[P]])
// FORWARD: onnx.Mul(%[[SHARE]], %[[APART]])

// Both are divided by the temperature, the loss is multiplied with its square.
// WARM-LABEL: func.func @loss
// WARM: onnx.LogSoftmax(
// WARM: onnx.LogSoftmax(
// WARM: dense<4.000000e+00> : tensor<f32>

// LIKELY-LABEL: func.func @loss
// LIKELY: %[[BEST:.*]], %[[IDS:.*]] = onnx.TopK({{.*}} -> (tensor<4x2xf32>, tensor<4x2xi64>)
// LIKELY: onnx.GatherElements(%{{.*}}, %[[IDS]])

// sum p (log p - log u)
// REVERSE: %[[SHARE:.*]] = onnx.Exp(%[[P]])
// REVERSE: %[[APART:.*]] = onnx.Sub(%[[P]], %[[U]])
// REVERSE: onnx.Mul(%[[SHARE]], %[[APART]])

// m = b u + (1 - b) p, and both divergences from it
// JSD: dense<2.500000e-01>
// JSD: %[[M:.*]] = onnx.Log(
// JSD: onnx.Sub(%[[U]], %[[M]])
// JSD: onnx.Sub(%[[P]], %[[M]])

// SKEW: %[[M:.*]] = onnx.Log(
// SKEW: onnx.Sub(%[[U]], %[[M]])
// SKEW-NOT: onnx.Sub(%[[P]], %[[M]])

// MIX-LABEL: func.func @loss
// MIX: dense<7.500000e-01>
// MIX: onnx.GatherElements(
// MIX: dense<2.500000e-01>

// A teacher of no share is no argument.
// ALONE-LABEL: func.func @loss
// ALONE-NOT: teacher
// ALONE-SAME: -> tensor<f32>
func.func @main(%ids: tensor<1x?xi64> {onnx.name = "input_ids", onnx.dims = ["", "tokens"], retort.role = "tokens"})
    -> (tensor<1x?x6xf32> {onnx.name = "logits", onnx.dims = ["", "tokens", ""], retort.role = "logits"}) {
  %table = onnx.initializer "table" dense<0.5> : tensor<6x3xf32>
  %head = onnx.initializer "head" dense<0.125> : tensor<3x6xf32>
  %x = onnx.Gather(%table, %ids) : (tensor<6x3xf32>, tensor<1x?xi64>) -> tensor<1x?x3xf32>
  %logits = onnx.MatMul(%x, %head) : (tensor<1x?x3xf32>, tensor<3x6xf32>) -> tensor<1x?x6xf32>
  return %logits : tensor<1x?x6xf32>
}
