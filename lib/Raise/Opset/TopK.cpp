// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// TopK: the number of elements was an attribute.
#include "lib/Raise/Opset/AttributeToInput.h"

using namespace mlir;
using namespace retort;

namespace retort::TopK {

Refusal up(NodeForm &form, OpBuilder &builder) { return attributeToInput(form, "k", 1, builder); }

Refusal down(NodeForm &form) { return inputToAttribute(form, 1, "k", onnx::AttributeKind::Int); }

} // namespace retort::TopK
