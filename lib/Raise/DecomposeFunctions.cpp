// Replaces nodes that ONNX defines by other operations.
//   %y = onnx.node "QLinearMatMul"(%a, %sa, %za, %b, %sb, %zb, %sy, %zy) to ["y"]
//   ==>
//   %0 = onnx.DequantizeLinear(%a, %sa, %za) {axis = -2 : i64}
//   %1 = onnx.DequantizeLinear(%b, %sb, %zb) {axis = -1 : i64}
//   %2 = onnx.MatMul(%0, %1)
//   %y = onnx.QuantizeLinear(%2, %sy, %zy)
#include "lib/Raise/FunctionBody.h"
#include "lib/Raise/FunctionLibrary.h"
#include "lib/Raise/NodeImage.h"
#include "lib/Raise/RaiseNode.h"
#include "lib/Raise/TypedForm.h"

#include "dialects/Onnx/Schema/TypedOp.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_DECOMPOSEFUNCTIONSPASS
#include "lib/Raise/DecomposeFunctions.h.inc"
#define GEN_PASS_DECL
#include "lib/Simplify/Simplify.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

/// Bodies are written at the canonical opset or below it.
static constexpr int64_t anyOpset = INT64_MAX;

/// The node at the canonical opset, where it is a function that has a body for it; else null.
static NodeOp canonicalCall(NodeOp node, const OpsetImports &imports, MessageAttr &function) {
  OpBuilder builder(node);
  NodeForm form;
  StringRef domain = plainDomain(node.getDomain().value_or(""));
  const Schema *schema = nullptr;
  if (canonicalOpset(domain)) {
    if (!readCanonical(node, imports, form, builder).empty())
      return {};
    schema = findSchema(form.domain, form.name, *canonicalOpset(domain));
  } else if (!readNode(node, form).empty()) { // what only bodies call
    return {};
  }
  function = findFunction(form, anyOpset);
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
  function = findFunction(form, anyOpset);
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

static LogicalResult decompose(ArrayRef<NodeOp> nodes, const OpsetImports &imports);

/// The body in the place of the call.
static LogicalResult expand(NodeOp call, MessageAttr function) {
  SmallVector<NodeOp> body, rest;
  auto values = buildBody(function, call, body);
  if (failed(values))
    return failure();
  for (auto [result, value] : llvm::zip_equal(call.getResults(), *values))
    if (value)
      result.replaceAllUsesWith(value);
  call.erase();
  OpsetImports own(function);
  llvm::copy_if(body, std::back_inserter(rest), [&](NodeOp each) { return !raiseNode(each, own); });
  return decompose(rest, own);
}

static LogicalResult decompose(ArrayRef<NodeOp> nodes, const OpsetImports &imports) {
  for (NodeOp node : nodes) {
    MessageAttr function;
    NodeOp call = canonicalCall(node, imports, function);
    if (call && failed(expand(call, function)))
      return failure();
  }
  return success();
}

namespace {
struct DecomposeFunctionsPass : retort::impl::DecomposeFunctionsPassBase<DecomposeFunctionsPass> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<NodeOp> nodes;
    SmallVector<Operation *> typed;
    getOperation().walk([&](Operation *op) {
      if (auto node = dyn_cast<NodeOp>(op))
        nodes.push_back(node);
      else if (llvm::is_contained(operations, op->getName().getStringRef()))
        typed.push_back(op);
    });
    if (failed(decompose(nodes, OpsetImports(getOperation()))) || failed(decomposeTyped(typed)))
      signalPassFailure();
  }

  LogicalResult decomposeTyped(ArrayRef<Operation *> typed) {
    bool changed = false;
    for (Operation *op : typed) {
      MessageAttr function;
      NodeOp call = canonicalCall(op, function);
      if (call && failed(expand(call, function)))
        return failure();
      changed |= bool(call);
    }
    OpPassManager simplify(ModuleOp::getOperationName());
    simplify.addPass(createSimplifyPass());
    return changed ? runPipeline(simplify, getOperation()) : success();
  }
};
} // namespace
