// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Resize: version 10 has scales alone, and counts places from the corner. Of the nearest places it
// takes the one below where it enlarges, and the one above where it makes smaller, as ONNX Runtime
// does; the standard is silent.
#include "lib/Raise/Opset/AttributeToInput.h"

#include "dialects/Onnx/Weights.h"

using namespace mlir;
using namespace retort;

/// The mode in which version 11 rounds as version 10 does with these scales; none where axes
/// differ. Scales that nobody knows before the run enlarge: that is what models compute them for.
/// Where places are interpolated, nothing is rounded.
static std::optional<StringRef> roundingOf(const NodeForm &form, Value scales) {
  auto mode = dyn_cast_or_null<StringAttr>(form.attribute("mode"));
  auto constant = scales ? onnx::ConstantView::of(scales) : std::nullopt;
  if (!constant || (mode && mode.getValue() != "nearest"))
    return "floor";
  bool enlarges = false, reduces = false;
  for (int64_t i = 0; i < constant->size(); ++i) {
    enlarges |= constant->floatAt(i) > 1;
    reduces |= constant->floatAt(i) < 1;
  }
  if (enlarges && reduces)
    return std::nullopt;
  return reduces ? "ceil" : "floor";
}

namespace retort::Resize {

Refusal up(NodeForm &form, OpBuilder &builder) {
  std::optional<StringRef> rounding = roundingOf(form, form.input(1));
  if (!rounding)
    return "enlarges some axes and reduces others, for which the nearest place is rounded in two "
           "ways";
  form.setInput(2, form.input(1));
  form.setInput(1, Value());
  form.setAttribute("coordinate_transformation_mode", builder.getStringAttr("asymmetric"));
  form.setAttribute("nearest_mode", builder.getStringAttr(*rounding));
  return {};
}

Refusal down(NodeForm &form) {
  auto take = [&](StringRef name) {
    auto value = dyn_cast_or_null<StringAttr>(form.takeAttribute(name));
    return value ? value.getValue() : StringRef();
  };
  std::optional<StringRef> rounding = roundingOf(form, form.input(2));
  if (form.input(1) || form.input(3) || !form.input(2) || !rounding ||
      take("coordinate_transformation_mode") != "asymmetric" || take("nearest_mode") != *rounding)
    return "has sizes, a region or a mode that the older version lacks";
  form.setInput(1, form.input(2));
  form.removeInput(2);
  return {};
}

} // namespace retort::Resize
