// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A weight as the matrix that solvers see: a row for each output, its inputs side by side.
#ifndef RETORT_LIB_WEIGHTS_OUTPUTROWS_H
#define RETORT_LIB_WEIGHTS_OUTPUTROWS_H

#include "lib/Weights/LinearWeights.h"

namespace retort {

/// Where the elements of a weight stand in that matrix, whichever axis its inputs lie along.
struct OutputRows {
  explicit OutputRows(const LinearWeight &weight) : groups(weight.groups(0)) {}
  explicit OutputRows(const compress::Groups &groups) : groups(groups) {}

  int64_t outputs() const { return groups.outer * groups.inner; }
  int64_t inputs() const { return groups.length; }
  /// The place of an element in the tensor, row-major.
  int64_t elementAt(int64_t output, int64_t input) const {
    return (output / groups.inner * groups.length + input) * groups.inner + output % groups.inner;
  }

  std::vector<float> gather(const LinearWeight &weight) const;
  /// Back to the order of the tensor.
  std::vector<float> scatter(llvm::ArrayRef<float> rows) const;
  std::vector<int8_t> scatter(llvm::ArrayRef<int8_t> rows) const;

  compress::Groups groups;
};

} // namespace retort

#endif
