// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What CMake declares for each file of lib/Codegen/Steps, and calls: nothing else lists the steps.
#ifndef RETORT_LIB_CODEGEN_STEPS_REGISTERSTEPS_H
#define RETORT_LIB_CODEGEN_STEPS_REGISTERSTEPS_H

#include "dialects/Linear/MultiplyStep.h"

#include "lib/Codegen/Steps/Steps.h.inc"

namespace retort {
/// All of them.
void registerSteps(mlir::DialectRegistry &registry);
} // namespace retort

#endif
