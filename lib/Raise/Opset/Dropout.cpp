// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Dropout: the ratio was an attribute, and the graph could not ask for training.
#include "lib/Raise/Opset/AttributeToInput.h"

using namespace mlir;
using namespace retort;

namespace retort::Dropout {

Refusal up(NodeForm &form, OpBuilder &builder) {
  return attributeToInput(form, "ratio", 1, builder);
}

Refusal down(NodeForm &form) {
  if (form.input(2))
    return "has an input 'training_mode' that the older version lacks";
  form.takeAttribute("seed");
  return inputToAttribute(form, 1, "ratio", onnx::AttributeKind::Float);
}

} // namespace retort::Dropout
