// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a replay shows about the inputs of weights, as a record like those of a file.
#ifndef RETORT_LIB_REPLAY_REPLAYEDSUMS_H
#define RETORT_LIB_REPLAY_REPLAYEDSUMS_H

#include "lib/Replay/ModelReplay.h"
#include "lib/Statistics/Hessian.h"

namespace retort {

/// Sums over rows x of the changed model, and over what they lack of those of the model as it was.
class ReplayedSums {
public:
  explicit ReplayedSums(int64_t inputs);

  /// An error where some number is not finite.
  llvm::Error add(const ReplayedRows &rows);
  /// With the moments that methods fit to; `known` says the rest. In arrays of this object.
  StatisticsRecord record(const StatisticsRecord &known);
  /// Whether some row was another one than before.
  bool isChanged() const { return changed; }
  /// The mean of (original - x) x' over the rows that methods fit to, K x K.
  std::vector<float> cross() const;

private:
  struct Triangle {
    explicit Triangle(int64_t inputs) : sums(inputs * inputs) {}
    int64_t rows = 0;
    std::vector<double> sums; ///< K x K
    std::vector<float> gram, squares;
  };
  /// sums += a' b, of `count` rows each.
  void addProduct(const float *a, const float *b, int64_t count, std::vector<double> &sums);
  Moments moments(Triangle &triangle) const;

  int64_t inputs;
  bool changed = false;
  Triangle fitted, held;
  std::vector<double> missing; ///< empty until some row was another one
  std::vector<float> difference, product;
};

} // namespace retort

#endif
