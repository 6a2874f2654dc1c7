// The reducer shrinks a file while the script finds it interesting, here: while there is an rms_norm.
// RUN: retort-reduce %s --reduction-tree='traversal-mode=0 test=%S/Inputs/has-rms-norm.sh' 2>/dev/null | FileCheck %s

// CHECK-NOT: @dull
// CHECK: llm.rms_norm
func.func @dull() {
  return
}

func.func @interesting(%x: tensor<2x3xf32>, %w: tensor<3xf32>) -> tensor<2x3xf32> {
  %y = llm.rms_norm(%x, %w) {epsilon = 1.0e-5 : f32} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}
