// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// onnx.Constant folds to its value; the forms for numbers and strings (value_int ...) are raised to
// `value`.
#include "dialects/Onnx/Ops.h"

using namespace mlir;
using namespace retort;

OpFoldResult onnx::ConstantOp::fold(FoldAdaptor) { return getValueAttr(); }
