// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The axes of reductions, Squeeze and Unsqueeze: an attribute, later the second input.
#include "lib/Raise/Opset/AttributeToInput.h"

using namespace mlir;
using namespace retort;

namespace retort::Axes {

Refusal up(NodeForm &form, OpBuilder &builder) {
  return attributeToInput(form, "axes", 1, builder);
}

Refusal down(NodeForm &form) {
  // Older reductions without axes always reduce all of them.
  if (auto flag = dyn_cast_or_null<IntegerAttr>(form.attribute("noop_with_empty_axes"));
      flag && flag.getInt() && !form.input(1))
    return "does nothing without axes, which the older version cannot say";
  form.takeAttribute("noop_with_empty_axes");
  return inputToAttribute(form, 1, "axes", onnx::AttributeKind::Ints);
}

} // namespace retort::Axes
