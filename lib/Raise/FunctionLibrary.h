// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The bodies of ONNX's own functions, as a model's functions are held.
#ifndef RETORT_LIB_RAISE_FUNCTIONLIBRARY_H
#define RETORT_LIB_RAISE_FUNCTIONLIBRARY_H

#include "lib/Raise/NodeForm.h"

#include "dialects/Onnx/Onnx.h"

namespace retort {

/// The FunctionProto of a node; null where the operation is no function, or none of its bodies
/// holds for these inputs and attributes.
onnx::MessageAttr findFunction(const NodeForm &call);

} // namespace retort

#endif
