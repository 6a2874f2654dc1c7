// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Factors that change least what weights compute of a sample, and ranks by one price for all.
#include "lib/Compress/FactorizeSvd/FactorizeToSample.h"
#include "lib/Compress/FactorizeSvd/ChooseRanks.h"
#include "lib/Compress/FactorizeSvd/ReplaceByFactors.h"
#include "lib/Compress/FactorizeSvd/Whitening.h"
#include "lib/Weights/OutputRows.h"
#include "lib/Weights/Remark.h"

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
  Sampled(const MeasuredWeight &each, double damping)
      : rows(each.first), elements(rows.gather(each.first)),
        found(Whitening::of(Hessian::of(each.second->fitted, each.second->inputs), damping)) {}

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

  double share(double part) const { return norm > 0 ? std::sqrt(part / norm) : 0; }
};

class SampleFactorizer {
public:
  explicit SampleFactorizer(const SampleRanks &options) : options(options) {}
  FailureOr<unsigned> run(MeasuredWeights &measured);

private:
  FailureOr<RankChoices> measure(const MeasuredWeight &each) const;
  int64_t chooseOne(const RankChoices &matrix) const;
  std::vector<int64_t> chooseAll() const;
  LogicalResult factorize(MeasuredWeight &each, int64_t rank) const;
  void report(const LinearWeight &weight, const WeightChange &change, const Sampled &sampled,
              const HeldErrors &held, int64_t rank) const;
  void sayWhyDense(const LinearWeight &weight, const RankChoices &matrix) const;
  void missed(const LinearWeight &weight, const std::string &why) const {
    weightMissed(weight.loc(), options.method, weight.name()) << remark::reason("{0}", why);
  }
  /// Nothing is inverted here, so that a large sample needs little; a short one needs as much as
  /// anywhere.
  double damping(const MeasuredWeight &each) const {
    if (options.damping > 0)
      return options.damping;
    double usual = usualDamping(*each.second);
    return usual < .1 ? usual / 100 : usual;
  }

  const SampleRanks &options;
  std::vector<MeasuredWeight *> weights;
  std::vector<RankChoices> choices; ///< of each
  int64_t fixedElements = 0;        ///< of weights that cannot be factored
};
} // namespace

static InFlightDiagnostic noConvergence(const LinearWeight &weight) {
  return weight.emitError() << "has a singular value decomposition that does not converge";
}

FailureOr<RankChoices> SampleFactorizer::measure(const MeasuredWeight &each) const {
  if (failed(each.first.checkFinite()))
    return failure();
  OutputRows rows(each.first);
  if (options.rank)
    return RankChoices(rows.outputs(), rows.inputs(), {});
  Sampled sampled(each, damping(each));
  auto squares = squaredSingularValues(sampled.matrix(), sampled.whitening());
  if (!squares)
    return noConvergence(each.first);
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

void SampleFactorizer::report(const LinearWeight &weight, const WeightChange &change,
                              const Sampled &sampled, const HeldErrors &held, int64_t rank) const {
  auto remark = weightPassed(weight.loc(), options.method, weight.name(), change);
  remark << remark::metric("rank", rank)
         << remark::metric("full_rank", std::min(sampled.rows.outputs(), sampled.rows.inputs()))
         << remark::metric("damping", sampled.found ? sampled.found->damping : 0)
         << remark::metric("output_error", held.share(std::min(held.fitted, held.plain)))
         << remark::metric("output_error_plain", held.share(held.plain));
  if (!sampled.found)
    remark << remark::reason("the second moments have no factor: plain singular values");
  else if (held.plain < held.fitted)
    remark << remark::reason("plain singular values, which are closer on the rows held back");
}

LogicalResult SampleFactorizer::factorize(MeasuredWeight &each, int64_t rank) const {
  LinearWeight &weight = each.first;
  Sampled sampled(each, damping(each));
  auto fitted = bestFactors(sampled.matrix(), sampled.whitening(), rank),
       plain = bestFactors(sampled.matrix(), nullptr, rank);
  if (!fitted || !plain)
    return noConvergence(weight);
  Hessian held = Hessian::of(each.second->heldOrFitted(), each.second->inputs);
  int64_t outputs = fitted->outputs, inputs = fitted->inputs;
  HeldErrors errors{outputError(sampled.elements, outputs, held),
                    outputError(fitted->errorOf(sampled.matrix()), outputs, held),
                    outputError(plain->errorOf(sampled.matrix()), outputs, held)};
  if (errors.plain < errors.fitted)
    fitted = std::move(plain);
  WeightChange change;
  change.bytesBefore = weight.bytes();
  change.bytesAfter = bytesOfFactors(weight, rank);
  change.magnitudes.emplace().add(sampled.elements);
  RelativeError error;
  for (auto [is, off] : llvm::zip_equal(sampled.elements, fitted->errorOf(sampled.matrix())))
    error.add(is, is - off);
  change.weightError = error.value();
  report(weight, change, sampled, errors, rank);
  // W is stored as outputs x inputs, or the other way around.
  if (weight.inputAxis() == 1)
    replaceByFactors(weight, std::move(fitted->left), std::move(fitted->right), rank);
  else
    replaceByFactors(weight, transposed(fitted->right, rank, inputs),
                     transposed(fitted->left, outputs, rank), rank);
  return success();
}

FailureOr<unsigned> SampleFactorizer::run(MeasuredWeights &measured) {
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
  unsigned changed = 0;
  for (auto [each, matrix, rank] : llvm::zip_equal(weights, choices, chooseAll())) {
    if (rank == 0)
      sayWhyDense(each->first, matrix);
    else if (failed(factorize(*each, rank)))
      return failure();
    changed += rank != 0;
  }
  return changed;
}

FailureOr<unsigned> retort::factorizeToSample(MeasuredWeights &measured,
                                              const SampleRanks &options) {
  return SampleFactorizer(options).run(measured);
}
