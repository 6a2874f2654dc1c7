// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which matrices become factors, and of which rank, so that all of them together take a given
// number of elements.
#ifndef RETORT_LIB_COMPRESS_FACTORIZESVD_CHOOSERANKS_H
#define RETORT_LIB_COMPRESS_FACTORIZESVD_CHOOSERANKS_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace retort {

/// What one matrix may become: itself, or factors of each rank that shrinks it.
struct RankChoices {
  /// `squares` of singular values, largest first.
  RankChoices(int64_t outputs, int64_t inputs, llvm::ArrayRef<double> squares);

  int64_t elements() const { return outputs * inputs; }
  int64_t elementsOf(int64_t rank) const {
    return rank == 0 ? elements() : rank * (outputs + inputs);
  }
  /// 0 where factors of rank 1 are no smaller than the matrix.
  int64_t largestRank() const { return int64_t(lost.size()) - 1; }
  /// The squares that factors of this rank leave out; rank 0 is the matrix itself.
  double dropped(int64_t rank) const { return lost[rank]; }
  double lossOf(int64_t rank) const { return importance * lost[rank]; }
  /// The rank with the least loss + price * elements; of equal ones that of the fewest elements.
  int64_t cheapest(double price) const;

  int64_t outputs, inputs;
  double energy = 0;     ///< the sum of all squares
  double importance = 1; ///< what a dropped square counts

private:
  std::vector<double> lost; ///< by rank
};

/// For each matrix the rank of its factors, or 0 where it stays as it is.
///
/// 1. One price an element: each matrix takes its cheapest rank. The price is the lowest at which
///    all take no more than `budget`, by bisection. No other choice of as many elements loses less.
/// 2. What is left of the budget goes, step by step, to the matrix that gains most for each
/// element.
///
/// Where even the least choices take more than the budget, these are the result.
std::vector<int64_t> chooseRanks(llvm::ArrayRef<RankChoices> matrices, int64_t budget);

} // namespace retort

#endif
