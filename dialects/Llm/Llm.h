// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The llm dialect: the operations that language models are made of, by meaning. See README.md for
// its rationale.
#ifndef RETORT_DIALECTS_LLM_LLM_H
#define RETORT_DIALECTS_LLM_LLM_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Llm/LlmDialect.h.inc"
#include "dialects/Llm/LlmEnums.h.inc"

#define GET_OP_CLASSES
#include "dialects/Llm/LlmOps.h.inc"

#endif
