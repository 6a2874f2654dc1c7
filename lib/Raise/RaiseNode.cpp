// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Turns a node of a file into a typed operation at the canonical opset.
#include "lib/Raise/RaiseNode.h"

#include "lib/Raise/ConstantForm.h"
#include "lib/Raise/NodeImage.h"
#include "lib/Raise/Opset/AttributeToInput.h"
#include "lib/Raise/Opset/Opset.h"
#include "lib/Raise/TypedForm.h"

#include "dialects/Onnx/Schema/TypedOp.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

/// Outputs that the file omits, but that the operation always has.
static void completeOutputs(NodeForm &form) {
  MLIRContext *context = form.context;
  const Schema *schema =
      findSchema(context, form.domain, form.name, canonicalOpset(context, form.domain).value_or(0));
  for (auto [i, type] : llvm::enumerate(form.outputs)) {
    const Parameter *parameter = schema ? parameterAt(schema->outputs(), i) : nullptr;
    if (!type && parameter && parameter->occurrence != Occurrence::Optional)
      type = UnrankedTensorType::get(UnknownType::get(context));
  }
}

/// Brings the form from the opset of the file to the canonical one.
static Refusal raiseForm(NodeForm &form, const OpsetImports &imports, OpBuilder &builder) {
  std::optional<int64_t> canonical = canonicalOpset(form.context, form.domain);
  int64_t opset = imports.version(form.domain);
  if (!canonical)
    return llvm::formatv("has no schema: domain '{0}' is not known", form.domain);
  if (opset > *canonical)
    return llvm::formatv("is of opset {0}, the newest known is {1}", opset, *canonical);
  if (schemaHistory(form.context, form.domain, form.name).empty())
    return llvm::formatv("has no schema in domain '{0}'", form.domain);
  completeOutputs(form);
  return raiseOpset(form, opset, *canonical, builder);
}

/// What adapters made for a node that could not be raised after all.
static void eraseMade(NodeOp node, Operation *before) {
  while (node->getPrevNode() != before && isOpTriviallyDead(node->getPrevNode()))
    node->getPrevNode()->erase();
}

Refusal retort::readCanonical(NodeOp node, const OpsetImports &imports, NodeForm &form,
                              OpBuilder &builder) {
  if (Refusal why = readNode(node, form); !why.empty())
    return why;
  return raiseForm(form, imports, builder);
}

static Refusal replaceNode(NodeOp node, const OpsetImports &imports) {
  OpBuilder builder(node);
  NodeForm form(node.getContext());
  if (Refusal why = readCanonical(node, imports, form, builder); !why.empty())
    return why;
  StringAttr formOfConstant = raiseConstantForm(form);
  Operation *typed = createTyped(form, node.getLoc(), builder, node.getGraphs());
  if (!typed)
    return "has no typed operation";
  NodeImage image = NodeImage::of(node);
  if (formOfConstant) {
    image.order = {}; // of one attribute, whatever its name
    typed->setDiscardableAttr(constantForm, formOfConstant);
  }
  image.keepOn(typed);
  copyRemarks(node, typed);
  SmallVector<Value> slots = resultSlots(typed);
  if (form.behind)
    slots = form.behind(typed, builder);
  for (auto [slot, result] : llvm::zip(slots, node.getResults()))
    if (slot)
      result.replaceAllUsesWith(slot);
  return {};
}

bool retort::raiseNode(NodeOp node, const OpsetImports &imports) {
  node->removeDiscardableAttr(refusedNode);
  Operation *before = node->getPrevNode();
  Refusal why = replaceNode(node, imports);
  if (why.empty())
    return true;
  eraseMade(node, before);
  node->setDiscardableAttr(refusedNode, StringAttr::get(node.getContext(), why.reason));
  return false;
}
