// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Replaces weights by products of two thin matrices.
//
//   %y = onnx.MatMul(%x, %w) : (tensor<?x64xf32>, tensor<64x172xf32>) -> tensor<?x172xf32>
//   ==> compress-factorize-svd{rank=16}
//   %0 = onnx.MatMul(%x, %a) : (tensor<?x64xf32>, tensor<64x16xf32>) -> tensor<?x16xf32>
//   %y = onnx.MatMul(%0, %b) : (tensor<?x16xf32>, tensor<16x172xf32>) -> tensor<?x172xf32>
#include "lib/Compress/FactorizeSvd/FactorizeToSample.h"
#include "lib/Compress/FactorizeSvd/ReplaceByFactors.h"
#include "lib/Compress/FactorizeSvd/Svd.h"
#include "lib/Weights/Remark.h"

#include "dialects/Retort/Names.h"

#include "mlir/Pass/Pass.h"

#include <cmath>

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_FACTORIZESVDPASS
#include "lib/Compress/FactorizeSvd/FactorizeSvd.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
struct FactorizeSvdPass : retort::impl::FactorizeSvdPassBase<FactorizeSvdPass> {
  using Base::Base;

  LogicalResult checkOptions();
  int64_t chooseRank(const Svd &svd) const;
  bool isWorthwhile(LinearWeight &weight, int64_t rank);
  FailureOr<bool> factorize(LinearWeight &weight);
  void replace(LinearWeight &weight, const Svd &svd, int64_t kept);
  LogicalResult factorizeEach();
  LogicalResult factorizeMeasured();
  LogicalResult checkChanged(size_t seen, unsigned changed);
  void runOnOperation() override;
};
} // namespace

LogicalResult FactorizeSvdPass::checkOptions() {
  ModuleOp module = getOperation();
  if ((rank != 0) + (ratio != 0) + (energy != 0) != 1)
    return module.emitError() << "expects one of 'rank', 'ratio' and 'energy', found "
                              << (rank != 0) + (ratio != 0) + (energy != 0);
  if (rank < 0)
    return module.emitError() << "expects 'rank' above 0, found " << int64_t(rank);
  if (ratio != 0 && !(ratio > 0 && ratio < 1))
    return module.emitError() << "expects 'ratio' in (0, 1), found " << shortNumber(ratio);
  if (energy != 0 && !(energy > 0 && energy <= 1))
    return module.emitError() << "expects 'energy' in (0, 1], found " << shortNumber(energy);
  if (!llvm::is_contained({"auto", "true", "false"}, whiten))
    return module.emitError() << "expects 'whiten' to be auto, true or false, found '" << whiten
                              << "'";
  if (!(damping >= 0 && damping <= 1))
    return module.emitError() << "expects 'damping' from 0 to 1, found " << shortNumber(damping);
  return success();
}

int64_t FactorizeSvdPass::chooseRank(const Svd &svd) const {
  if (rank)
    return rank;
  return ratio != 0 ? rankForRatio(ratio, svd.rows, svd.columns) : svd.rankFor(energy);
}

/// Says what speaks against `rank`.
bool FactorizeSvdPass::isWorthwhile(LinearWeight &weight, int64_t rank) {
  auto missed = [&](const std::string &why) {
    weightMissed(weight.loc(), getArgument(), weight.name()) << remark::reason("{0}", why);
    return false;
  };
  uint64_t after = weight.type().getRank() == 2 ? bytesOfFactors(weight, rank) : 0;
  if (after >= weight.bytes())
    return missed("factors of rank " + std::to_string(rank) + " would take " +
                  std::to_string(after) + " bytes in place of " + std::to_string(weight.bytes()));
  std::string reason = whyNotFactored(weight);
  return reason.empty() || missed(reason);
}

void FactorizeSvdPass::replace(LinearWeight &weight, const Svd &svd, int64_t kept) {
  WeightChange change;
  change.bytesBefore = weight.bytes();
  change.bytesAfter = bytesOfFactors(weight, kept);
  change.magnitudes.emplace().add(weight.floats());
  double energy = svd.energyFrom(0), lost = svd.energyFrom(kept);
  change.weightError = energy > 0 ? std::sqrt(lost / energy) : 0;
  weightPassed(weight.loc(), getArgument(), weight.name(), change)
      << remark::metric("rank", kept) << remark::metric("full_rank", svd.size());
  replaceByFactors(weight, svd.left(kept), svd.right(kept), kept);
}

/// Whether the weight was replaced.
FailureOr<bool> FactorizeSvdPass::factorize(LinearWeight &weight) {
  if (failed(weight.checkFinite()))
    return failure();
  if (weight.type().getRank() != 2)
    return isWorthwhile(weight, 0);
  int64_t rows = weight.type().getDimSize(0), columns = weight.type().getDimSize(1);
  // No rank is above the full one, whose factors are never smaller. What is known before the
  // decomposition need not be computed.
  if (int64_t known = rank         ? std::min({int64_t(rank), rows, columns})
                      : ratio != 0 ? rankForRatio(ratio, rows, columns)
                                   : 0;
      !isWorthwhile(weight, known))
    return false;
  auto svd = computeSvd(weight.floats(), rows, columns);
  if (!svd)
    return emitNoConvergence(weight);
  int64_t kept = chooseRank(*svd);
  if (energy != 0 && !isWorthwhile(weight, kept))
    return false;
  replace(weight, *svd, kept);
  return true;
}

LogicalResult FactorizeSvdPass::checkChanged(size_t seen, unsigned changed) {
  if (changed != 0)
    return success();
  return getOperation().emitError()
         << "'" << getArgument() << "' changes none of the " << seen
         << " selected weights: their factors would take as many bytes, or their users cannot take "
            "factors";
}

LogicalResult FactorizeSvdPass::factorizeEach() {
  unsigned seen = 0, changed = 0;
  auto visit = [&](LinearWeight &weight) -> LogicalResult {
    FailureOr<bool> result = factorize(weight);
    if (failed(result))
      return failure();
    ++seen;
    changed += *result;
    return success();
  };
  if (failed(forEachLinearWeight(getOperation(), getArgument(), include, exclude, visit)))
    return failure();
  return checkChanged(seen, changed);
}

LogicalResult FactorizeSvdPass::factorizeMeasured() {
  auto whyNot = [](const LinearWeight &weight) -> StringRef {
    return weight.values.isPlain() ? ""
                                   : "is written as an expression: statistics fit plain weights";
  };
  auto measured = selectMeasuredWeights(getOperation(), getArgument(), include, exclude, whyNot);
  if (failed(measured))
    return failure();
  if (measured->list.empty())
    return getOperation().emitError() << "'" << getArgument()
                                      << "' finds none of the selected weights in the sample; "
                                         "whiten=false takes them by their elements alone";
  auto changed =
      factorizeToSample(*measured, {getArgument(), rank, ratio, energy, damping, sequential});
  return failed(changed) ? failure() : checkChanged(measured->list.size(), *changed);
}

void FactorizeSvdPass::runOnOperation() {
  if (failed(checkOptions()))
    return signalPassFailure();
  bool isMeasured =
      whiten == "true" || (whiten == "auto" && getOperation()->hasAttr(names::statistics));
  if (sequential && !isMeasured) {
    getOperation().emitError() << "'" << getArgument()
                               << "' expects statistics of a sample for 'sequential'";
    return signalPassFailure();
  }
  if (failed(isMeasured ? factorizeMeasured() : factorizeEach()))
    signalPassFailure();
}
