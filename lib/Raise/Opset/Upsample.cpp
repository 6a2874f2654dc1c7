// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Upsample: scales were an attribute; then it became Resize.
#include "lib/Raise/Opset/AttributeToInput.h"

using namespace mlir;
using namespace retort;

namespace retort::UpsampleScales {

Refusal up(NodeForm &form, OpBuilder &builder) {
  return attributeToInput(form, "scales", 1, builder);
}

Refusal down(NodeForm &) { return "takes scales as an input"; }

} // namespace retort::UpsampleScales

namespace retort::Upsample {

Refusal up(NodeForm &form, OpBuilder &) {
  form.name = "Resize";
  return {};
}

Refusal down(NodeForm &) { return "is called 'Resize'"; }

} // namespace retort::Upsample
