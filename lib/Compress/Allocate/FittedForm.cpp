// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A matrix in one of its forms, not in the graph yet.
#include "lib/Compress/Allocate/FittedForm.h"
#include "lib/Compress/FactorizeSvd/ReplaceByFactors.h"
#include "lib/Compress/FactorizeSvd/Whitening.h"
#include "lib/Compress/PruneSparseGpt/PruneToSample.h"
#include "lib/Weights/OutputRows.h"

using namespace mlir;
using namespace retort;
using remark::detail::InFlightRemark;

namespace {
class FittedCodes : public FittedForm {
public:
  FittedCodes(const Candidate &candidate, GroupedMatrix matrix)
      : candidate(candidate), matrix(std::move(matrix)) {}

  std::vector<float> rows() const override { return matrix.values(); }
  void replace(LinearWeight &weight) override { candidate.form.replace(weight, matrix); }
  void tell(InFlightRemark &remark) const override {
    remark << remark::metric("bits", candidate.form.code.bits)
           << remark::metric("levels", candidate.form.isLevels)
           << remark::metric("group_size", matrix.groupSize);
  }
  const GroupedMatrix *codes() const override { return &matrix; }

private:
  const Candidate &candidate;
  GroupedMatrix matrix;
};

class FittedSparse : public FittedForm {
public:
  FittedSparse(SparsePattern pattern, PrunedRows pruned)
      : pattern(pattern), pruned(std::move(pruned)) {}

  std::vector<float> rows() const override { return pruned.weights; }
  void replace(LinearWeight &weight) override { storePruned(weight, pruned, pattern); }
  void tell(InFlightRemark &remark) const override {
    remark << remark::metric("n", pattern.n) << remark::metric("m", pattern.m);
  }

private:
  SparsePattern pattern;
  PrunedRows pruned;
};

class FittedFactors : public FittedForm {
public:
  explicit FittedFactors(ThinFactors factors) : factors(std::move(factors)) {}

  std::vector<float> rows() const override {
    std::vector<float> result(factors.outputs * factors.inputs);
    multiply(factors.outputs, factors.inputs, factors.rank, 1, factors.left.data(), factors.rank,
             factors.right.data(), factors.inputs, 0, result.data(), factors.inputs);
    return result;
  }
  void replace(LinearWeight &weight) override {
    // W is stored as outputs x inputs, or the other way around.
    if (weight.inputAxis() == 1)
      replaceByFactors(weight, std::move(factors.left), std::move(factors.right), factors.rank);
    else
      replaceByFactors(weight, transposed(factors.right, factors.rank, factors.inputs),
                       transposed(factors.left, factors.outputs, factors.rank), factors.rank);
  }
  void tell(InFlightRemark &remark) const override {
    remark << remark::metric("rank", factors.rank)
           << remark::metric("full_rank", std::min(factors.outputs, factors.inputs));
  }

private:
  ThinFactors factors;
};

class PlainForm : public FittedForm {
public:
  explicit PlainForm(llvm::ArrayRef<float> rows) : numbers(rows) {}
  std::vector<float> rows() const override { return numbers.vec(); }
  void replace(LinearWeight &) override {}
  void tell(InFlightRemark &) const override {}

private:
  llvm::ArrayRef<float> numbers;
};

/// Fits one weight.
class Fitter {
public:
  Fitter(const Candidate &candidate, const LinearWeight &weight, llvm::ArrayRef<float> rows,
         double norm, const RecordRounding &rounding)
      : candidate(candidate), weight(weight), rows(rows), rounding(rounding), places(weight) {
    result.option.norm = norm;
  }
  FailureOr<FittedOption> run();

private:
  void fitCodes();
  void fitSparse();
  LogicalResult fitFactors();
  double errorOf(std::vector<float> numbers) const {
    for (auto [number, was] : llvm::zip_equal(numbers, rows))
      number -= was;
    return rounding.heldError(numbers, places.outputs());
  }

  const Candidate &candidate;
  const LinearWeight &weight;
  llvm::ArrayRef<float> rows;
  const RecordRounding &rounding;
  OutputRows places;
  FittedOption result;
};
} // namespace

void Fitter::fitCodes() {
  GroupedMatrix matrix = candidate.form.matrixOf(weight);
  auto errorOfMatrix = [&] { return rounding.heldError(matrix.error(), matrix.outputs); };
  matrix.roundToNearest(/*search=*/candidate.isNearest);
  double nearest = errorOfMatrix();
  result.option.error = nearest;
  if (!candidate.isNearest) {
    GroupedMatrix fitted = matrix;
    rounding.round(fitted);
    std::swap(fitted, matrix);
    result.option.error = errorOfMatrix();
    result.option.nearest = nearest;
    if (result.option.isNearest())
      std::swap(fitted, matrix);
  }
  result.form = std::make_unique<FittedCodes>(candidate, std::move(matrix));
}

void Fitter::fitSparse() {
  constexpr int64_t steps = 20;
  SparsePattern pattern = candidate.pattern;
  pattern.m = std::min(pattern.m, places.inputs());
  PrunedRows pruned =
      pruneToSample(rows, rounding.record(), pattern, /*damping=*/0, steps, rounding.outputs());
  result.option.error = errorOf(pruned.weights);
  result.form = std::make_unique<FittedSparse>(pattern, std::move(pruned));
}

LogicalResult Fitter::fitFactors() {
  WeightRows matrix{rows, places.outputs(), places.inputs()};
  const RoundingStatistics &known = rounding.statistics();
  auto whitening = Whitening::of(known.fitted, usualWhitening(rounding.record()));
  auto factors = bestFactors(matrix, whitening ? &*whitening : nullptr,
                             candidate.rankOf(matrix.outputs, matrix.inputs));
  if (!factors)
    return emitNoConvergence(weight);
  result.option.error = rounding.heldError(factors->errorOf(matrix), matrix.outputs);
  result.form = std::make_unique<FittedFactors>(std::move(*factors));
  return success();
}

FailureOr<FittedOption> Fitter::run() {
  switch (candidate.kind) {
  case Candidate::Kind::Codes:
    fitCodes();
    break;
  case Candidate::Kind::Sparse:
    fitSparse();
    break;
  case Candidate::Kind::LowRank:
    if (failed(fitFactors()))
      return failure();
    break;
  case Candidate::Kind::Plain:
    result.form = std::make_unique<PlainForm>(rows);
  }
  return std::move(result);
}

FailureOr<FittedOption> retort::fitForm(const Candidate &candidate, const LinearWeight &weight,
                                        llvm::ArrayRef<float> rows, double norm,
                                        const RecordRounding &rounding) {
  return Fitter(candidate, weight, rows, norm, rounding).run();
}

std::unique_ptr<FittedForm> retort::keptForm(const Candidate &candidate, const LinearWeight &weight,
                                             const WeightOption &option, const OptionsFile &file) {
  if (candidate.kind != Candidate::Kind::Codes || option.codes == 0)
    return nullptr;
  GroupedMatrix matrix = candidate.form.shapeOf(weight);
  if (!file.read(option, matrix))
    return nullptr;
  return std::make_unique<FittedCodes>(candidate, std::move(matrix));
}
