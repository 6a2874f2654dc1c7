// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Names of values: attributes of what computes them.
#include "dialects/Onnx/ValueNames.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Schema/TypedOp.h"

using namespace mlir;
using namespace retort;

/// Of operations that are no nodes: a name for each output, in the order of the file.
static constexpr StringLiteral outputsKey = "onnx.outputs", argumentKey = "onnx.name";

/// The results by their places among the outputs of a node; null where one is omitted.
static SmallVector<Value> outputsOf(Operation *op) {
  return onnx::schemaOf(op->getName()) ? onnx::resultSlots(op)
                                       : SmallVector<Value>(op->getResults());
}

static StringRef nameAt(ArrayAttr names, unsigned i) {
  auto name = names && i < names.size() ? dyn_cast<StringAttr>(names[i]) : StringAttr();
  return name ? name.getValue() : "";
}

static StringRef argumentName(BlockArgument argument) {
  auto function = dyn_cast_or_null<func::FuncOp>(argument.getOwner()->getParentOp());
  if (!function || !argument.getOwner()->isEntryBlock())
    return "";
  auto name = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), argumentKey);
  return name ? name.getValue() : "";
}

StringRef onnx::valueName(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return argumentName(argument);
  Operation *op = value.getDefiningOp();
  if (auto constant = dyn_cast<InitializerOp>(op))
    return constant.getName();
  if (auto constant = dyn_cast<SparseInitializerOp>(op))
    return constant.getName();
  if (auto node = dyn_cast<NodeOp>(op))
    return nameAt(node.getOutputs(), cast<OpResult>(value).getResultNumber());
  auto names = op->getAttrOfType<ArrayAttr>(outputsKey);
  if (!names)
    return "";
  SmallVector<Value> outputs = outputsOf(op);
  return nameAt(names, llvm::find(outputs, value) - outputs.begin());
}

void onnx::setValueName(Value value, StringRef name) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return;
  Builder builder(op->getContext());
  if (auto constant = dyn_cast<InitializerOp>(op))
    return constant.setName(name);
  if (isa<SparseInitializerOp>(op))
    return;
  SmallVector<Value> outputs = outputsOf(op);
  while (!outputs.empty() && !outputs.back())
    outputs.pop_back();
  auto node = dyn_cast<NodeOp>(op);
  auto old = node ? node.getOutputs() : op->getAttrOfType<ArrayAttr>(outputsKey);
  SmallVector<Attribute> names;
  for (unsigned i = 0; i < std::max<size_t>(outputs.size(), old ? old.size() : 0); ++i)
    names.push_back(
        builder.getStringAttr(i < outputs.size() && outputs[i] == value ? name : nameAt(old, i)));
  if (node)
    node.setOutputsAttr(builder.getArrayAttr(names));
  else
    op->setDiscardableAttr(outputsKey, builder.getArrayAttr(names));
}

void onnx::inheritName(Value from, Value by) {
  if (StringRef name = valueName(from); !name.empty() && valueName(by).empty())
    setValueName(by, name);
}

void onnx::replaceValue(RewriterBase &rewriter, Value from, Value by) {
  inheritName(from, by);
  rewriter.replaceAllUsesWith(from, by);
}
