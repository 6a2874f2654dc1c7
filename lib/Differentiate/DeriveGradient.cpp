// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Adds a loss and its gradient to a module.
//   @main(ids: BxT) -> logits   ->   @main ... @loss(tokens, weights, w) @gradient(tokens, weights,
//   w)
#include "lib/Differentiate/DeriveGradient.h"
#include "lib/Differentiate/HeadLoss.h"
#include "lib/Differentiate/LearnedConstants.h"
#include "lib/Differentiate/Reverse.h"
#include "lib/Differentiate/SingleText.h"

#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"
#include "dialects/Retort/Backward.h"
#include "dialects/Retort/Names.h"
#include "dialects/Retort/Retort.h"

#include "llvm/Support/Regex.h"

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

/// Arguments of the loss stand behind the tokens.
static LossInputs addInputs(func::FuncOp function, const LossOptions &options) {
  Operation *end = function.getBody().front().getTerminator();
  Value logits = end->getOperand(0);
  auto type = cast<RankedTensorType>(logits.getType());
  OpBuilder builder(end);
  OnnxBuilder build(builder, logits.getLoc());
  auto weights = RankedTensorType::get({type.getDimSize(0)}, builder.getF32Type());
  auto name = [&](StringRef text) {
    return builder.getDictionaryAttr(
        builder.getNamedAttr("onnx.name", builder.getStringAttr(text)));
  };
  (void)function.insertArgument(1, weights, name("weights"), function.getLoc());
  Value teacher;
  if (options.readsTeacher()) {
    (void)function.insertArgument(2, type, name("teacher"), function.getLoc());
    teacher = function.getArgument(2);
  }
  Value tokens = build.cast(function.getArgument(0), builder.getI64Type());
  return {logits, teacher, labelsOf(build, tokens), function.getArgument(1)};
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
  LossInputs inputs = addInputs(function, spec.loss);
  Recomputation recomputation = spec.wantsGradient ? addUnit(function, spec) : Recomputation();
  auto built = headLoss(function, spec, inputs, refusal);
  if (failed(built))
    return failure();
  OpBuilder builder(function.getBody().front().getTerminator());
  OnnxBuilder build(builder, inputs.logits.getLoc());
  SmallVector<Value> results{built->loss};
  if (spec.wantsGradient) {
    SmallVector<Value> parameters(function.getArguments().take_back(spec.parameters.size()));
    auto gradients = addGradients(built->seen, parameters, refusal, recomputation, built->gradient);
    if (failed(gradients))
      return failure();
    for (auto [gradient, further] : llvm::zip(*gradients, built->further))
      if (further)
        gradient = build.add(gradient, further);
    llvm::append_range(results, *gradients);
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
  auto module = deriveGradient(graph, spec, refusal);
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
