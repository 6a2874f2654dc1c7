// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How far the logits of a window are from those of the model as it was.
#include "lib/Run/MeanDivergence.h"
#include "lib/Text/Scores.h"

#include "llvm/Support/Parallel.h"

#include <numeric>

using namespace retort;
using runtime::Tensor;

double retort::meanDivergence(const Tensor &changed, const Tensor &reference) {
  int64_t width = reference.shape().back(),
          rows = std::max<int64_t>(reference.count() / width - 1, 1);
  std::vector<double> each(rows);
  llvm::parallelFor(0, rows, [&](size_t i) {
    each[i] =
        text::distance(changed.as<float>() + i * width, reference.as<float>() + i * width, width)
            .kl;
  });
  return std::accumulate(each.begin(), each.end(), 0.0) / double(rows);
}
