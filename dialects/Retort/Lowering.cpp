// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The interfaces by which operations that a plugin brings become linalg.
#include "dialects/Retort/Lowering.h"

using namespace mlir;

#include "dialects/Retort/LoweringInterfaces.cpp.inc"
