// A graph of one text has a mask too: whether it hides anything cannot be told from a part of the batch that is whole.
// RUN: retort-opt %s --assign-roles --recognize-attention | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK: llm.attention(%{{.*}}, %{{.*}}, %{{.*}} mask %{{.*}}) {scale
func.func @main(%q: tensor<1x1x4xf32>, %k: tensor<1x4x4xf32>, %v: tensor<1x4x4xf32>,
                %mask: tensor<1x4xi1> {onnx.name = "attention_mask"}) -> tensor<1x1x4xf32> {
  %y = onnx.Attention(%q, %k, %v, %mask) {kv_num_heads = 2 : i64, q_num_heads = 2 : i64}
      : (tensor<1x1x4xf32>, tensor<1x4x4xf32>, tensor<1x4x4xf32>, tensor<1x4xi1>) -> tensor<1x1x4xf32>
  return %y : tensor<1x1x4xf32>
}
