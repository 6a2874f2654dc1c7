// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The singular value decomposition, and what is kept of it, on plain arrays.
#include "lib/Compress/FactorizeSvd/Svd.h"

#include <algorithm>
#include <cmath>

using namespace retort;

extern "C" void dgesdd_(const char *job, const int *m, const int *n, double *a, const int *lda,
                        double *s, double *u, const int *ldu, double *vt, const int *ldvt,
                        double *work, const int *lwork, int *iwork, int *info);

/// LAPACK is column-major: what it sees is W' = V diag(s) U', so that its left vectors, k columns
/// of length `columns`, are the rows of V', and its right ones the rows of U.
std::optional<Svd> retort::computeSvd(llvm::ArrayRef<float> matrix, int64_t rows, int64_t columns) {
  Svd svd{rows, columns, {}, {}, {}};
  int m = int(columns), n = int(rows), k = std::min(m, n), query = -1, info = 0;
  std::vector<double> a(matrix.begin(), matrix.end());
  svd.s.resize(k);
  svd.u.resize(int64_t(n) * k);
  svd.vt.resize(int64_t(k) * m);
  std::vector<int> iwork(8 * int64_t(k));
  double best = 0;
  dgesdd_("S", &m, &n, a.data(), &m, svd.s.data(), svd.vt.data(), &m, svd.u.data(), &k, &best,
          &query, iwork.data(), &info);
  int lwork = int(best);
  std::vector<double> work(lwork);
  if (info == 0)
    dgesdd_("S", &m, &n, a.data(), &m, svd.s.data(), svd.vt.data(), &m, svd.u.data(), &k,
            work.data(), &lwork, iwork.data(), &info);
  if (info != 0)
    return std::nullopt;
  return svd;
}

double Svd::energyFrom(int64_t begin) const {
  double sum = 0;
  for (int64_t i = size(); i-- > begin;) // small ones first
    sum += s[i] * s[i];
  return sum;
}

int64_t Svd::rankFor(double energy) const {
  double lost = 0, allowed = (1 - energy) * energyFrom(0);
  int64_t rank = size();
  while (rank > 1 && lost + s[rank - 1] * s[rank - 1] <= allowed) {
    lost += s[rank - 1] * s[rank - 1];
    --rank;
  }
  return rank;
}

std::vector<float> Svd::left(int64_t rank) const {
  std::vector<float> result(rows * rank);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t r = 0; r < rank; ++r)
      result[i * rank + r] = float(u[i * size() + r] * std::sqrt(s[r]));
  return result;
}

std::vector<float> Svd::right(int64_t rank) const {
  std::vector<float> result(rank * columns);
  for (int64_t r = 0; r < rank; ++r)
    for (int64_t j = 0; j < columns; ++j)
      result[r * columns + j] = float(vt[r * columns + j] * std::sqrt(s[r]));
  return result;
}

int64_t retort::rankForRatio(double ratio, int64_t rows, int64_t columns) {
  double rank = std::floor(ratio * double(rows) * double(columns) / double(rows + columns));
  return std::max<int64_t>(1, int64_t(rank));
}
