// Softmax and its kin: older versions flatten all axes from the named one on, newer ones take one
// axis.
#include "lib/Raise/Opset/AttributeToInput.h"

using namespace mlir;
using namespace retort;

namespace retort::Softmax {

/// Both agree on the last axis. Any other needs a Flatten before and a Reshape behind, and is left
/// alone.
static Refusal expectLastAxis(NodeForm &form, int64_t defaultAxis, bool writeAxis) {
  auto type =
      form.input(0) ? dyn_cast<RankedTensorType>(form.input(0).getType()) : RankedTensorType();
  auto attribute = dyn_cast_or_null<IntegerAttr>(form.attribute("axis"));
  int64_t axis = attribute ? attribute.getInt() : defaultAxis;
  if (axis != -1 && (!type || axis != type.getRank() - 1))
    return "flattens axes in versions before 13; only the last axis means the same in both";
  if (!attribute && writeAxis)
    form.setAttribute("axis", Builder(form.input(0).getContext()).getI64IntegerAttr(axis));
  return {};
}

Refusal up(NodeForm &form, OpBuilder &) { return expectLastAxis(form, 1, true); }

Refusal down(NodeForm &form) { return expectLastAxis(form, -1, true); }

} // namespace retort::Softmax
