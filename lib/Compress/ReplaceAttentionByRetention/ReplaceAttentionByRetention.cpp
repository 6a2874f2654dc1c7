// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Replaces the attention of some layers by retention.
//
//   %y, %k, %v = llm.attention(%q, %k0, %v0) {causal, scale = 0.35 : f32} : ...
//   ==> compress-replace-attention-by-retention{layers=0 form=plain}
//   %y, %state = llm.retention gated(%q, %k0, %v0 decay %g) {scale = 0.35 : f32} : ...
#include "lib/Compress/ReplaceAttentionByRetention/AttentionSite.h"
#include "lib/Compress/ReplaceAttentionByRetention/FitRetention.h"
#include "lib/Compress/ReplaceAttentionByRetention/SubstituteLayers.h"
#include "lib/Statistics/WeightStatistics.h"
#include "lib/Train/TrainingPass.h"
#include "lib/Weights/Remark.h"

#include "dialects/Compress/Compress.h"
#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"
#include "dialects/Onnx/Weights.h"
#include "dialects/Retort/Retort.h"

#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_REPLACEATTENTIONBYRETENTIONPASS
#include "lib/Compress/ReplaceAttentionByRetention/ReplaceAttentionByRetention.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

namespace {
struct ReplaceAttentionByRetentionPass
    : TrainingPass<
          retort::impl::ReplaceAttentionByRetentionPassBase<ReplaceAttentionByRetentionPass>> {
  using TrainingPass::TrainingPass;
  void runOnOperation() override;

private:
  LogicalResult checkOptions(size_t found);
  FailureOr<std::vector<RetentionParameters>> parameters(ArrayRef<llm::AttentionOp> attentions);
  void replace(llm::AttentionOp op, int64_t layer, const RetentionParameters &fitted);
  bool isFitted() const { return !data.empty(); }
  bool isChosen() const {
    return !candidates.empty() || stateBytes != 0 || maxKl != 0 || maxStateBytes != 0;
  }
  FailureOr<SubstitutionGoal> goal();
  RetentionForm formToUse() const {
    if (form == "plain")
      return RetentionForm::Plain;
    bool isNormalized = form == "normalized" || (form == "auto" && isFitted());
    return isNormalized ? RetentionForm::Normalized : RetentionForm::Expansion;
  }
};
} // namespace

LogicalResult ReplaceAttentionByRetentionPass::checkOptions(size_t found) {
  ModuleOp module = getOperation();
  if (!llvm::is_contained({"auto", "expansion", "plain", "normalized"}, form))
    return module.emitError()
           << "expects 'form' to be auto, expansion, plain or normalized, found '" << form << "'";
  if (form == "normalized" && !isFitted())
    return module.emitError() << "'form=normalized' has weights that are fitted: expects 'data'";
  if (transferSteps < 1)
    return module.emitError() << "expects 'transfer-steps' of at least 1, found "
                              << int64_t(transferSteps);
  if (found == 0)
    return module.emitError()
           << "'" << getArgument()
           << "' finds no attention in the model: it looks for llm.attention, which "
              "retort-recognize makes";
  if (layers.empty() && !isChosen())
    return module.emitError() << "expects 'layers', indices of 0 to " << found - 1
                              << ", found none";
  for (int64_t layer : layers)
    if (layer < 0 || layer >= int64_t(found))
      return module.emitError() << "expects 'layers' of 0 to " << found - 1 << ", found " << layer;
  return success();
}

/// What the options of a choice say.
FailureOr<SubstitutionGoal> ReplaceAttentionByRetentionPass::goal() {
  ModuleOp module = getOperation();
  SubstitutionGoal goal;
  for (const std::string &name : candidates) {
    auto kind = substituteNamed(name);
    if (!kind)
      return module.emitError() << "expects 'candidates' of delete, affine, window, sinks-window, "
                                   "retention, hybrid and window-average, found '"
                                << name << "'";
    goal.candidates.push_back(*kind);
  }
  if (candidates.empty())
    goal.candidates = allSubstitutes();
  for (auto [option, number] : {std::pair("state-bytes", int64_t(stateBytes)),
                                {"max-state-bytes", int64_t(maxStateBytes)},
                                {"text-length", int64_t(textLength)}})
    if (number < 0)
      return module.emitError() << "expects '" << option << "' of 0 or more, found " << number;
  if (!(maxKl >= 0))
    return module.emitError() << "expects 'max-kl' of 0 or more, found " << shortNumber(maxKl);
  if (measured < 1)
    return module.emitError() << "expects 'measured' of 1 or more, found " << int64_t(measured);
  if (isFitted())
    return module.emitError() << "expects 'data' without 'candidates' and limits, which are of the "
                                 "sample of statistics";
  if (layers.empty() == (maxKl == 0 && maxStateBytes == 0))
    return module.emitError() << "expects 'layers', or else 'max-kl' or 'max-state-bytes'";
  goal.layers.assign(layers.begin(), layers.end());
  goal.stateBytes = stateBytes;
  goal.textLength = textLength;
  goal.measured = measured;
  if (maxKl > 0)
    goal.divergence = maxKl;
  if (maxStateBytes > 0)
    goal.totalBytes = maxStateBytes;
  return goal;
}

FailureOr<std::vector<RetentionParameters>>
ReplaceAttentionByRetentionPass::parameters(ArrayRef<llm::AttentionOp> attentions) {
  if (!isFitted()) {
    std::vector<RetentionParameters> result;
    for (llm::AttentionOp op : attentions)
      result.push_back(RetentionParameters::initial(op, formToUse()));
    return result;
  }
  FailureOr<TrainingOptions> training = trainingOptions();
  if (failed(training))
    return failure();
  if (training->hidden > 0)
    return getOperation().emitError() << "expects 'hidden' of 0, since what is fitted is held "
                                         "against the attention that goes, found "
                                      << shortNumber(training->hidden);
  training->steps = transferSteps;
  training->loss = "rows";
  if (training->learningRate == 0)
    training->learningRate = 1e-2;
  return fitRetention(getOperation(), getArgument(), attentions, formToUse(), *training);
}

void ReplaceAttentionByRetentionPass::replace(llm::AttentionOp op, int64_t layer,
                                              const RetentionParameters &fitted) {
  OpBuilder builder(op);
  std::string name = "attention " + std::to_string(layer);
  auto type =
      RankedTensorType::get({1, int64_t(fitted.logDecays.size()), 1, 1}, builder.getF32Type());
  Value decay = makeConstantOp(builder, op.getLoc(),
                               DenseElementsAttr::get(type, ArrayRef<float>(fitted.logDecays)));
  RetentionValues values{decay, {}, {}};
  if (!fitted.norm.empty()) {
    std::string prefix = "retention_" + std::to_string(layer);
    int64_t heads = int64_t(fitted.constants.size());
    // Methods behind this one can train them.
    auto add = [&](StringRef suffix, ArrayRef<float> numbers) {
      return createFloats(builder, op.getLoc(), prefix + suffix.str(),
                          {1, heads, 1, int64_t(numbers.size()) / heads}, numbers);
    };
    values.constants = add("_constant", fitted.constants);
    values.norm = add("_norm", fitted.norm);
  }
  Replacement replacement(builder, op, values);
  Value result = replacement.run(formToUse());
  remark::passed(op.getLoc(), remark::RemarkOpts::name(getArgument()).category("compress"))
      << remark::metric("weight", name) << remark::metric("layer", layer)
      << remark::metric("heads", typeOf(op.getKey()).getDimSize(1))
      << remark::metric("exactness", "statistical");
  op.getResult().replaceAllUsesWith(result);
  op.getPresentKey().replaceAllUsesWith(replacement.keys);
  op.getPresentValue().replaceAllUsesWith(replacement.values);
  op.erase();
}

void ReplaceAttentionByRetentionPass::runOnOperation() {
  SmallVector<llm::AttentionOp> attentions, replaced;
  getOperation().walk([&](llm::AttentionOp op) { attentions.push_back(op); });
  if (failed(checkOptions(attentions.size())))
    return signalPassFailure();
  if (isChosen()) {
    auto wanted = goal();
    if (failed(wanted) || failed(substituteLayers(getOperation(), getArgument(), *wanted)))
      signalPassFailure();
    return;
  }
  llvm::SmallSetVector<int64_t, 8> chosen(layers.begin(), layers.end());
  for (int64_t layer : chosen) {
    if (std::string reason = whyNotReplaced(attentions[layer]); !reason.empty()) {
      attentions[layer].emitError() << "layer " << layer << " " << reason;
      return signalPassFailure();
    }
    replaced.push_back(attentions[layer]);
  }
  auto fitted = parameters(replaced);
  if (failed(fitted))
    return signalPassFailure();
  for (auto [op, layer, found] : llvm::zip_equal(replaced, chosen, *fitted))
    replace(op, layer, found);
  markStale(getOperation(), getArgument());
  for (auto function : getOperation().getOps<func::FuncOp>())
    if (!function.isExternal() && failed(onnx::SymbolicDims().infer(function)))
      return signalPassFailure();
}
