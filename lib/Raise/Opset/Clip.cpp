// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The bounds of Clip: attributes, later inputs.
#include "lib/Raise/Opset/AttributeToInput.h"

using namespace mlir;
using namespace retort;

namespace retort::Clip {

/// The old version has the bounds of f32 where none are given, and f32 alone took them into
/// account: absent is the same.
Refusal up(NodeForm &form, OpBuilder &builder) {
  auto type = form.input(0) ? dyn_cast<TensorType>(form.input(0).getType()) : TensorType();
  Type element = type ? type.getElementType() : Type();
  attributeToInput(form, "min", 1, builder, element);
  return attributeToInput(form, "max", 2, builder, element);
}

Refusal down(NodeForm &form) {
  if (Refusal why = inputToAttribute(form, 2, "max", onnx::AttributeKind::Float); !why.empty())
    return why;
  return inputToAttribute(form, 1, "min", onnx::AttributeKind::Float);
}

} // namespace retort::Clip
