// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ranks by one price for an element of all matrices.
#include "lib/Compress/FactorizeSvd/ChooseRanks.h"

#include <algorithm>

using namespace retort;
using llvm::ArrayRef;

RankChoices::RankChoices(int64_t outputs, int64_t inputs, ArrayRef<double> squares)
    : outputs(outputs), inputs(inputs),
      lost(std::max<int64_t>(0, (outputs * inputs - 1) / (outputs + inputs)) + 1) {
  for (size_t rank = squares.size(); rank > 0; --rank) { // small ones first
    if (rank < lost.size())
      lost[rank] = energy;
    energy += squares[rank - 1];
  }
}

int64_t RankChoices::cheapest(double price) const {
  auto costOf = [&](int64_t rank) { return lossOf(rank) + price * double(elementsOf(rank)); };
  int64_t best = 0;
  double least = costOf(0);
  for (int64_t rank = largestRank(); rank > 0; --rank)
    if (double cost = costOf(rank); cost <= least)
      best = rank, least = cost;
  return best;
}

static std::vector<int64_t> cheapestOf(ArrayRef<RankChoices> matrices, double price) {
  std::vector<int64_t> ranks;
  for (const RankChoices &matrix : matrices)
    ranks.push_back(matrix.cheapest(price));
  return ranks;
}

static int64_t elementsOf(ArrayRef<RankChoices> matrices, ArrayRef<int64_t> ranks) {
  int64_t sum = 0;
  for (auto [matrix, rank] : llvm::zip_equal(matrices, ranks))
    sum += matrix.elementsOf(rank);
  return sum;
}

namespace {
struct Step {
  size_t matrix = 0;
  int64_t rank = 0;
  double gain = 0; ///< for each element
};
} // namespace

/// The best step of one matrix that takes at most `left` more elements.
static Step bestStep(const RankChoices &matrix, int64_t from, int64_t left) {
  Step best;
  for (int64_t rank = 0; from != 0 && rank <= matrix.largestRank(); ++rank) {
    int64_t more = matrix.elementsOf(rank) - matrix.elementsOf(from);
    if (more <= 0 || more > left)
      continue;
    double gain = (matrix.lossOf(from) - matrix.lossOf(rank)) / double(more);
    if (gain > best.gain)
      best = {0, rank, gain};
  }
  return best;
}

static void spend(ArrayRef<RankChoices> matrices, std::vector<int64_t> &ranks, int64_t left) {
  while (true) {
    Step best;
    for (auto [i, matrix] : llvm::enumerate(matrices))
      if (Step step = bestStep(matrix, ranks[i], left); step.gain > best.gain)
        best = {i, step.rank, step.gain};
    if (!(best.gain > 0))
      return;
    const RankChoices &matrix = matrices[best.matrix];
    left -= matrix.elementsOf(best.rank) - matrix.elementsOf(ranks[best.matrix]);
    ranks[best.matrix] = best.rank;
  }
}

std::vector<int64_t> retort::chooseRanks(ArrayRef<RankChoices> matrices, int64_t budget) {
  // At this price no matrix takes more than it must.
  double low = 0, high = 1e-300;
  for (const RankChoices &matrix : matrices)
    if (matrix.largestRank() > 0)
      high = std::max(high, 2 * matrix.lossOf(1));
  std::vector<int64_t> ranks = cheapestOf(matrices, high);
  if (elementsOf(matrices, ranks) > budget)
    return ranks;
  while (true) {
    double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high)
      break;
    std::vector<int64_t> found = cheapestOf(matrices, middle);
    if (elementsOf(matrices, found) <= budget)
      high = middle, ranks = std::move(found);
    else
      low = middle;
  }
  spend(matrices, ranks, budget - elementsOf(matrices, ranks));
  return ranks;
}
