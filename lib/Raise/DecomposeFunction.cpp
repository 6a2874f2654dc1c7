// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Replaces an operation that ONNX defines by others.
#include "lib/Raise/DecomposeFunction.h"

#include "lib/Raise/FunctionBody.h"
#include "lib/Raise/FunctionLibrary.h"
#include "lib/Raise/NodeImage.h"
#include "lib/Raise/Opset/AttributeToInput.h"
#include "lib/Raise/RaiseNode.h"
#include "lib/Raise/TypedForm.h"

#include "dialects/Onnx/Schema/TypedOp.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

/// The node at the canonical opset, where it is a function that has a body for it; else null.
static NodeOp canonicalCall(NodeOp node, const OpsetImports &imports, MessageAttr &function) {
  OpBuilder builder(node);
  NodeForm form(node.getContext());
  StringRef domain = plainDomain(node.getDomain().value_or(""));
  const Schema *schema = nullptr;
  if (std::optional<int64_t> canonical = canonicalOpset(form.context, domain)) {
    if (!readCanonical(node, imports, form, builder).empty() || form.behind)
      return {};
    schema = findSchema(form.context, form.domain, form.name, *canonical);
  } else if (!readNode(node, form).empty()) { // what only bodies call
    return {};
  }
  function = findFunction(form);
  if (!function)
    return {};
  NodeOp call =
      writeNode(form, schema, NodeImage::of(node), node.getGraphs(), node.getLoc(), builder);
  node.replaceAllUsesWith(call.getResults());
  node.erase();
  return call;
}

/// Likewise of a typed operation.
static NodeOp canonicalCall(Operation *typed, MessageAttr &function) {
  NodeForm form = readTyped(typed);
  function = findFunction(form);
  if (!function)
    return {};
  NodeImage image = NodeImage::keptBy(typed);
  if (image.outputs && image.outputs.size() > form.outputs.size())
    form.outputs.resize(image.outputs.size());
  OpBuilder builder(typed);
  SmallVector<Value> slots = resultSlots(typed);
  NodeOp call = writeNode(form, schemaOf(typed->getName()), image, typed->getRegions(),
                          typed->getLoc(), builder);
  for (auto [slot, result] : llvm::zip(slots, call.getResults()))
    if (slot)
      slot.replaceAllUsesWith(result);
  typed->erase();
  return call;
}

/// The body in the place of the call.
static LogicalResult expand(NodeOp call, MessageAttr function) {
  SmallVector<NodeOp> body;
  auto values = buildBody(function, call, body);
  if (failed(values))
    return failure();
  for (auto [result, value] : llvm::zip_equal(call.getResults(), *values))
    if (value)
      result.replaceAllUsesWith(value);
  call.erase();
  OpsetImports own(function);
  for (NodeOp node : body) {
    // Those that become attributes of an older opset have no place in a file.
    if (node.getOpType() == "Constant")
      node->setDiscardableAttr(adaptedConstant, UnitAttr::get(node.getContext()));
    if (raiseNode(node, own))
      node.erase();
    else if (failed(decomposeFunction(node, own)))
      return failure();
  }
  return success();
}

FailureOr<bool> retort::decomposeFunction(NodeOp node, const OpsetImports &imports) {
  MessageAttr function;
  NodeOp call = canonicalCall(node, imports, function);
  if (call && failed(expand(call, function)))
    return failure();
  return bool(call);
}

FailureOr<bool> retort::decomposeFunctions(ArrayRef<Operation *> typed) {
  bool changed = false;
  for (Operation *op : typed) {
    MessageAttr function;
    NodeOp call = canonicalCall(op, function);
    if (call && failed(expand(call, function)))
      return failure();
    changed |= bool(call);
  }
  return changed;
}
