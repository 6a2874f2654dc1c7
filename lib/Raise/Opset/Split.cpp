// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Split: the sizes of the parts were an attribute.
#include "lib/Raise/Opset/AttributeToInput.h"

using namespace mlir;
using namespace retort;

namespace retort::Split {

Refusal up(NodeForm &form, OpBuilder &builder) {
  return attributeToInput(form, "split", 1, builder);
}

Refusal down(NodeForm &form) {
  return inputToAttribute(form, 1, "split", onnx::AttributeKind::Ints);
}

} // namespace retort::Split
