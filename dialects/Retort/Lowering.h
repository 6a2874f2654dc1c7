// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How operations that a plugin brings become linalg.
#ifndef RETORT_DIALECTS_RETORT_LOWERING_H
#define RETORT_DIALECTS_RETORT_LOWERING_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"

#include "dialects/Retort/LoweringInterfaces.h.inc"

#endif
