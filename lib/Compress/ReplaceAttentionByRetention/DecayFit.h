// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which decays make retention nearest to an attention.
#ifndef RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_DECAYFIT_H
#define RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_DECAYFIT_H

#include "lib/Compress/ReplaceAttentionByRetention/AttentionRows.h"
#include "lib/Compress/ReplaceAttentionByRetention/RidgeFit.h"

namespace retort {

/// The decays that are tried, as logarithms: half-lives of a quarter to 256 rows.
std::vector<double> decayGrid();

/// Sums over texts of what each head makes of its rows with each decay of the grid, and of what its
/// attention makes of them.
class DecayFit {
public:
  /// `asksQueries`: heads have what they ask a state for and the average, else the average alone.
  DecayFit(int64_t heads, int64_t groups, int64_t valueWidth, bool asksQueries = true);

  /// `target` is what attention made of the text: T x (H * E), heads beside each other.
  void add(const AttentionRows &rows, const float *target);

  /// `rounds` decays for each group, rounds x G, with which the squares that least squares leave
  /// over the heads of the group are least: all pairs are tried; of more rounds one after the
  /// other, then each again with the others as they are until none changes. Heads see those of
  /// their group alone. At most as many as the grid has.
  std::vector<float> choose(int64_t rounds) const;
  /// What these leave of the squares of a group's heads; `decays` are places in the grid.
  double leftOver(int64_t group, llvm::ArrayRef<size_t> decays) const;

private:
  std::vector<size_t> chooseFor(int64_t group, int64_t rounds) const;
  size_t bestPlace(int64_t group, std::vector<size_t> chosen, size_t round, double &least) const;

  int64_t heads, groups, width;
  bool asksQueries;
  int64_t perDecay; ///< features of a head
  std::vector<double> grid;
  std::vector<RidgeSums> ofHeads; ///< features: of each decay the average, then the head's
  std::vector<float> features, targets;
};

} // namespace retort

#endif
