// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The sum of x x' over rows x.
#include "lib/Calibrate/GramSum.h"

#include "llvm/Support/Parallel.h"

#include <cstring>
#include <vector>

using namespace retort;

extern "C" {
void ssyrk_(const char *uplo, const char *trans, const int *n, const int *k, const float *alpha,
            const float *a, const int *lda, const float *beta, float *c, const int *ldc);
void sgemm_(const char *transa, const char *transb, const int *m, const int *n, const int *k,
            const float *alpha, const float *a, const int *lda, const float *b, const int *ldb,
            const float *beta, float *c, const int *ldc);
}

/// Rows of the sum that are on the heap at a time.
static constexpr int64_t rowsAtOnce = 512;

/// Row-major rows are the columns of a column-major matrix, whose upper triangle is the lower one
/// here. Some rows of the result at a time: left of the diagonal a product, on it a symmetric one.
void GramSum::add(const float *rows, int64_t count) {
  if (width == 0 || count == 0)
    return;
  int all = int(width), depth = int(count);
  float one = 1, zero = 0;
  std::vector<float> product(std::min(rowsAtOnce, width) * width);
  for (int64_t begin = 0; begin < width; begin += rowsAtOnce) {
    int64_t end = std::min(begin + rowsAtOnce, width);
    int left = int(begin), height = int(end - begin);
    if (left > 0)
      sgemm_("N", "T", &left, &height, &depth, &one, rows, &all, rows + begin, &all, &zero,
             product.data(), &all);
    ssyrk_("U", "N", &height, &depth, &one, rows + begin, &all, &zero, product.data() + begin,
           &all);
    llvm::parallelFor(begin, end, [&](int64_t i) {
      double *target = sum.data() + i * (i + 1) / 2;
      const float *row = product.data() + (i - begin) * width;
      for (int64_t j = 0; j <= i; ++j)
        target[j] += row[j];
    });
  }
}

ScratchArray<float> GramSum::rounded(llvm::StringRef folder) const {
  ScratchArray<float> result(sum.size(), folder);
  std::copy_n(sum.data(), sum.size(), result.data());
  return result;
}

double GramSum::trace() const {
  double result = 0;
  for (int64_t i = 0; i < width; ++i)
    result += sum[i * (i + 3) / 2];
  return result;
}

void GramSum::save(llvm::raw_ostream &stream) const {
  stream.write(reinterpret_cast<const char *>(sum.data()), sum.size() * sizeof(double));
}

bool GramSum::load(llvm::StringRef &bytes) {
  size_t size = sum.size() * sizeof(double);
  if (bytes.size() < size)
    return false;
  if (size > 0)
    std::memcpy(sum.data(), bytes.data(), size);
  bytes = bytes.drop_front(size);
  return true;
}
