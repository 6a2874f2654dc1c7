// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pad: the widths and the value were attributes.
#include "lib/Raise/Opset/AttributeToInput.h"

using namespace mlir;
using namespace retort;

namespace retort::Pad {

Refusal up(NodeForm &form, OpBuilder &builder) {
  auto type = form.input(0) ? dyn_cast<TensorType>(form.input(0).getType()) : TensorType();
  attributeToInput(form, "pads", 1, builder);
  return attributeToInput(form, "value", 2, builder, type ? type.getElementType() : Type());
}

Refusal down(NodeForm &form) {
  if (Refusal why = inputToAttribute(form, 2, "value", onnx::AttributeKind::Float); !why.empty())
    return why;
  return inputToAttribute(form, 1, "pads", onnx::AttributeKind::Ints);
}

} // namespace retort::Pad
