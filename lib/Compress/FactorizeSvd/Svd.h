// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The singular value decomposition, and what is kept of it, on plain arrays.
#ifndef RETORT_LIB_COMPRESS_FACTORIZESVD_SVD_H
#define RETORT_LIB_COMPRESS_FACTORIZESVD_SVD_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace retort {

/// W = U diag(s) V' of a matrix of rows x columns, all row-major. With k = min(rows, columns): `u`
/// is rows x k, `vt` k x columns, `s` k values, largest first.
struct Svd {
  int64_t rows, columns;
  std::vector<double> u, s, vt;

  int64_t size() const { return s.size(); }
  /// Sum of the squares of the singular values from `begin` on: the squared error of rank `begin`.
  double energyFrom(int64_t begin) const;
  /// The least rank that keeps this share of all energy.
  int64_t rankFor(double energy) const;
  /// The left factor (rows x rank) and the right one (rank x columns) of the best approximation.
  std::vector<float> left(int64_t rank) const;
  std::vector<float> right(int64_t rank) const;
};

/// By LAPACK's dgesdd; nullopt where that does not converge. The values must be finite.
std::optional<Svd> computeSvd(llvm::ArrayRef<float> matrix, int64_t rows, int64_t columns);

/// The largest rank whose factors take at most this share of the matrix's elements; at least 1.
int64_t rankForRatio(double ratio, int64_t rows, int64_t columns);

} // namespace retort

#endif
