// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The matrix that makes outputs of features, by least squares.
#ifndef RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_RIDGEFIT_H
#define RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_RIDGEFIT_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace retort {

/// Sums over rows z of features and y of outputs, of windows that a fit sees and of others by which
/// it is checked.
class RidgeSums {
public:
  RidgeSums(int64_t features, int64_t outputs);

  /// Rows one behind the other: count x features, count x outputs.
  void add(bool isHeld, int64_t count, const float *z, const float *y);

  int64_t features, outputs;
  struct Part {
    int64_t rows = 0;
    std::vector<double> gram, cross; ///< z z', features squared; z y', features x outputs
    std::vector<double> sum;         ///< of y
    double squares = 0;              ///< of |y|^2
  };
  Part fitted, held;
  const Part &checked() const { return held.rows ? held : fitted; }

private:
  std::vector<float> product;
};

struct RidgeResult {
  std::vector<float> weights; ///< features x outputs
  double ridge = 0;           ///< of the mean diagonal of z z'; infinite: the start itself
  double error = 0;           ///< see errorOf
};

/// sum |y - W' z|^2 / sum |y - mean y|^2 over the rows that check.
double errorOf(const RidgeSums &sums, llvm::ArrayRef<float> weights);

/// The W with the least sum |y - W' z|^2 + ridge |W - start|^2, for that ridge of a row of them
/// with which the error on the rows that check is least. Without a start, W - 0. Where no ridge is
/// better than a start, that is the result.
RidgeResult fitRidge(const RidgeSums &sums, llvm::ArrayRef<float> start = {});

} // namespace retort

#endif
