// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Replaces the attention of some layers by retention.
//
//   %y, %k, %v = llm.attention(%q, %k0, %v0) {causal, scale = 0.35 : f32} : ...
//   ==> compress-replace-attention-by-retention{layers=0 form=plain}
//   %y, %state = llm.retention gated(%q, %k0, %v0 decay %g) {scale = 0.35 : f32} : ...
#include "lib/Compress/ReplaceAttentionByRetention/FitRetention.h"
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

/// What speaks against the replacement; empty if nothing does.
static std::string whyNot(llm::AttentionOp op) {
  if (!op.getCausal())
    return "expects causal self-attention, found attention to all columns";
  if (op.getBias())
    return "expects scores without a bias, found one";
  if (op.getKeyLength() || op.getOffset())
    return "expects keys that end with the last row, found a cache of another length";
  if (op.getMask()) {
    RankedTensorType mask = typeOf(op.getMask());
    if (mask.getRank() > 1 && mask.getDimSize(mask.getRank() - 2) != 1)
      return "expects a mask of columns, found one that differs between rows";
    if (mask.getRank() == 4 && mask.getDimSize(1) != 1)
      return "expects a mask of columns, found one that differs between heads";
    if (mask.getRank() != 4 && mask.getRank() > 2)
      return "expects a mask of rank 4, found one of rank " + std::to_string(mask.getRank());
  }
  if (ShapedType::isDynamic(typeOf(op.getKey()).getDimSize(1)) ||
      ShapedType::isDynamic(typeOf(op.getQuery()).getDimSize(1)))
    return "expects a known number of heads";
  return "";
}

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
  if (layers.empty())
    return module.emitError() << "expects 'layers', indices of 0 to " << found - 1
                              << ", found none";
  for (int64_t layer : layers)
    if (layer < 0 || layer >= int64_t(found))
      return module.emitError() << "expects 'layers' of 0 to " << found - 1 << ", found " << layer;
  return success();
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
  llvm::SmallSetVector<int64_t, 8> chosen(layers.begin(), layers.end());
  for (int64_t layer : chosen) {
    if (std::string reason = whyNot(attentions[layer]); !reason.empty()) {
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
