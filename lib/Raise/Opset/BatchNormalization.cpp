// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// BatchNormalization: version 7 could give each element statistics of its own (`spatial` = 0).
#include "lib/Raise/Opset/AttributeToInput.h"

using namespace mlir;
using namespace retort;

namespace retort::BatchNormalization {

Refusal up(NodeForm &form, OpBuilder &) {
  auto spatial = dyn_cast_or_null<IntegerAttr>(form.takeAttribute("spatial"));
  if (spatial && spatial.getInt() == 0)
    return "has statistics for each element ('spatial' = 0), which newer versions lack";
  return {};
}

Refusal down(NodeForm &) { return {}; }

} // namespace retort::BatchNormalization
