// A module names the places of its weights; the tools map them first.
// RUN: head -c 4096 /dev/zero > %t.data
// RUN: sed 's|DATA|%t.data|' %s > %t.mlir
// RUN: retort-opt %t.mlir --emit-bytecode -o %t.mlirbc && retort-opt %t.mlirbc --mlir-elide-resource-strings-if-larger=10000 | FileCheck %s

// What is not as it was is refused.
// RUN: head -c 4000 /dev/zero > %t.data && not retort-opt %t.mlir 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: head -c 4096 /dev/zero | tr '\0' x > %t.data && not retort-opt %t.mlir 2>&1 | FileCheck %s --check-prefix=BYTES
// RUN: rm %t.data && not retort-opt %t.mlir 2>&1 | FileCheck %s --check-prefix=GONE
// RUN: head -c 4096 /dev/zero > %t.data && sed 's/offset = 64/offset = 4000/' %t.mlir | not retort-opt 2>&1 | FileCheck %s --check-prefix=BEYOND
// RUN: sed 's/offset = 64/offset = -1/' %t.mlir | not retort-opt 2>&1 | FileCheck %s --check-prefix=BEFORE
// RUN: sed 's/offset = 64/place = 64/' %t.mlir | not retort-opt 2>&1 | FileCheck %s --check-prefix=OFFSET
// RUN: sed 's/file = /name = /' %t.mlir | not retort-opt 2>&1 | FileCheck %s --check-prefix=FILE

// CHECK-NOT: onnx.referred_weights
// CHECK: dense_resource<w> : tensor<512xf32>
// CHECK: w: "0x{{[0-9]+0+}}"
// SIZE: error: refers to the weights of "{{.*}}.data", which has changed: expects 4096 bytes, found 4000
// BYTES: error: weight 'w' of '{{.*}}.data' has changed
// GONE: error: refers to the weights of "{{.*}}.data", which cannot be opened: No such file or directory
// BEYOND: error: weight 'w': 2048 bytes at offset 4000 reach beyond '{{.*}}.data' (4096 bytes)
// BEFORE: error: weight 'w': 2048 bytes at offset 18446744073709551615 reach beyond
// OFFSET: error: 'onnx.referred_weights' expects 'value', 'offset' and 'hash' of a weight
// FILE: error: 'onnx.referred_weights' expects 'file', 'bytes' and 'weights', found
module attributes {onnx.referred_weights = [{
    file = "DATA", bytes = 4096 : i64,
    weights = [{value = dense_resource<w> : tensor<512xf32>, offset = 64 : i64, hash = 2386156930834364490 : i64}]}]} {
  func.func @main() -> tensor<512xf32> {
    %w = onnx.Constant() {value = dense_resource<w> : tensor<512xf32>} : () -> tensor<512xf32>
    return %w : tensor<512xf32>
  }
}
