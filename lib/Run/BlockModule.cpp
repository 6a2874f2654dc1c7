// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One block of a graph as a module of its own.
//
//   %y = layer(%x); %z = layer(%y)   ->   func.func @main(%x, %w) -> (%y, what %w is multiplied
//   with)
#include "lib/Run/BlockModule.h"
#include "lib/Analysis/GraphCuts.h"
#include "lib/Simplify/Passes.h"

#include "dialects/Onnx/Onnx.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace retort;

namespace {
class BlockBuilder {
public:
  BlockBuilder(func::FuncOp graph, const GraphBlock &range)
      : graph(graph), range(range), builder(graph.getContext()) {}
  BlockModule build();

private:
  void collect();
  void addArguments();
  Value withInputsLast(ObservedValue observed);

  func::FuncOp graph;
  const GraphBlock &range;
  OpBuilder builder;
  BlockModule result;
  func::FuncOp function;
  IRMapping map;
  llvm::DenseSet<Operation *> wanted; ///< by the end and by what is observed
};
} // namespace

/// Backwards, as far as the beginning, the inputs and the constants that are arguments.
void BlockBuilder::collect() {
  llvm::SetVector<unsigned> inputs;
  llvm::SetVector<Operation *> constants;
  SmallVector<Value> open{range.end};
  for (auto [value, axis] : range.observed)
    open.push_back(value);
  while (!open.empty()) {
    Value value = open.pop_back_val();
    if (value == range.begin) {
      result.readsBegin = true;
      continue;
    }
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      inputs.insert(argument.getArgNumber());
      continue;
    }
    Operation *op = value.getDefiningOp();
    if (llvm::is_contained(range.arguments, op)) {
      constants.insert(op);
      continue;
    }
    if (wanted.insert(op).second)
      llvm::append_range(open, valuesReadBy(op));
  }
  result.inputs = llvm::to_vector(inputs);
  llvm::sort(result.inputs);
  // In the order of the graph, which blocks of one structure share.
  for (Operation &op : graph.getBody().front())
    if (constants.contains(&op))
      result.constants.push_back(&op);
}

void BlockBuilder::addArguments() {
  auto add = [&](Value value, DictionaryAttr attributes) {
    unsigned place = function.getNumArguments();
    if (attributes)
      for (StringRef name : {"onnx.dims", "onnx.name"})
        attributes = [&] {
          NamedAttrList list(attributes);
          list.erase(name);
          return list.getDictionary(builder.getContext());
        }();
    (void)function.insertArgument(place, value.getType(), attributes, value.getLoc());
    map.map(value, function.getArgument(place));
  };
  if (result.readsBegin)
    add(range.begin, {});
  for (unsigned input : result.inputs)
    add(graph.getArgument(input), graph.getArgAttrDict(input));
  for (Operation *constant : result.constants)
    add(constant->getResult(0), {});
}

Value BlockBuilder::withInputsLast(ObservedValue observed) {
  Value value = map.lookupOrDefault(observed.first);
  auto type = cast<RankedTensorType>(value.getType());
  if (observed.second == type.getRank() - 1)
    return value;
  SmallVector<int64_t> order, shape;
  for (int64_t axis = 0; axis < type.getRank(); ++axis)
    if (axis != observed.second)
      order.push_back(axis);
  order.push_back(observed.second);
  for (int64_t axis : order)
    shape.push_back(type.getDimSize(axis));
  return onnx::TransposeOp::create(builder, value.getLoc(), type.clone(shape), value,
                                   builder.getDenseI64ArrayAttr(order));
}

BlockModule BlockBuilder::build() {
  collect();
  auto source = graph->getParentOfType<ModuleOp>();
  result.module = ModuleOp::create(graph.getLoc());
  (*result.module)->setDiscardableAttrs(source->getDiscardableAttrDictionary());
  builder.setInsertionPointToEnd(result.module->getBody());
  function = func::FuncOp::create(builder, graph.getLoc(), "main", builder.getFunctionType({}, {}));
  Block *body = function.addEntryBlock();
  addArguments();
  builder.setInsertionPointToEnd(body);
  for (Operation &op : graph.getBody().front())
    if (wanted.contains(&op))
      builder.clone(op, map);
  SmallVector<Value> outputs{map.lookup(range.end)};
  for (ObservedValue observed : range.observed)
    outputs.push_back(withInputsLast(observed));
  func::ReturnOp::create(builder, graph.getLoc(), outputs);
  SmallVector<Type> inputs(body->getArgumentTypes()), types;
  for (Value output : outputs)
    types.push_back(output.getType());
  function.setType(builder.getFunctionType(inputs, types));
  return std::move(result);
}

BlockModule BlockModule::of(func::FuncOp graph, const GraphBlock &range) {
  return BlockBuilder(graph, range).build();
}

std::string BlockModule::structure() const {
  OwningOpRef<ModuleOp> copy = ModuleOp(*module).clone();
  StringAttr none = StringAttr::get(copy->getContext(), "");
  copy->walk([&](Operation *op) {
    for (StringRef name : {"onnx.name", "onnx.outputs", "onnx.sources"})
      op->removeDiscardableAttr(name);
    if (auto constant = dyn_cast<onnx::InitializerOp>(op))
      constant.setNameAttr(none);
  });
  std::string text;
  llvm::raw_string_ostream stream(text);
  copy->print(stream, OpPrintingFlags().enableDebugInfo(false).elideLargeResourceString(0));
  return text;
}

FailureOr<OwningOpRef<ModuleOp>>
retort::withInputShapes(func::FuncOp graph, ArrayRef<std::optional<std::vector<int64_t>>> shapes) {
  auto source = graph->getParentOfType<ModuleOp>();
  OwningOpRef<ModuleOp> module = ModuleOp::create(source.getLoc());
  (*module)->setDiscardableAttrs(source->getDiscardableAttrDictionary());
  auto function = cast<func::FuncOp>(graph->clone());
  module->push_back(function);
  SmallVector<Type> types(function.getArgumentTypes());
  for (auto [place, type] : llvm::enumerate(types)) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!shapes[place] || !tensor || tensor.getRank() != int64_t(shapes[place]->size()))
      continue;
    type = RankedTensorType::get(*shapes[place], tensor.getElementType());
    function.getArgument(place).setType(type);
    function.removeArgAttr(place, "onnx.dims");
  }
  function.setType(FunctionType::get(graph.getContext(), types, function.getResultTypes()));
  PassManager pm(graph.getContext());
  pm.addPass(createSimplifyPass());
  if (failed(pm.run(*module)))
    return failure();
  return module;
}
