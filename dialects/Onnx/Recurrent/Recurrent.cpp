// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Defines and registers LSTM, GRU and RNN.
#include "dialects/Onnx/Recurrent/Recurrent.h"

#include "dialects/Onnx/Schema/TypedOp.h"
#include "dialects/Onnx/Verify/Verify.h"

#define GET_OP_CLASSES
#include "dialects/Onnx/Recurrent/Recurrent.cpp.inc"

template <typename... Ops> static void add(mlir::Dialect &dialect) {
  (mlir::RegisteredOperationName::insert<Ops>(dialect), ...);
}

void retort::onnx::addRecurrentOperations(mlir::Dialect &dialect) {
  add<
#define GET_OP_LIST
#include "dialects/Onnx/Recurrent/Recurrent.cpp.inc"
      >(dialect);
}
