// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Resize: version 10 has scales alone, counts places from the corner, and rounds them down.
#include "lib/Raise/Opset/AttributeToInput.h"

using namespace mlir;
using namespace retort;

namespace retort::Resize {

Refusal up(NodeForm &form, OpBuilder &builder) {
  form.setInput(2, form.input(1));
  form.setInput(1, Value());
  form.setAttribute("coordinate_transformation_mode", builder.getStringAttr("asymmetric"));
  form.setAttribute("nearest_mode", builder.getStringAttr("floor"));
  return {};
}

Refusal down(NodeForm &form) {
  auto is = [&](StringRef name, StringRef text) {
    auto value = dyn_cast_or_null<StringAttr>(form.takeAttribute(name));
    return value && value.getValue() == text;
  };
  if (form.input(1) || form.input(3) || !form.input(2) ||
      !is("coordinate_transformation_mode", "asymmetric") || !is("nearest_mode", "floor"))
    return "has sizes, a region or a mode that the older version lacks";
  form.setInput(1, form.input(2));
  form.removeInput(2);
  return {};
}

} // namespace retort::Resize
