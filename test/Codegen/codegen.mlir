// The whole pipeline: nothing but the LLVM dialect remains.
// RUN: retort-opt %s --pass-pipeline='builtin.module(retort-codegen)' | FileCheck %s --implicit-check-not=memref --implicit-check-not=unrealized

// CHECK: llvm.func @retort_step(%{{.*}}: !llvm.ptr)
func.func @step(%x: tensor<1x?x8xf32>, %past: tensor<i64>, %state: tensor<1x512x8xf32> {retort.state = 0 : i64})
    -> (tensor<1x?x8xf32>, tensor<1x512x8xf32>) {
  %c1 = arith.constant 1 : index
  %0 = tensor.extract %past[] : tensor<i64>
  %1 = arith.index_cast %0 : i64 to index
  %2 = tensor.dim %x, %c1 : tensor<1x?x8xf32>
  // The state is written where it is: the only new buffer is the result.
  // CHECK: llvm.call @malloc
  // CHECK-NOT: llvm.call @malloc
  // CHECK: llvm.return
  %3 = tensor.insert_slice %x into %state[0, %1, 0] [1, %2, 8] [1, 1, 1] : tensor<1x?x8xf32> into tensor<1x512x8xf32>
  %4 = tensor.extract_slice %3[0, 0, 0] [1, %2, 8] [1, 1, 1] : tensor<1x512x8xf32> to tensor<1x?x8xf32>
  return %4, %3 : tensor<1x?x8xf32>, tensor<1x512x8xf32>
}
