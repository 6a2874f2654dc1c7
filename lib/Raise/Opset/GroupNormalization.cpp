// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// GroupNormalization: version 18 has a scale and a bias for each group, later ones for each
// channel.
//   %scale: G  ->  Reshape(Expand(Reshape(%scale, [G, 1]), [1, C / G]), [-1])
#include "lib/Raise/Opset/AttributeToInput.h"

#include "dialects/Onnx/Build.h"

using namespace mlir;
using namespace retort;

namespace retort::GroupNormalization {

Refusal up(NodeForm &form, OpBuilder &builder) {
  auto groups = dyn_cast_or_null<IntegerAttr>(form.attribute("num_groups"));
  if (!groups || groups.getInt() <= 0 || !form.input(0))
    return {}; // which is an error of its own
  OnnxBuilder make(builder, form.input(0).getLoc());
  Value channels = make.slice(make.shape(form.input(0)), 0, 1, 2);
  Value each = make.divide(channels, make.integers({groups.getInt()}));
  Value shape = make.concat({make.integers({1}), each}, 0);
  for (unsigned slot : {1, 2})
    if (Value value = form.input(slot))
      form.setInput(slot, make.reshape(make.expand(make.reshape(value, {-1, 1}), shape), {-1}));
  return {};
}

Refusal down(NodeForm &) {
  return "has a scale for each channel, which the older version cannot say";
}

} // namespace retort::GroupNormalization
