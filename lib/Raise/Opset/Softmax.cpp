// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Softmax and its kin: older versions flatten all axes from the named one on, newer ones take one
// axis.
//   Softmax(%x) {axis = 1}  ->  Reshape(Softmax(Flatten(%x) {axis = 1}) {axis = -1}, Shape(%x))
#include "lib/Raise/Opset/AttributeToInput.h"

#include "dialects/Onnx/Build.h"
#include "dialects/Onnx/Ops.h"

using namespace mlir;
using namespace retort;

namespace retort::Softmax {

/// What the attribute says, and whether it names the last axis: what both versions agree on.
/// Without a rank only -1 does.
static std::pair<int64_t, bool> axisOf(const NodeForm &form, int64_t defaultAxis) {
  auto type =
      form.input(0) ? dyn_cast<RankedTensorType>(form.input(0).getType()) : RankedTensorType();
  auto attribute = dyn_cast_or_null<IntegerAttr>(form.attribute("axis"));
  int64_t axis = attribute ? attribute.getInt() : defaultAxis;
  return {axis, axis == -1 || (type && axis == type.getRank() - 1)};
}

static void writeAxis(NodeForm &form, int64_t axis) {
  form.setAttribute("axis", Builder(form.input(0).getContext()).getI64IntegerAttr(axis));
}

Refusal up(NodeForm &form, OpBuilder &builder) {
  if (!form.input(0))
    return {}; // which is an error of its own
  auto [axis, isLast] = axisOf(form, 1);
  if (isLast) {
    if (!form.attribute("axis"))
      writeAxis(form, axis);
    return {};
  }
  Value input = form.input(0);
  Type unranked = UnrankedTensorType::get(getElementTypeOrSelf(input.getType()));
  form.setInput(0, onnx::FlattenOp::create(builder, input.getLoc(), unranked, input,
                                           builder.getI64IntegerAttr(axis)));
  writeAxis(form, -1);
  Type declared = form.outputs.empty() ? Type() : form.outputs.front();
  if (declared)
    form.outputs.front() = UnrankedTensorType::get(getElementTypeOrSelf(declared));
  form.behind = [input, declared](Operation *op, OpBuilder &builder) -> SmallVector<Value> {
    OnnxBuilder make(builder, op->getLoc());
    Value shaped = make.reshape(op->getResult(0), make.shape(input));
    if (declared)
      shaped.setType(declared);
    return {shaped};
  };
  return {};
}

Refusal down(NodeForm &form) {
  auto [axis, isLast] = axisOf(form, -1);
  if (!isLast)
    return "flattens axes in versions before 13; only the last axis means the same in both";
  if (!form.attribute("axis"))
    writeAxis(form, axis);
  return {};
}

} // namespace retort::Softmax
