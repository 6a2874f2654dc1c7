// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Returns typed operations to the nodes of a file: lib/Raise backwards.
//   %axes = onnx.Constant() {value = dense<1> : tensor<1xi64>}
//   %y = onnx.ReduceMean(%x, %axes) {onnx.outputs = ["y"]}
//   ==> opset 17
//   %y = onnx.node "ReduceMean"(%x) to ["y"] with [#onnx.attribute<"axes" = array<i64: 1>>]
#include "lib/Raise/ConstantForm.h"
#include "lib/Raise/DecomposeFunction.h"
#include "lib/Raise/NodeImage.h"
#include "lib/Raise/Opset/AttributeToInput.h"
#include "lib/Raise/Opset/Opset.h"
#include "lib/Raise/OpsetImports.h"
#include "lib/Raise/TypedForm.h"

#include "dialects/Onnx/Schema/TypedOp.h"
#include "dialects/Onnx/ValueNames.h"
#include "llvm/ADT/StringSet.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_LOWERTOONNXNODESPASS
#include "lib/Export/LowerToOnnxNodes.h.inc"
#define GEN_PASS_DECL
#include "lib/Simplify/Simplify.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

namespace {
class NodeWriter {
public:
  NodeWriter(ModuleOp module, int64_t forced) : module(module), imported(module), chosen(module) {
    collect();
    chooseOpsets(forced);
  }

  LogicalResult run();

private:
  void collect();
  void chooseOpsets(int64_t forced);
  LogicalResult moveNode(NodeOp node);
  LogicalResult writeTyped(Operation *op);
  LogicalResult writeConstant(ConstantOp op);
  void replace(Operation *op, NodeForm &form);
  void nameOutputs(NodeOp node);

  ModuleOp module;
  /// Names of values; graphs of one node may not use a name twice.
  llvm::StringSet<> names;
  OpsetImports imported, chosen;
  /// Innermost first. Constants come last: what they feed may take them in as attributes.
  SmallVector<Operation *> typed;
  SmallVector<ConstantOp> constants;
  SmallVector<NodeOp> nodes;
};
} // namespace

void NodeWriter::collect() {
  module.walk([&](Operation *op) {
    for (Value result : op->getResults())
      names.insert(valueName(result));
    if (auto node = dyn_cast<NodeOp>(op))
      nodes.push_back(node);
    else if (auto constant = dyn_cast<ConstantOp>(op))
      constants.push_back(constant);
    else if (schemaOf(op->getName()))
      typed.push_back(op);
  });
}

void NodeWriter::chooseOpsets(int64_t forced) {
  auto consider = [&](Operation *op) {
    NodeForm form = readTyped(op);
    int64_t canonical = *canonicalOpset(form.context, form.domain),
            least = imported.version(form.domain);
    if (least <= canonical)
      least = std::max(chosen.version(form.domain), lowestOpset(form, canonical, least));
    chosen.set(form.domain, least);
  };
  llvm::for_each(typed, consider);
  llvm::for_each(constants, [&](ConstantOp op) {
    if (!op->hasAttr(adaptedConstant))
      consider(op);
  });
  if (forced > 0)
    chosen.set("", forced);
}

/// A node that stayed a node, where the opset of its domain is another now.
LogicalResult NodeWriter::moveNode(NodeOp node) {
  node->removeDiscardableAttr(refusedNode);
  NodeForm form(node.getContext());
  int64_t from = imported.version(node.getDomain().value_or("")),
          to = chosen.version(node.getDomain().value_or(""));
  if (from == to)
    return success();
  OpBuilder builder(node);
  Refusal why = readNode(node, form);
  if (why.empty())
    why = from < to ? raiseOpset(form, from, to, builder) : lowerOpset(form, from, to);
  if (form.behind)
    why = "is no single operation there";
  if (!why.empty())
    return node.emitError() << "'" << node.getOpType() << "' cannot be written at opset " << to
                            << ": " << why.reason;
  NodeOp moved = writeNode(form, findSchema(form.context, form.domain, form.name, to),
                           NodeImage::of(node), node.getGraphs(), node.getLoc(), builder);
  copyRemarks(node, moved);
  node.replaceAllUsesWith(moved.getResults());
  node.erase();
  return success();
}

/// Names that say what computed a value are for one value each.
void NodeWriter::nameOutputs(NodeOp node) {
  SmallVector<Attribute> outputs;
  for (auto name : node.getOutputs().getAsRange<StringAttr>()) {
    std::string wanted = name.str();
    for (int number = 1; !wanted.empty() && !names.insert(wanted).second; ++number)
      wanted = (name.getValue() + "_" + Twine(number)).str();
    outputs.push_back(StringAttr::get(node.getContext(), wanted));
  }
  node.setOutputsAttr(ArrayAttr::get(node.getContext(), outputs));
}

/// Replaces a typed operation by its node at the chosen opset.
void NodeWriter::replace(Operation *op, NodeForm &form) {
  OpBuilder builder(op);
  SmallVector<Value> slots = resultSlots(op);
  // Outputs that the operation always has may be omitted in the file.
  NodeImage image = NodeImage::keptBy(op);
  if (image.outputs && image.outputs.size() > form.outputs.size())
    form.outputs.resize(image.outputs.size());
  NodeOp node =
      writeNode(form, findSchema(form.context, form.domain, form.name, chosen.version(form.domain)),
                image, op->getRegions(), op->getLoc(), builder);
  if (node.getOutputs() != image.outputs)
    nameOutputs(node);
  copyRemarks(op, node);
  node->removeDiscardableAttr(constantForm);
  for (auto [slot, result] : llvm::zip(slots, node.getResults()))
    if (slot)
      slot.replaceAllUsesWith(result);
  op->erase();
}

LogicalResult NodeWriter::writeTyped(Operation *op) {
  NodeForm form = readTyped(op);
  int64_t opset = chosen.version(form.domain);
  if (Refusal why = lowerOpset(form, *canonicalOpset(form.context, form.domain), opset);
      !why.empty())
    return op->emitOpError() << "cannot be written at opset " << opset << ": " << why.reason;
  replace(op, form);
  return success();
}

LogicalResult NodeWriter::writeConstant(ConstantOp op) {
  if (op->hasAttr(adaptedConstant) && op->use_empty()) {
    op.erase();
    return success();
  }
  op->removeDiscardableAttr(adaptedConstant);
  NodeForm form = readTyped(op);
  int64_t canonical = *canonicalOpset(form.context, form.domain),
          opset = chosen.version(form.domain);
  NodeForm restored = form;
  restoreConstantForm(restored, op->getAttrOfType<StringAttr>(constantForm));
  if (lowerOpset(restored, canonical, opset).empty())
    form = restored;
  else if (Refusal why = lowerOpset(form, canonical, opset); !why.empty())
    return op->emitOpError() << "cannot be written at opset " << opset << ": " << why.reason;
  replace(op, form);
  return success();
}

LogicalResult NodeWriter::run() {
  for (NodeOp node : nodes)
    if (failed(moveNode(node)))
      return failure();
  for (Operation *op : typed)
    if (failed(writeTyped(op)))
      return failure();
  // Moved nodes may have brought constants of their own.
  constants.clear();
  module.walk([&](ConstantOp constant) { constants.push_back(constant); });
  for (ConstantOp constant : constants)
    if (failed(writeConstant(constant)))
      return failure();
  chosen.write(module);
  return success();
}

namespace {
/// Names of the values of a function, those in graphs of nodes too.
struct KnownNames {
  explicit KnownNames(func::FuncOp function) {
    function.walk([&](Operation *op) {
      if (auto node = dyn_cast<NodeOp>(op))
        for (auto name : node.getOutputs().getAsRange<StringAttr>())
          computed.insert(name);
      if (auto constant = dyn_cast<InitializerOp>(op))
        given.insert(constant.getName());
    });
    for (BlockArgument argument : function.getArguments())
      given.insert(valueName(argument));
  }

  bool describes(StringRef kind, StringRef name) const {
    return given.contains(name) || (kind != "input" && computed.contains(name));
  }

  llvm::StringSet<> computed, given;
};
} // namespace

/// Drops what the graph says of values that it no longer has. An input with a default was a
/// constant; without it, it would become an input of the model.
static void dropStaleDescriptions(func::FuncOp function) {
  auto graph = function->getAttrOfType<MessageAttr>("onnx.graph");
  if (!graph)
    return;
  KnownNames names(function);
  SmallVector<NamedAttribute> fields;
  for (NamedAttribute field : graph.getFields()) {
    auto info = dyn_cast<MessageAttr>(field.getValue());
    bool describes = field.getName() == "value_info" || field.getName() == "input";
    if (!info || !describes || names.describes(field.getName(), info.getString("name")))
      fields.push_back(field);
  }
  if (fields.size() != graph.getFields().size())
    function->setAttr("onnx.graph", MessageAttr::get(function.getContext(), fields));
}

/// Typed operations of the standard that `opset` does not have, and that are functions of others:
/// their bodies in their place. Whether there were any.
static FailureOr<bool> decomposeNewer(ModuleOp module, int64_t opset) {
  SmallVector<Operation *> newer;
  module.walk([&](Operation *op) {
    const Schema *schema = schemaOf(op->getName());
    if (!schema || !schema->domain.empty() || isa<ConstantOp>(op))
      return;
    NodeForm form = readTyped(op);
    if (!lowerOpset(form, *canonicalOpset(""), opset).empty())
      newer.push_back(op);
  });
  return decomposeFunctions(newer);
}

namespace {
struct LowerToOnnxNodesPass : retort::impl::LowerToOnnxNodesPassBase<LowerToOnnxNodesPass> {
  using Base::Base;

  /// Functions in bodies may be as new.
  LogicalResult decompose() {
    for (bool changed = opset > 0; changed;) {
      FailureOr<bool> decomposed = decomposeNewer(getOperation(), opset);
      if (failed(decomposed))
        return failure();
      changed = *decomposed;
      OpPassManager simplify(ModuleOp::getOperationName());
      simplify.addPass(createSimplifyPass());
      if (changed && failed(runPipeline(simplify, getOperation())))
        return failure();
    }
    return success();
  }

  void runOnOperation() override {
    if (failed(decompose()))
      return signalPassFailure();
    if (failed(NodeWriter(getOperation(), opset).run()))
      return signalPassFailure();
    for (auto function : getOperation().getOps<func::FuncOp>())
      dropStaleDescriptions(function);
  }
};
} // namespace
