// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Trains two thin factors beside weights that stay.
//
//   %y = onnx.MatMul(%x, %w)
//   ==> compress-tune-lora{rank=8 merge=keep data=stories.tokens}
//   %0 = onnx.MatMul(%x, %w)
//   %1 = onnx.MatMul(onnx.MatMul(%x, %a), %b)
//   %y = onnx.Add(%0, %1)
#include "lib/Compress/TuneLora/LoraWeights.h"
#include "lib/Train/TrainingPass.h"
#include "lib/Train/TrainingRates.h"
#include "lib/Train/TuneConstants.h"
#include "lib/Weights/Remark.h"

#include "dialects/Compress/Compress.h"
#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Weights.h"
#include "dialects/Retort/Retort.h"

#include "mlir/Pass/Pass.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_TUNELORAPASS
#include "lib/Compress/TuneLora/TuneLora.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
struct TuneLoraPass : TrainingPass<retort::impl::TuneLoraPassBase<TuneLoraPass>> {
  using TrainingPass::TrainingPass;

  LogicalResult checkOptions();
  FailureOr<SmallVector<Operation *>> others();
  FailureOr<FactorMerge> mergeOf(const LinearWeight &weight);
  FailureOr<std::vector<LoraWeight>> select();
  void addTo(Student &student, const IRMapping &map, std::vector<LoraWeight> &weights,
             ArrayRef<Operation *> others, int64_t seed);
  FailureOr<bool> pays(std::vector<LoraWeight> &weights, ArrayRef<Operation *> others,
                       const TrainingResult &result, const TrainingOptions &options);
  void mergeEach(std::vector<LoraWeight> &weights, const TrainingResult &result);
  LogicalResult tune(TrainingOptions options);
  void runOnOperation() override;
};
} // namespace

LogicalResult TuneLoraPass::checkOptions() {
  ModuleOp module = getOperation();
  if (rank < 1)
    return module.emitError() << "expects 'rank' of 1 or more, found " << int64_t(rank);
  if (!(alpha >= 0))
    return module.emitError() << "expects 'alpha' of 0 or more, found " << shortNumber(alpha);
  if (!llvm::is_contained({"keep", "fold", "requantize", "zero-points", "auto"}, merge.getValue()))
    return module.emitError() << "expects 'merge' to be keep, fold, requantize, zero-points or "
                                 "auto, found '"
                              << merge << "'";
  return success();
}

/// What is trained beside the factors.
FailureOr<SmallVector<Operation *>> TuneLoraPass::others() {
  SmallVector<StringRef> names;
  StringRef(parameters).split(names, ',');
  for (StringRef &name : names)
    name = name.trim();
  if (!llvm::is_contained(names, "lora"))
    return getOperation().emitError()
           << "'" << getArgument() << "' expects lora among 'parameters', found '" << parameters
           << "'";
  llvm::erase(names, "lora");
  if (names.empty())
    return SmallVector<Operation *>();
  return constantsToTune(getOperation(), getArgument(), llvm::join(names, ","));
}

FailureOr<FactorMerge> TuneLoraPass::mergeOf(const LinearWeight &weight) {
  FactorMerge wanted = llvm::StringSwitch<FactorMerge>(merge)
                           .Case("fold", FactorMerge::Fold)
                           .Case("requantize", FactorMerge::Requantize)
                           .Case("zero-points", FactorMerge::ZeroPoints)
                           .Default(FactorMerge::Keep);
  if (merge == "auto")
    return whyNotMerged(weight, FactorMerge::Fold).empty() ? FactorMerge::Fold : FactorMerge::Keep;
  std::string why = whyNotMerged(weight, wanted);
  if (!why.empty())
    return weight.emitError() << "cannot take factors by merge=" << merge << ": it " << why;
  return wanted;
}

FailureOr<std::vector<LoraWeight>> TuneLoraPass::select() {
  auto selected = selectLinearWeights(getOperation(), getArgument(), include, exclude);
  if (failed(selected))
    return failure();
  double part = (alpha > 0 ? double(alpha) : 2.0 * double(rank)) / double(rank);
  std::vector<LoraWeight> weights;
  for (LinearWeight &weight : *selected) {
    std::string why;
    auto shape = productsOf(weight.op->getResult(0), why);
    if (!shape) {
      weightMissed(weight.loc(), getArgument(), weight.name()) << remark::reason("{0}", why);
      continue;
    }
    auto how = mergeOf(weight);
    if (failed(how))
      return failure();
    int64_t group = *how == FactorMerge::ZeroPoints ? zeroGroupOf(weight, *shape) : 1;
    weights.push_back({weight, *shape, *how, rank, group, part});
  }
  if (weights.empty())
    return getOperation().emitError()
           << "'" << getArgument() << "' finds no product that factors can stand beside, among "
           << "those of " << selected->size() << " selected weights";
  return weights;
}

void TuneLoraPass::addTo(Student &student, const IRMapping &map, std::vector<LoraWeight> &weights,
                         ArrayRef<Operation *> others, int64_t seed) {
  for (LoraWeight &each : weights)
    addFactors(student, map, each, seed);
  size_t first = student.constants.size();
  trainConstants(student, map, others);
  double share = rateOfWeights(getOperation()) / rateOfFactors(getOperation());
  for (TrainedConstant &constant : MutableArrayRef(student.constants).drop_front(first))
    constant.rate = share;
}

static void storeOthers(ArrayRef<Operation *> others, const TrainingResult &result) {
  size_t first = result.values.size() - others.size();
  for (auto [i, op] : llvm::enumerate(others))
    setNumbers(op, result.values[first + i]);
}

/// Whether a model whose weights are rounded again is better than the untrained one.
FailureOr<bool> TuneLoraPass::pays(std::vector<LoraWeight> &weights, ArrayRef<Operation *> others,
                                   const TrainingResult &result, const TrainingOptions &options) {
  IRMapping map;
  OwningOpRef<ModuleOp> copy = cast<ModuleOp>(getOperation()->clone(map));
  for (LoraWeight &each : weights) {
    LinearWeight weight = each.weight.inCopy(inStudent(map, each.weight.op));
    mergeFactors(weight, each.shape, each.factors(result), each.merge);
  }
  SmallVector<Operation *> copies;
  for (Operation *op : others)
    copies.push_back(inStudent(map, op));
  storeOthers(copies, result);
  FailureOr<double> loss = heldOutLoss(*copy, getArgument(), options);
  if (failed(loss))
    return failure();
  auto said = remark::RemarkOpts::name(getArgument()).category("compress");
  bool isBetter = *loss < result.before;
  auto remark = isBetter ? remark::passed(getOperation().getLoc(), said)
                         : remark::missed(getOperation().getLoc(), said);
  if (!isBetter)
    remark << remark::reason("rounded again, the trained model is no better than the untrained "
                             "one: merge=keep leaves the factors beside the weights");
  remark << remark::metric("held_out_trained", result.best)
         << remark::metric("held_out_requantized", *loss);
  return isBetter;
}

static StringRef wordOf(FactorMerge merge) {
  switch (merge) {
  case FactorMerge::Keep:
    return "keep";
  case FactorMerge::Fold:
    return "fold";
  case FactorMerge::Requantize:
    return "requantize";
  case FactorMerge::ZeroPoints:
    return "zero-points";
  }
  llvm_unreachable("a merge");
}

void TuneLoraPass::mergeEach(std::vector<LoraWeight> &weights, const TrainingResult &result) {
  for (LoraWeight &each : weights) {
    LinearWeight &weight = each.weight;
    std::vector<float> before = weight.floats(),
                       product = productOf(each.factors(result), each.shape);
    WeightChange change{weight.bytes(), 0, 0};
    change.magnitudes.emplace().add(before);
    mergeFactors(weight, each.shape, each.factors(result), each.merge);
    change.bytesAfter = weight.bytes();
    if (each.merge == FactorMerge::Keep)
      change.bytesAfter += uint64_t(each.rank) * (each.shape.inputs + each.shape.outputs) *
                           (weight.element().getWidth() / 8);
    std::vector<float> after = before;
    for (auto [number, add] : llvm::zip_equal(after, product))
      number += add;
    change.weightError =
        relativeError(before, each.merge == FactorMerge::Requantize ? weight.floats() : after);
    weightPassed(weight.loc(), getArgument(), weight.name(), change)
        << remark::metric("rank", each.rank) << remark::metric("merge", wordOf(each.merge));
  }
}

LogicalResult TuneLoraPass::tune(TrainingOptions options) {
  if (failed(checkOptions()) || !graphToTrain(getOperation(), getArgument()))
    return failure();
  auto beside = others();
  auto weights = failed(beside) ? FailureOr<std::vector<LoraWeight>>(failure()) : select();
  if (failed(weights))
    return failure();
  if (options.learningRate == 0)
    options.learningRate = rateOfFactors(getOperation());
  IRMapping map;
  Student student = studentOf(getOperation(), map);
  addTo(student, map, *weights, *beside, options.seed);
  FailureOr<TrainingResult> result =
      trainStudent(getOperation(), getArgument(), std::move(student), options);
  if (failed(result) || result->values.empty())
    return success(succeeded(result));
  if (llvm::any_of(*weights,
                   [](LoraWeight &each) { return each.merge == FactorMerge::Requantize; })) {
    FailureOr<bool> isBetter = pays(*weights, *beside, *result, options);
    if (failed(isBetter) || !*isBetter)
      return success(succeeded(isBetter));
  }
  mergeEach(*weights, *result);
  storeOthers(*beside, *result);
  return success();
}

void TuneLoraPass::runOnOperation() {
  FailureOr<TrainingOptions> training = trainingOptions();
  if (failed(training) || failed(tune(*training)))
    signalPassFailure();
}
