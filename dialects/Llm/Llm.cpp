// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registers the llm dialect.
#include "dialects/Llm/Llm.h"
#include "dialects/Llm/Infer.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace retort;

#include "dialects/Llm/LlmDialect.cpp.inc"
#include "dialects/Llm/LlmEnums.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/Llm/LlmOps.cpp.inc"

void llm::LlmDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/Llm/LlmOps.cpp.inc"
      >();
  attachShapeInference(*getContext());
}
