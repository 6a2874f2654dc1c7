// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the numbers of a weight are spread.
#include "lib/Weights/Magnitudes.h"

#include "llvm/ADT/bit.h"

#include <algorithm>
#include <cmath>

using namespace retort;

// Of an f32: the exponent, and two bits of the fraction.
static constexpr unsigned binShift = 21, binCount = 1024, binOfOne = 127 * 4;

static unsigned binOf(float magnitude) { return llvm::bit_cast<uint32_t>(magnitude) >> binShift; }

void Magnitudes::add(float value) { add(llvm::ArrayRef(value)); }

void Magnitudes::add(llvm::ArrayRef<float> values) {
  counts.resize(binCount);
  for (float value : values) {
    float magnitude = std::abs(value);
    ++counts[binOf(magnitude)];
    squares += double(value) * value;
    most = std::max(most, magnitude);
  }
  seen += int64_t(values.size());
}

double Magnitudes::typical() const { return seen > 0 ? std::sqrt(squares / double(seen)) : 0; }

std::string Magnitudes::bins() const {
  if (!(most > 0))
    return "[0]";
  unsigned first = std::max(1u, binOf(most / 1000)), last = binOf(most);
  std::string list = "[" + std::to_string(int(first) - int(binOfOne));
  for (unsigned bin = first; bin <= last; ++bin)
    list += ", " + std::to_string(counts[bin]);
  return list + "]";
}
