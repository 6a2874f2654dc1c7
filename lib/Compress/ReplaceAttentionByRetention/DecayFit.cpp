// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which decays make retention nearest to an attention.
#include "lib/Compress/ReplaceAttentionByRetention/DecayFit.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace retort;
using llvm::ArrayRef;

extern "C" void dposv_(const char *uplo, const int *n, const int *columns, double *a,
                       const int *lda, double *b, const int *ldb, int *info);

std::vector<double> retort::decayGrid() {
  std::vector<double> grid;
  for (double halfLife = .25; halfLife <= 256; halfLife *= 2)
    grid.push_back(-std::log(2.0) / halfLife);
  return grid;
}

DecayFit::DecayFit(int64_t heads, int64_t groups, int64_t valueWidth, bool asksQueries)
    : heads(heads), groups(groups), width(valueWidth), asksQueries(asksQueries),
      perDecay(asksQueries ? 2 * width : width), grid(decayGrid()) {
  for (int64_t head = 0; head < heads; ++head)
    ofHeads.emplace_back(perDecay * int64_t(grid.size()), width);
}

void DecayFit::add(const AttentionRows &rows, const float *target) {
  int64_t stride = perDecay * int64_t(grid.size());
  features.resize(rows.rows * stride);
  targets.resize(rows.rows * width);
  for (int64_t head = 0; head < heads; ++head) {
    for (auto [place, decay] : llvm::enumerate(grid)) {
      float *at = features.data() + perDecay * int64_t(place);
      average(rows, head / rows.perGroup(), decay, {at, stride});
      if (asksQueries)
        retain(rows, head, decay, {at + width, stride});
    }
    for (int64_t row = 0; row < rows.rows; ++row)
      std::copy_n(target + (row * heads + head) * width, width, targets.data() + row * width);
    ofHeads[head].add(false, rows.rows, features.data(), targets.data());
  }
}

/// sum |y|^2 - tr(B' A^-1 B) over some of the features.
static double leftOverOf(const RidgeSums &sums, ArrayRef<int64_t> chosen) {
  auto count = int64_t(chosen.size());
  std::vector<double> matrix(count * count), right(count * sums.outputs);
  double trace = 0;
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t j = 0; j < count; ++j)
      matrix[i * count + j] = sums.fitted.gram[chosen[i] * sums.features + chosen[j]];
    for (int64_t j = 0; j < sums.outputs; ++j)
      right[j * count + i] = sums.fitted.cross[chosen[i] * sums.outputs + j];
    trace += matrix[i * count + i];
  }
  for (int64_t i = 0; i < count; ++i)
    matrix[i * count + i] += 1e-6 * trace / double(count) + 1e-30;
  std::vector<double> solved(right);
  int n = int(count), columns = int(sums.outputs), info = 0;
  dposv_("L", &n, &columns, matrix.data(), &n, solved.data(), &n, &info);
  double left = sums.fitted.squares;
  for (size_t i = 0; info == 0 && i < right.size(); ++i)
    left -= right[i] * solved[i];
  return left;
}

double DecayFit::leftOver(int64_t group, ArrayRef<size_t> decays) const {
  std::vector<int64_t> chosen;
  for (size_t place : decays)
    for (int64_t i = 0; i < perDecay; ++i)
      chosen.push_back(int64_t(place) * perDecay + i);
  double left = 0;
  for (int64_t head = group * (heads / groups); head < (group + 1) * (heads / groups); ++head)
    left += leftOverOf(ofHeads[head], chosen);
  return left;
}

/// For a round beside the others the decay that leaves less than `least`, and less than any other;
/// the one that is there where none does.
size_t DecayFit::bestPlace(int64_t group, std::vector<size_t> chosen, size_t round,
                           double &least) const {
  size_t best = chosen[round];
  for (size_t place = 0; place < grid.size(); ++place) {
    chosen[round] = place;
    if (llvm::count(chosen, place) > 1)
      continue;
    double left = leftOver(group, chosen);
    if (left < least) {
      least = left;
      best = place;
    }
  }
  return best;
}

/// Of one group, in the order of the grid.
std::vector<size_t> DecayFit::chooseFor(int64_t group, int64_t rounds) const {
  std::vector<size_t> chosen;
  double least = INFINITY;
  // All pairs: the best one alone is often in none of the best two.
  for (size_t first = 0; rounds > 1 && first < grid.size(); ++first) {
    std::vector<size_t> pair{first, first};
    double before = least;
    pair[1] = bestPlace(group, pair, 1, least);
    if (least < before)
      chosen = pair;
  }
  while (int64_t(chosen.size()) < rounds) {
    chosen.push_back(grid.size());
    least = INFINITY;
    chosen.back() = bestPlace(group, chosen, chosen.size() - 1, least);
  }
  for (bool isBetter = rounds > 2; isBetter;) {
    isBetter = false;
    for (size_t round = 0; round < chosen.size(); ++round) {
      size_t place = bestPlace(group, chosen, round, least);
      isBetter |= place != chosen[round];
      chosen[round] = place;
    }
  }
  llvm::sort(chosen);
  return chosen;
}

std::vector<float> DecayFit::choose(int64_t rounds) const {
  rounds = std::min(rounds, int64_t(grid.size()));
  std::vector<float> result(rounds * groups);
  for (int64_t group = 0; group < groups; ++group)
    for (auto [round, place] : llvm::enumerate(chooseFor(group, rounds)))
      result[int64_t(round) * groups + group] = float(grid[place]);
  return result;
}
