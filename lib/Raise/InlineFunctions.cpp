// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Replaces calls of a model's own functions by their bodies.
//   %y = onnx.node "scale" domain "own"(%x) to ["y"] with [#onnx.attribute<"by" = 2.0 : f32>]
//   ==>
//   %c = onnx.node "Constant"() to ["scale/c"] with [#onnx.attribute<"value_float" = 2.0 : f32>]
//   %y = onnx.node "Mul"(%x, %c) to ["y"]
#include "lib/Raise/FunctionBody.h"
#include "lib/Raise/NodeImage.h"
#include "lib/Raise/Opset/Opset.h"
#include "lib/Raise/OpsetImports.h"

#include "llvm/ADT/StringSet.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_INLINEFUNCTIONSPASS
#include "lib/Raise/InlineFunctions.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

/// Functions must not call themselves; a hostile file's do, or multiply without end.
static constexpr unsigned deepestCall = 50, mostNodes = 1 << 20;

namespace {
class Inliner {
public:
  explicit Inliner(ModuleOp module);

  bool hasFunctions() const { return !functions.empty(); }
  LogicalResult run();

private:
  LogicalResult inlineCalls(ArrayRef<NodeOp> nodes, unsigned depth);
  LogicalResult inlineCall(NodeOp call, MessageAttr function, unsigned depth);
  LogicalResult moveToModel(NodeOp &node, const OpsetImports &own);
  void dropFunctions();

  ModuleOp module;
  llvm::StringMap<MessageAttr> functions;
  llvm::StringSet<> domains; // of the functions
  OpsetImports imports;      // of the model
  unsigned count = 0;        // nodes of all bodies so far
};
} // namespace

static ArrayRef<NamedAttribute> modelFields(ModuleOp module) {
  auto model = module->getAttrOfType<MessageAttr>("onnx.model");
  return model ? model.getFields() : ArrayRef<NamedAttribute>();
}

static MessageAttr functionOf(NamedAttribute field) {
  return field.getName() == "functions" ? dyn_cast<MessageAttr>(field.getValue()) : MessageAttr();
}

Inliner::Inliner(ModuleOp module) : module(module), imports(module) {
  for (NamedAttribute field : modelFields(module))
    if (MessageAttr function = functionOf(field)) {
      functions.try_emplace(functionKey(function), function);
      domains.insert(plainDomain(function.getString("domain")));
    }
}

/// A node of a body, of the opset that its function imports, as one of the model's opset.
LogicalResult Inliner::moveToModel(NodeOp &node, const OpsetImports &own) {
  StringRef domain = plainDomain(node.getDomain().value_or(""));
  if (functions.contains(calledFunction(node)) || !own.imports(domain))
    return success();
  int64_t from = own.version(domain);
  if (!imports.imports(domain))
    imports.set(domain, from);
  int64_t to = imports.version(domain);
  const Schema *schema = findSchema(node.getContext(), domain, node.getOpType(), to);
  if (from == to || findSchema(node.getContext(), domain, node.getOpType(), from) == schema)
    return success();
  NodeForm form(node.getContext());
  OpBuilder builder(node);
  Refusal why = readNode(node, form);
  if (why.empty())
    why = from < to ? raiseOpset(form, from, to, builder) : lowerOpset(form, from, to);
  if (!why.empty())
    return node.emitError() << "'" << node.getOpType() << "' of a function at opset " << from
                            << " cannot be brought to opset " << to << " of the model: " << why.reason;
  NodeOp moved =
      writeNode(form, schema, NodeImage::of(node), node.getGraphs(), node.getLoc(), builder);
  SmallVector<Value> results(moved.getResults());
  if (form.behind && (results = form.behind(moved, builder)).empty())
    return node.emitError() << "'" << node.getOpType() << "' of a function at opset " << from
                            << " is no single operation at opset " << to << " of the model";
  for (auto [result, value] : llvm::zip(node.getResults(), results))
    result.replaceAllUsesWith(value);
  node.erase();
  node = moved;
  return success();
}

LogicalResult Inliner::inlineCall(NodeOp call, MessageAttr function, unsigned depth) {
  if (depth > deepestCall)
    return call.emitError() << "function '" << call.getOpType() << "' is called more than "
                            << deepestCall << " deep: functions must not call themselves";
  SmallVector<NodeOp> body;
  auto values = buildBody(function, call, body);
  if (failed(values))
    return failure();
  if ((count += body.size()) > mostNodes)
    return call.emitError() << "the functions of the model have more than " << mostNodes
                            << " nodes where they are called";
  for (auto [result, value] : llvm::zip_equal(call.getResults(), *values))
    if (value)
      result.replaceAllUsesWith(value);
  call.erase();
  OpsetImports own(function);
  for (NodeOp &node : body)
    if (failed(moveToModel(node, own)))
      return failure();
  return inlineCalls(body, depth + 1);
}

LogicalResult Inliner::inlineCalls(ArrayRef<NodeOp> nodes, unsigned depth) {
  for (NodeOp node : nodes)
    if (MessageAttr function = functions.lookup(calledFunction(node)))
      if (failed(inlineCall(node, function, depth)))
        return failure();
  return success();
}

/// Without its functions, a domain that nobody knows and no node names is no import of the model.
void Inliner::dropFunctions() {
  module.walk([&](NodeOp node) { domains.erase(plainDomain(node.getDomain().value_or(""))); });
  SmallVector<NamedAttribute> fields;
  for (NamedAttribute field : modelFields(module)) {
    auto entry = dyn_cast<MessageAttr>(field.getValue());
    StringRef domain = entry ? plainDomain(entry.getString("domain")) : "";
    bool isStale = entry && field.getName() == "opset_import" && domains.contains(domain) &&
                   !canonicalOpset(module.getContext(), domain);
    if (!functionOf(field) && !isStale)
      fields.push_back(field);
  }
  module->setAttr("onnx.model", MessageAttr::get(module.getContext(), fields));
}

LogicalResult Inliner::run() {
  SmallVector<NodeOp> nodes;
  module.walk([&](NodeOp node) { nodes.push_back(node); });
  if (failed(inlineCalls(nodes, 0)))
    return failure();
  imports.write(module);
  dropFunctions();
  return success();
}

namespace {
struct InlineFunctionsPass : retort::impl::InlineFunctionsPassBase<InlineFunctionsPass> {
  void runOnOperation() override {
    Inliner inliner(getOperation());
    if (inliner.hasFunctions() && failed(inliner.run()))
      signalPassFailure();
  }
};
} // namespace
