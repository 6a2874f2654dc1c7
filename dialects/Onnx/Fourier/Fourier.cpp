// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Defines and registers DFT.
#include "dialects/Onnx/Fourier/Fourier.h"

#include "dialects/Onnx/Schema/TypedOp.h"
#include "dialects/Onnx/Verify/Verify.h"

#define GET_OP_CLASSES
#include "dialects/Onnx/Fourier/Fourier.cpp.inc"

template <typename... Ops> static void add(mlir::Dialect &dialect) {
  (mlir::RegisteredOperationName::insert<Ops>(dialect), ...);
}

void retort::onnx::addFourierOperations(mlir::Dialect &dialect) {
  add<
#define GET_OP_LIST
#include "dialects/Onnx/Fourier/Fourier.cpp.inc"
      >(dialect);
}
