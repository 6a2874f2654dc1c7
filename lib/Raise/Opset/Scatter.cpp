// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scatter: the same under the name of ScatterElements.
#include "lib/Raise/Opset/AttributeToInput.h"

using namespace mlir;
using namespace retort;

namespace retort::Scatter {

Refusal up(NodeForm &form, OpBuilder &) {
  form.name = "ScatterElements";
  return {};
}

Refusal down(NodeForm &) { return "is called 'ScatterElements'"; }

} // namespace retort::Scatter
