// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// GridSample: the modes were named after planes, which is all that it took.
#include "lib/Raise/Opset/AttributeToInput.h"

using namespace mlir;
using namespace retort;

namespace retort::GridSample {

static constexpr std::pair<StringLiteral, StringLiteral> modes[] = {{"bilinear", "linear"},
                                                                    {"bicubic", "cubic"}};

/// Absent is linear under both.
static StringRef modeOf(const NodeForm &form) {
  auto mode = dyn_cast_or_null<StringAttr>(form.attribute("mode"));
  return mode ? mode.getValue() : "";
}

Refusal up(NodeForm &form, OpBuilder &builder) {
  for (auto [older, newer] : modes)
    if (modeOf(form) == older)
      form.setAttribute("mode", builder.getStringAttr(newer));
  return {};
}

Refusal down(NodeForm &form) {
  auto type = form.input(0) ? dyn_cast<RankedTensorType>(form.input(0).getType()) : nullptr;
  if (!type || type.getRank() != 4)
    return "expects an image of rank 4, as the older version does";
  for (auto [older, newer] : modes)
    if (modeOf(form) == newer)
      form.setAttribute("mode", StringAttr::get(form.context, older));
  return {};
}

} // namespace retort::GridSample
