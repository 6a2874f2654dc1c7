// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Split into equal parts: the number of parts was that of the outputs, and is now written too.
#include "lib/Raise/Opset/AttributeToInput.h"

using namespace mlir;
using namespace retort;

namespace retort::SplitOutputs {

Refusal up(NodeForm &form, OpBuilder &builder) {
  if (!form.input(1))
    form.setAttribute("num_outputs", builder.getI64IntegerAttr(form.outputs.size()));
  return {};
}

/// The older version needs parts of one size, the newer lets the last be smaller.
Refusal down(NodeForm &form) {
  auto count = dyn_cast_or_null<IntegerAttr>(form.attribute("num_outputs"));
  if (!count)
    return {};
  auto axisAttribute = dyn_cast_or_null<IntegerAttr>(form.attribute("axis"));
  int64_t axis = axisAttribute ? axisAttribute.getInt() : 0;
  auto type = dyn_cast<RankedTensorType>(form.input(0).getType());
  if (type && axis < 0)
    axis += type.getRank();
  if (type && axis >= 0 && axis < type.getRank() && !type.isDynamicDim(axis) &&
      type.getDimSize(axis) % count.getInt())
    return "splits into parts that are not of one size, which the older version cannot do";
  form.takeAttribute("num_outputs");
  return {};
}

} // namespace retort::SplitOutputs
