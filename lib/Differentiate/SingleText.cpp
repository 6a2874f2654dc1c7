// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The graph of a language model for one text of a fixed length.
//
//   @main(%ids: BxT, %mask, %past) { %w = onnx.initializer ... }   ->   @main(%ids: 1x64, %w)
//
// 1. Mask and positions follow from the tokens (lib/DecodeStep/TextGraph); caches are empty.
// 2. Parameters become arguments before anything folds: what is trained is no constant.
// 3. What is f16 or bf16 is computed in f32, parameters included.
// 4. With the number of tokens known, all shapes are.
#include "lib/Differentiate/SingleText.h"
#include "lib/DecodeStep/TextGraph.h"
#include "lib/Differentiate/TrainedWeights.h"
#include "lib/Differentiate/UnknownSize.h"
#include "lib/Differentiate/WideFloats.h"
#include "lib/Simplify/Passes.h"

#include "dialects/Onnx/Build.h"
#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/Evaluate/Cone.h"
#include "dialects/Onnx/Onnx.h"

#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace retort;

/// Stands on parameters while a graph is copied.
static constexpr StringRef mark = "retort.parameter_number";

namespace {
/// Numbers parameters, as long as it lives.
class Marks {
public:
  explicit Marks(ArrayRef<Operation *> parameters) : parameters(parameters) {
    for (auto [number, op] : llvm::enumerate(parameters))
      op->setDiscardableAttr(mark,
                             IntegerAttr::get(IntegerType::get(op->getContext(), 64), number));
  }
  ~Marks() {
    for (Operation *op : parameters)
      op->removeDiscardableAttr(mark);
  }

private:
  ArrayRef<Operation *> parameters;
};
} // namespace

/// No rows before the text; heads and width are those of its keys and values, where the graph
/// leaves them open.
static void emptyCaches(TextGraph &text) {
  OpBuilder builder = OpBuilder::atBlockBegin(&text.function.getBody().front());
  for (GraphCache &cache : text.caches) {
    auto type = cast<RankedTensorType>(cache.past.getType());
    auto rows = cast<RankedTensorType>(
        (cache.holdsKeys ? cache.attention.getKey() : cache.attention.getValue()).getType());
    SmallVector<int64_t> shape(type.getShape());
    for (auto [axis, size] : llvm::enumerate(shape))
      if (ShapedType::isDynamic(size)) {
        bool isGiven = shape.size() == 4 && axis != 2 && !rows.isDynamicDim(axis);
        size = isGiven ? rows.getDimSize(axis) : axis == 0 && shape.size() == 4 ? 1 : 0;
      }
    auto none = DenseElementsAttr::get(type.clone(shape), ArrayRef<Attribute>());
    cache.past.replaceAllUsesWith(
        makeConstantOp(builder, cache.past.getLoc(), cast<ElementsAttr>(none)));
  }
}

/// Tokens, in i64, then the constants that are marked, in the order of their numbers.
static LogicalResult makeArguments(TextGraph &text, int64_t context,
                                   ArrayRef<Operation *> parameters, Refusal &refusal) {
  func::FuncOp function = text.function;
  auto tokens = cast<RankedTensorType>(text.tokens.getType());
  text.tokens.setType(tokens.clone({1, context}, IntegerType::get(function.getContext(), 64)));
  if (!tokens.getElementType().isInteger(64)) {
    OpBuilder builder = OpBuilder::atBlockBegin(&function.getBody().front());
    Value narrow =
        OnnxBuilder(builder, function.getLoc()).cast(text.tokens, tokens.getElementType());
    text.tokens.replaceAllUsesExcept(narrow, narrow.getDefiningOp());
  }
  SmallVector<Operation *> found(parameters.size());
  function.walk([&](Operation *op) {
    if (auto number = op->getAttrOfType<IntegerAttr>(mark))
      found[number.getInt()] = op;
  });
  for (auto [place, op] : llvm::enumerate(found)) {
    if (!op)
      return refusal.because(parameters[place], "is trained, and the logits do not follow from it");
    unsigned last = function.getNumArguments();
    (void)function.insertArgument(last, op->getResult(0).getType(), {}, op->getLoc());
    op->getResult(0).replaceAllUsesWith(function.getArgument(last));
  }
  writeOutTrainedWeights(function);
  // Caches, and what they were parts of.
  llvm::BitVector unused(function.getNumArguments());
  unused.set(0, unsigned(function.getNumArguments() - parameters.size()));
  unused.reset(text.tokens.getArgNumber());
  for (BlockArgument argument : function.getArguments())
    if (unused.test(argument.getArgNumber()) && !argument.use_empty())
      return refusal.because(function, "input " + llvm::Twine(argument.getArgNumber()) +
                                           " holds what a single text does not give");
  (void)function.eraseArguments(unused);
  function.removeArgAttr(0, "onnx.dims");
  return success();
}

/// What an assumption says of a text without a past: rows are written from 0 on.
static bool holds(const CacheAssumption &assumption, Value value) {
  FailureOr<onnx::Tensor> known = onnx::evaluateCone(value, DenseMap<Value, onnx::Tensor>());
  if (failed(known) || known->isFloat())
    return false;
  bool isPlace = assumption.kind == CacheAssumption::Places;
  int64_t inner = 1;
  for (int64_t axis = assumption.axis + 1; isPlace && axis < known->rank(); ++axis)
    inner *= known->dim(axis);
  for (int64_t i = 0; i < known->size(); ++i) {
    bool isOpen = assumption.kind == CacheAssumption::Padding && i == 6;
    int64_t expected = isPlace ? i / inner % known->dim(assumption.axis) : 0;
    if (!isOpen && known->integer(i) != expected)
      return false;
  }
  return true;
}

static LogicalResult checkAssumptions(TextGraph &text, Refusal &refusal) {
  for (auto [assumption, value] :
       llvm::zip_equal(text.forms.assumptions, text.end().getOperands().drop_front()))
    if (!holds(assumption, value))
      return refusal.because(text.function, "a cache is not written from its first row on");
  text.end()->setOperands(text.logits());
  return success();
}

/// Of one text: TxV, in f32.
static LogicalResult returnRows(func::FuncOp function, Refusal &refusal) {
  Operation *end = function.getBody().front().getTerminator();
  Value logits = end->getOperand(0);
  auto type = dyn_cast<RankedTensorType>(logits.getType());
  int64_t rows = cast<RankedTensorType>(function.getArgumentTypes()[0]).getDimSize(1);
  if (Operation *source = sourceOfUnknownSize(logits))
    return refuseUnknownSize(source, refusal);
  if (!type || !type.hasStaticShape() || type.getRank() < 2 || type.getNumElements() == 0 ||
      type.getNumElements() != rows * type.getShape().back())
    return refusal.because(function, "expects logits of every token, " + llvm::Twine(rows) +
                                         " rows of known width");
  OpBuilder builder(end);
  OnnxBuilder build(builder, logits.getLoc());
  Value flat = type.getRank() == 2 ? logits : build.reshape(logits, {rows, type.getShape().back()});
  flat = build.cast(flat, builder.getF32Type());
  end->setOperands(flat);
  function.setType(builder.getFunctionType(function.getArgumentTypes(), flat.getType()));
  function.setResAttrsAttr({});
  return success();
}

FailureOr<OwningOpRef<ModuleOp>> retort::readSingleText(func::FuncOp graph, int64_t context,
                                                        ArrayRef<Operation *> parameters,
                                                        Refusal &refusal) {
  Marks marks(parameters);
  FailureOr<TextGraph> text = specializeToText(graph, "single_text", context, refusal);
  if (failed(text))
    return failure();
  OwningOpRef<ModuleOp> module = ModuleOp::create(graph.getLoc());
  auto source = graph->getParentOfType<ModuleOp>();
  (*module)->setDiscardableAttrs(source->getDiscardableAttrDictionary());
  text->function->remove();
  module->push_back(text->function);
  text->function.setName("main");
  text->function->removeDiscardableAttr("onnx.name");
  emptyCaches(*text);
  if (failed(makeArguments(*text, context, parameters, refusal)))
    return failure();
  computeInF32(text->function);
  PassManager simplify(graph.getContext());
  simplify.addPass(createSimplifyPass());
  if (failed(simplify.run(*module))) {
    (void)refusal.because(graph, "its sizes contradict each other for texts of " +
                                     llvm::Twine(context) + " tokens");
    return failure();
  }
  if (failed(checkAssumptions(*text, refusal)) || failed(returnRows(text->function, refusal)))
    return failure();
  return module;
}

LogicalResult retort::returnResults(ModuleOp module, ArrayRef<Value> results, Refusal &refusal) {
  auto function = module.lookupSymbol<func::FuncOp>("main");
  Operation *end = function.getBody().front().getTerminator();
  end->setOperands(results);
  function.setType(
      FunctionType::get(module.getContext(), function.getArgumentTypes(), end->getOperandTypes()));
  PassManager simplify(module.getContext());
  simplify.addPass(createSimplifyPass());
  if (succeeded(simplify.run(module)))
    return success();
  return refusal.because(function, "its gradient does not hold together");
}
