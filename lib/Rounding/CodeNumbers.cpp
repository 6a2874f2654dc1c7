// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The numbers that codes stand for, before they are scaled.
#include "lib/Rounding/CodeNumbers.h"
#include "dialects/Compress/Levels.h"

using namespace retort;

CodeNumbers CodeNumbers::integers(UniformCode code) { return CodeNumbers(code); }

CodeNumbers CodeNumbers::levels(unsigned bits) {
  CodeNumbers numbers(UniformCode{bits, /*symmetric=*/true});
  numbers.table = compress::levelsOf(bits);
  numbers.isEven = bits > 5;
  numbers.middle = compress::middlesOf(numbers.table);
  size_t code = 0;
  for (int i = 0; i < 256; ++i) {
    while (code < numbers.middle.size() && numbers.middle[code] < float(i) / 128 - 1)
      ++code;
    numbers.first.push_back(uint8_t(code));
  }
  return numbers;
}

FitSums CodeNumbers::sums(llvm::ArrayRef<float> values, UniformScale scale) const {
  auto count = int64_t(values.size());
  if (isTable() && !isEven)
    return sumsOfTable(values.data(), count, scale.scale, table.data(), middle.data(),
                       int64_t(table.size()));
  EvenNumbers numbers{float(lowest()), float(highest()), 1, float(-scale.zero)};
  if (isTable())
    numbers = {0, float(highest()), 2 / float(highest()), -1};
  return sumsOfEven(values.data(), count, scale.scale, numbers);
}

UniformScale CodeNumbers::fit(float low, float high, llvm::function_ref<float(float)> round) const {
  if (!isTable())
    return fitScale(low, high, code, round);
  float scale = round(std::fmax(std::fabs(low), std::fabs(high)) / table.back());
  // Of zeros: a scale below that of any other group.
  return {std::fmax(scale, 1e-30f), 0};
}
