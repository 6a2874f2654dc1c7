// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Factors that change least what weights compute of a sample, and ranks by one price for all.
#include "lib/Compress/FactorizeSvd/FactorizeToSample.h"
#include "lib/Compress/FactorizeSvd/ChooseRanks.h"
#include "lib/Compress/FactorizeSvd/ReplaceByFactors.h"
#include "lib/Compress/FactorizeSvd/Whitening.h"
#include "lib/Replay/FitInOrder.h"
#include "lib/Weights/OutputRows.h"

#include <cmath>

using namespace mlir;
using namespace retort;

using MeasuredWeight = std::pair<LinearWeight, const StatisticsRecord *>;

/// What a matrix's squared error counts in the price of its rank. That is where a measured
/// sensitivity of the matrix belongs; without one it is tr(W H W')^(-3/4). With a power of -1 all
/// relative errors count alike, and a matrix most of whose outputs' energy is in one direction, as
/// where single tokens have huge activations, is cut down to that direction; with -1/2 and less
/// large outputs count too much. README.md of lib/Compress has the numbers.
static double importanceOf(const MeasuredWeight &, double energy) {
  return energy > 0 ? std::pow(energy, -.75) : 0;
}

namespace {
/// A weight in rows of outputs, and what its inputs are like.
struct Sampled {
  Sampled(const LinearWeight &weight, const StatisticsRecord &record, double damping,
          std::vector<float> elements)
      : rows(weight), elements(std::move(elements)),
        found(Whitening::of(Hessian::of(record.fitted, record.inputs), damping)) {}

  WeightRows matrix() const { return {elements, rows.outputs(), rows.inputs()}; }
  /// Null where there is none.
  const Whitening *whitening() const { return found ? &*found : nullptr; }

  OutputRows rows;
  std::vector<float> elements;
  std::optional<Whitening> found;
};

/// Mean squares of outputs on the rows that were held back.
struct HeldErrors {
  double norm, fitted, plain;

  double share(double part) const { return relativeOutputError(part, norm); }
};

/// Factors of a weight, and what is to be said of them.
struct Factorized {
  ThinFactors factors;
  double damping, weightError;
  Magnitudes magnitudes;
  HeldErrors errors;
  bool hasWhitening;
};

class SampleFactorizer {
public:
  explicit SampleFactorizer(const SampleRanks &options) : options(options) {}
  FailureOr<unsigned> run(MeasuredWeights &measured);

private:
  FailureOr<RankChoices> measure(const MeasuredWeight &each) const;
  int64_t chooseOne(const RankChoices &matrix) const;
  std::vector<int64_t> chooseAll() const;
  FailureOr<FittedWeight> factorize(LinearWeight &weight, const StatisticsRecord &record,
                                    std::vector<float> target, int64_t rank) const;
  void store(LinearWeight &weight, Factorized &result, FittedWeight::AddMetrics more) const;
  LogicalResult factorizeInOrder(const llvm::StringMap<int64_t> &ranks) const;
  void sayWhyDense(const LinearWeight &weight, const RankChoices &matrix) const;
  void missed(const LinearWeight &weight, const std::string &why) const {
    weightMissed(weight.loc(), options.method, weight.name()) << remark::reason("{0}", why);
  }
  double damping(const StatisticsRecord &record) const {
    return options.damping > 0 ? options.damping : usualWhitening(record);
  }

  const SampleRanks &options;
  MeasuredWeights *all = nullptr;
  std::vector<MeasuredWeight *> weights;
  std::vector<RankChoices> choices; ///< of each
  int64_t fixedElements = 0;        ///< of weights that cannot be factored
};
} // namespace

FailureOr<RankChoices> SampleFactorizer::measure(const MeasuredWeight &each) const {
  if (failed(each.first.checkFinite()))
    return failure();
  OutputRows rows(each.first);
  if (options.rank)
    return RankChoices(rows.outputs(), rows.inputs(), {});
  Sampled sampled(each.first, *each.second, damping(*each.second), rows.gather(each.first));
  auto squares = squaredSingularValues(sampled.matrix(), sampled.whitening());
  if (!squares)
    return emitNoConvergence(each.first);
  RankChoices result(rows.outputs(), rows.inputs(), *squares);
  result.importance = importanceOf(each, result.energy);
  return result;
}

/// 0 where no rank that is asked for makes it smaller.
int64_t SampleFactorizer::chooseOne(const RankChoices &matrix) const {
  int64_t largest = matrix.largestRank();
  if (options.rank)
    return options.rank <= largest ? options.rank : 0;
  for (int64_t rank = 1; rank <= largest; ++rank)
    if (matrix.dropped(rank) <= (1 - options.energy) * matrix.energy)
      return rank;
  return 0;
}

std::vector<int64_t> SampleFactorizer::chooseAll() const {
  if (options.ratio != 0) {
    int64_t elements = fixedElements;
    for (const RankChoices &matrix : choices)
      elements += matrix.elements();
    return chooseRanks(choices, int64_t(options.ratio * double(elements)) - fixedElements);
  }
  std::vector<int64_t> ranks;
  for (const RankChoices &matrix : choices)
    ranks.push_back(chooseOne(matrix));
  return ranks;
}

void SampleFactorizer::sayWhyDense(const LinearWeight &weight, const RankChoices &matrix) const {
  int64_t largest = matrix.largestRank(), rank = std::max<int64_t>(options.rank, 1);
  if (options.rank || largest == 0)
    return missed(weight, "factors of rank " + std::to_string(rank) + " would take " +
                              std::to_string(bytesOfFactors(weight, rank)) + " bytes in place of " +
                              std::to_string(weight.bytes()));
  double error = matrix.energy > 0 ? std::sqrt(matrix.dropped(largest) / matrix.energy) : 0;
  missed(weight, "stays dense: at rank " + std::to_string(largest) +
                     ", the highest that makes it smaller, its outputs would be off by " +
                     shortNumber(error) +
                     (options.ratio != 0 ? ", and other weights shrink at less" : ""));
}

void SampleFactorizer::store(LinearWeight &weight, Factorized &result,
                             FittedWeight::AddMetrics more) const {
  ThinFactors &factors = result.factors;
  int64_t outputs = factors.outputs, inputs = factors.inputs, rank = factors.rank;
  WeightChange change;
  change.bytesBefore = weight.bytes();
  change.bytesAfter = bytesOfFactors(weight, rank);
  change.magnitudes = result.magnitudes;
  change.weightError = result.weightError;
  {
    const HeldErrors &held = result.errors;
    auto remark = weightPassed(weight.loc(), options.method, weight.name(), change);
    remark << remark::metric("rank", rank) << remark::metric("full_rank", std::min(outputs, inputs))
           << remark::metric("damping", result.damping)
           << remark::metric("output_error", held.share(std::min(held.fitted, held.plain)))
           << remark::metric("output_error_plain", held.share(held.plain));
    if (!result.hasWhitening)
      remark << remark::reason("the second moments have no factor: plain singular values");
    else if (held.plain < held.fitted)
      remark << remark::reason("plain singular values, which are closer on the rows held back");
    if (more)
      more(remark);
  }
  // W is stored as outputs x inputs, or the other way around.
  if (weight.inputAxis() == 1)
    replaceByFactors(weight, std::move(factors.left), std::move(factors.right), rank);
  else
    replaceByFactors(weight, transposed(factors.right, rank, inputs),
                     transposed(factors.left, outputs, rank), rank);
}

FailureOr<FittedWeight> SampleFactorizer::factorize(LinearWeight &weight,
                                                    const StatisticsRecord &record,
                                                    std::vector<float> target, int64_t rank) const {
  Sampled sampled(weight, record, damping(record), std::move(target));
  auto fitted = bestFactors(sampled.matrix(), sampled.whitening(), rank),
       plain = bestFactors(sampled.matrix(), nullptr, rank);
  if (!fitted || !plain)
    return emitNoConvergence(weight);
  Hessian held = Hessian::of(record.heldOrFitted(), record.inputs);
  int64_t outputs = fitted->outputs;
  HeldErrors errors{outputError(sampled.elements, outputs, held),
                    outputError(fitted->errorOf(sampled.matrix()), outputs, held),
                    outputError(plain->errorOf(sampled.matrix()), outputs, held)};
  if (errors.plain < errors.fitted)
    fitted = std::move(plain);
  FittedWeight result{sampled.elements, nullptr};
  for (auto [value, off] : llvm::zip_equal(result.rows, fitted->errorOf(sampled.matrix())))
    value -= off;
  RelativeError error;
  error.add(sampled.rows.gather(weight), result.rows);
  auto factorized = std::make_shared<Factorized>(
      Factorized{std::move(*fitted), sampled.found ? sampled.found->damping : 0, error.value(),
                 error.magnitudes(), errors, sampled.found.has_value()});
  result.store = [this, &weight, factorized](FittedWeight::AddMetrics more) {
    store(weight, *factorized, more);
  };
  return result;
}

LogicalResult SampleFactorizer::factorizeInOrder(const llvm::StringMap<int64_t> &ranks) const {
  llvm::erase_if(all->list,
                 [&](const MeasuredWeight &each) { return !ranks.contains(each.first.name()); });
  if (all->list.empty())
    return success();
  auto module = all->list.front().first.op->getParentOfType<ModuleOp>();
  return fitInOrder(
      module, options.method, *all,
      [&](LinearWeight &weight, const StatisticsRecord &record, std::vector<float> target) {
        return factorize(weight, record, std::move(target), ranks.lookup(weight.name()));
      });
}

FailureOr<unsigned> SampleFactorizer::run(MeasuredWeights &measured) {
  all = &measured;
  for (MeasuredWeight &each : measured.list) {
    if (std::string reason = whyNotFactored(each.first); !reason.empty()) {
      missed(each.first, reason);
      fixedElements += each.first.type().getNumElements();
      continue;
    }
    auto matrix = measure(each);
    if (failed(matrix))
      return failure();
    weights.push_back(&each);
    choices.push_back(std::move(*matrix));
  }
  llvm::StringMap<int64_t> ranks;
  for (auto [each, matrix, rank] : llvm::zip_equal(weights, choices, chooseAll())) {
    auto &[weight, record] = *each;
    if (rank == 0) {
      sayWhyDense(weight, matrix);
      continue;
    }
    ranks[weight.name()] = rank;
    if (options.sequential)
      continue;
    auto fitted = factorize(weight, *record, OutputRows(weight).gather(weight), rank);
    if (failed(fitted))
      return failure();
    fitted->store(nullptr);
  }
  auto changed = unsigned(ranks.size());
  if (options.sequential && failed(factorizeInOrder(ranks)))
    return failure();
  return changed;
}

FailureOr<unsigned> retort::factorizeToSample(MeasuredWeights &measured,
                                              const SampleRanks &options) {
  return SampleFactorizer(options).run(measured);
}
