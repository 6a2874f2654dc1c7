// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Adds a loss and its gradient to a module.
//   @main(ids: BxT) -> logits   ->   @main ... @loss(tokens, weights, w) @gradient(tokens, weights,
//   w)
#include "lib/Differentiate/DeriveGradient.h"
#include "lib/Differentiate/HeadLoss.h"
#include "lib/Differentiate/HiddenStates.h"
#include "lib/Differentiate/LearnedConstants.h"
#include "lib/Differentiate/Reverse.h"
#include "lib/Differentiate/SingleText.h"
#include "lib/Weights/Remark.h"

#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"
#include "dialects/Retort/Backward.h"
#include "dialects/Retort/Names.h"
#include "dialects/Retort/Retort.h"

#include "llvm/Support/Regex.h"

#include <cmath>

namespace retort {
#define GEN_PASS_DECL
#include "lib/Differentiate/DeriveGradient.h.inc"
#define GEN_PASS_DEF_DERIVEGRADIENTPASS
#include "lib/Differentiate/DeriveGradient.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

FailureOr<OwningOpRef<ModuleOp>> retort::deriveLogits(func::FuncOp graph, int64_t context,
                                                      Refusal &refusal) {
  return readSingleText(graph, context, {}, refusal);
}

LogicalResult retort::returnHiddenStates(ModuleOp text, ArrayRef<Value> states, bool keepsLogits,
                                         Refusal &refusal) {
  Operation *end = text.lookupSymbol<func::FuncOp>("main").getBody().front().getTerminator();
  SmallVector<Value> results;
  if (keepsLogits)
    results.push_back(end->getOperand(0));
  int64_t rows = shapeOf(end->getOperand(0))[0];
  OpBuilder builder(end);
  for (Value state : states)
    results.push_back(
        OnnxBuilder(builder, state.getLoc()).reshape(state, {rows, shapeOf(state).back()}));
  return returnResults(text, results, refusal);
}

namespace {
/// Adds arguments behind the tokens, one after the other.
class ArgumentsOfLoss {
public:
  explicit ArgumentsOfLoss(func::FuncOp function) : function(function), builder(function) {}

  Value add(StringRef name, ArrayRef<int64_t> shape) {
    auto attributes =
        builder.getDictionaryAttr(builder.getNamedAttr("onnx.name", builder.getStringAttr(name)));
    (void)function.insertArgument(place, RankedTensorType::get(shape, builder.getF32Type()),
                                  attributes, function.getLoc());
    return function.getArgument(place++);
  }

private:
  func::FuncOp function;
  OpBuilder builder;
  unsigned place = 1;
};
} // namespace

static SmallVector<HeldState> addStates(func::FuncOp function, const GradientSpec &spec,
                                        int64_t rows, ArgumentsOfLoss &arguments) {
  SmallVector<HeldState> held;
  if (spec.hidden.empty())
    return held;
  SmallVector<Value> states = hiddenStates(function);
  for (auto [number, target] : llvm::enumerate(spec.hidden))
    held.push_back({states[target.place],
                    arguments.add("hidden_" + std::to_string(number), {rows, target.width}),
                    {}});
  for (auto [number, state] : llvm::enumerate(held)) {
    int64_t width = shapeOf(state.own).back(), other = shapeOf(state.teacher).back();
    if (width != other)
      state.map = arguments.add("map_" + std::to_string(number), {width, other});
  }
  return held;
}

/// Arguments of the loss stand behind the tokens.
static LossInputs addInputs(func::FuncOp function, const GradientSpec &spec) {
  Operation *end = function.getBody().front().getTerminator();
  Value logits = end->getOperand(0);
  ArrayRef<int64_t> shape = shapeOf(logits);
  OpBuilder builder(end);
  OnnxBuilder build(builder, logits.getLoc());
  ArgumentsOfLoss arguments(function);
  Value weights = arguments.add("weights", {shape[0]});
  Value teacher = spec.loss.readsTeacher() ? arguments.add("teacher", shape) : Value();
  SmallVector<HeldState> held = addStates(function, spec, shape[0], arguments);
  Value tokens = build.cast(function.getArgument(0), builder.getI64Type());
  return {logits, teacher, labelsOf(build, tokens), weights, std::move(held)};
}

/// In front of the parameters.
static Recomputation addUnit(func::FuncOp function, const GradientSpec &spec) {
  if (spec.mostBytes < 0)
    return {};
  Builder builder(function.getContext());
  unsigned place = function.getNumArguments() - unsigned(spec.parameters.size());
  auto name =
      builder.getDictionaryAttr(builder.getNamedAttr("onnx.name", builder.getStringAttr("unit")));
  (void)function.insertArgument(place, RankedTensorType::get({}, builder.getF32Type()), name,
                                function.getLoc());
  return {function.getArgument(place), spec.mostBytes};
}

FailureOr<OwningOpRef<ModuleOp>>
retort::deriveGradient(OwningOpRef<ModuleOp> text, const GradientSpec &spec, Refusal &refusal) {
  auto function = text->lookupSymbol<func::FuncOp>("main");
  LossInputs inputs = addInputs(function, spec);
  Recomputation recomputation = spec.wantsGradient ? addUnit(function, spec) : Recomputation();
  auto built = headLoss(function, spec, inputs, refusal);
  if (failed(built))
    return failure();
  OpBuilder builder(function.getBody().front().getTerminator());
  OnnxBuilder build(builder, inputs.logits.getLoc());
  auto hidden = hiddenLoss(build, inputs.hidden, inputs.weights, spec.hiddenFactor,
                           spec.wantsGradient, refusal);
  if (failed(hidden))
    return failure();
  SmallVector<Value> results{hidden->loss ? build.add(built->loss, hidden->loss) : built->loss};
  if (spec.wantsGradient) {
    SmallVector<Value> parameters(function.getArguments().take_back(spec.parameters.size()));
    auto gradients = addGradients(built->seen, parameters, refusal, recomputation, built->gradient,
                                  hidden->shares);
    if (failed(gradients))
      return failure();
    for (auto [gradient, further] : llvm::zip(*gradients, built->further))
      if (further)
        gradient = build.add(gradient, further);
    llvm::append_range(results, *gradients);
    llvm::append_range(results, hidden->gradientsOfMaps);
  }
  if (failed(returnResults(*text, results, refusal)))
    return failure();
  return text;
}

FailureOr<OwningOpRef<ModuleOp>>
retort::deriveGradient(func::FuncOp graph, const GradientSpec &spec, Refusal &refusal) {
  auto text = readSingleText(graph, spec.context, spec.parameters, refusal);
  if (failed(text))
    return failure();
  return deriveGradient(std::move(*text), spec, refusal);
}

namespace {
struct DeriveGradientPass : retort::impl::DeriveGradientPassBase<DeriveGradientPass> {
  using Base::Base;
  void runOnOperation() override;

private:
  LogicalResult add(func::FuncOp graph, GradientSpec spec, StringRef name);
  int64_t lengthOf(ModuleOp module) const;
};
} // namespace

/// Long texts are what a user asks for.
int64_t DeriveGradientPass::lengthOf(ModuleOp module) const {
  if (context > 0)
    return context;
  auto language = module->getAttrOfType<DictionaryAttr>(names::language);
  auto trained = language ? language.getAs<IntegerAttr>("context") : IntegerAttr();
  return trained && trained.getInt() > 0 ? std::min<int64_t>(trained.getInt(), 256) : 256;
}

static SmallVector<Operation *> learnedAndNamed(func::FuncOp graph, llvm::Regex &pattern) {
  SmallVector<Operation *> found = learnedConstants(graph);
  llvm::erase_if(found,
                 [&](Operation *op) { return !pattern.match(onnx::valueName(op->getResult(0))); });
  return found;
}

LogicalResult DeriveGradientPass::add(func::FuncOp graph, GradientSpec spec, StringRef name) {
  Refusal refusal;
  auto text = readSingleText(graph, spec.context, spec.parameters, refusal);
  if (succeeded(text) && spec.hiddenFactor > 0)
    for (auto [place, state] :
         llvm::enumerate(hiddenStates((*text)->lookupSymbol<func::FuncOp>("main"))))
      spec.hidden.push_back({place, shapeOf(state).back()});
  auto module = succeeded(text) ? deriveGradient(std::move(*text), spec, refusal)
                                : FailureOr<OwningOpRef<ModuleOp>>(failure());
  if (failed(module))
    return emitError(refusal.place.value_or(graph.getLoc())) << "no gradient: " << refusal.reason;
  auto function = (*module)->lookupSymbol<func::FuncOp>("main");
  function->remove();
  function.setName(name);
  graph->getBlock()->push_back(function);
  return success();
}

void DeriveGradientPass::runOnOperation() {
  ModuleOp module = getOperation();
  auto graph = module.lookupSymbol<func::FuncOp>("main");
  auto refuse = [&](const Twine &why) {
    emitError(module.getLoc()) << getArgument() << " " << why;
    signalPassFailure();
  };
  if (!graph || graph.isExternal())
    return refuse("expects a function 'main'");
  GradientSpec spec;
  spec.context = lengthOf(module);
  spec.loss = {loss, temperature, beta, mix, topK};
  spec.mostBytes = mostBytes;
  spec.logitBytes = logitBytes;
  spec.hiddenFactor = hidden;
  if (!std::isfinite(hidden) || hidden < 0)
    return refuse("expects 'hidden' of 0 or more, found " + shortNumber(hidden));
  if (llvm::Error error = spec.loss.check())
    return refuse(llvm::toString(std::move(error)));
  std::string why;
  llvm::Regex pattern(parameters);
  if (!pattern.isValid(why))
    return refuse("expects a regular expression as 'parameters', found '" + parameters +
                  "': " + why);
  spec.parameters = learnedAndNamed(graph, pattern);
  if (spec.parameters.empty())
    return refuse("expects constants that a model learns to match '" + parameters +
                  "', found none");
  if (failed(add(graph, spec, "gradient")))
    return signalPassFailure();
  spec.wantsGradient = false;
  if (failed(add(graph, spec, "loss")))
    return signalPassFailure();
}
