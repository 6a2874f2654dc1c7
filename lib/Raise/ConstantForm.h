// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The node Constant writes a tensor, or a number, a string or a list of them; the typed operation
// has a tensor alone.
#ifndef RETORT_LIB_RAISE_CONSTANTFORM_H
#define RETORT_LIB_RAISE_CONSTANTFORM_H

#include "lib/Raise/NodeForm.h"

namespace retort {

/// Discardable attribute of onnx.Constant: which attribute holds the value in the file, where it is
/// not `value`.
inline constexpr llvm::StringLiteral constantForm = "onnx.constant_form";

/// Turns a number or a list of numbers into `value`; the attribute that it was, or null.
mlir::StringAttr raiseConstantForm(NodeForm &form);

/// The inverse; nothing happens where the value is no longer one that the attribute can hold.
void restoreConstantForm(NodeForm &form, mlir::StringAttr attribute);

} // namespace retort

#endif
