// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Numbers for tests, the same in each run.
#ifndef RETORT_TEST_UNIT_RANDOMNUMBERS_H
#define RETORT_TEST_UNIT_RANDOMNUMBERS_H

#include <random>
#include <vector>

namespace retort {

/// Of the unit normal.
inline std::vector<float> normals(size_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  std::vector<float> numbers(count);
  for (float &number : numbers)
    number = normal(engine);
  return numbers;
}

} // namespace retort

#endif
