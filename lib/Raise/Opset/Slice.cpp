// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Slice: bounds and axes were attributes, and there were no steps.
#include "lib/Raise/Opset/AttributeToInput.h"

using namespace mlir;
using namespace retort;

namespace retort::Slice {

Refusal up(NodeForm &form, OpBuilder &builder) {
  attributeToInput(form, "starts", 1, builder);
  attributeToInput(form, "ends", 2, builder);
  return attributeToInput(form, "axes", 3, builder);
}

Refusal down(NodeForm &form) {
  if (form.input(4))
    return "has steps, which the older version lacks";
  for (auto [index, name] : {std::pair(3, "axes"), std::pair(2, "ends"), std::pair(1, "starts")})
    if (Refusal why = inputToAttribute(form, index, name, onnx::AttributeKind::Ints); !why.empty())
      return why;
  return {};
}

} // namespace retort::Slice
