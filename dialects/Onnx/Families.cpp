// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The interfaces by which operations say what they are.
#include "dialects/Onnx/Families.h"

using namespace mlir;

#include "dialects/Onnx/Families.cpp.inc"
