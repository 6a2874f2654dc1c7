// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How operations that a plugin brings hand on gradients.
#ifndef RETORT_DIALECTS_RETORT_DIFFERENTIABLE_H
#define RETORT_DIALECTS_RETORT_DIFFERENTIABLE_H

#include "dialects/Retort/Backward.h"

#include "mlir/IR/OpDefinition.h"

#include "dialects/Retort/DifferentiableInterface.h.inc"

#endif
