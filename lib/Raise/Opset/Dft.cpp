// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// DFT: the axis was an attribute, 1 by default; as an input it is the last but one.
#include "lib/Raise/Opset/AttributeToInput.h"

using namespace mlir;
using namespace retort;

namespace retort::Dft {

Refusal up(NodeForm &form, OpBuilder &builder) {
  auto axis = dyn_cast_or_null<IntegerAttr>(form.takeAttribute("axis"));
  auto type = RankedTensorType::get({}, builder.getI64Type());
  auto value = DenseElementsAttr::get(type, axis ? axis.getInt() : int64_t(1));
  form.setInput(2, makeAdaptedConstant(value, builder));
  return {};
}

Refusal down(NodeForm &form) {
  if (!form.input(2))
    form.setAttribute("axis", IntegerAttr::get(IntegerType::get(form.context, 64), -2));
  return inputToAttribute(form, 2, "axis", onnx::AttributeKind::Int);
}

} // namespace retort::Dft
