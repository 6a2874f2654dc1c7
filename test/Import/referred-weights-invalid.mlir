// Places of weights that are none.
// RUN: not retort-opt %s 2>&1 | FileCheck %s
// RUN: sed 's/3 : i64/[3 : i64]/' %s | not retort-opt 2>&1 | FileCheck %s

// CHECK: error: 'onnx.referred_weights' expects files, found 3 : i64
module attributes {onnx.referred_weights = 3 : i64} {
}
