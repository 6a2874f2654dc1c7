// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A weight on its way to codes.
#include "lib/Compress/QuantizeGptq/GroupedMatrix.h"
#include "lib/Compress/QuantizeGptq/GroupScales.h"

#include "llvm/Support/Parallel.h"

using namespace retort;

float GroupedMatrix::valueAt(int64_t output, int64_t input) const {
  return decoded(codeAt(output, input), scaleOf(output, input));
}

void GroupedMatrix::roundToNearest(bool search) {
  codes.assign(weights.size(), 0);
  scales.assign(outputs * groups(), {});
  llvm::parallelFor(0, outputs, [&](int64_t i) {
    for (int64_t begin = 0; begin < inputs; begin += groupSize) {
      llvm::ArrayRef<float> group(weights.data() + i * inputs + begin,
                                  std::min(groupSize, inputs - begin));
      auto [low, high] = std::minmax_element(group.begin(), group.end());
      UniformScale &scale = scaleOf(i, begin);
      scale = search ? searchScale(group, code, round) : fitScale(*low, *high, code, round);
      for (size_t k = 0; k < group.size(); ++k)
        setCode(i, begin + k, nearestCode(group[k], scale, code));
    }
  });
}

std::vector<float> GroupedMatrix::error() const {
  std::vector<float> result(weights.size());
  for (int64_t i = 0; i < outputs; ++i)
    for (int64_t k = 0; k < inputs; ++k)
      result[i * inputs + k] = valueAt(i, k) - weights[i * inputs + k];
  return result;
}
