// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How alike the residual stream is before and behind its segments.
#include "lib/Calibrate/StreamObserver.h"

#include <cmath>
#include <cstring>

using namespace retort;

void CosineSum::add(const float *before, const float *behind, int64_t count, int64_t width) {
  for (int64_t i = 0; i < count; ++i, before += width, behind += width) {
    double product = 0, first = 0, second = 0;
    for (int64_t k = 0; k < width; ++k) {
      product += double(before[k]) * behind[k];
      first += double(before[k]) * before[k];
      second += double(behind[k]) * behind[k];
    }
    if (!(first > 0) || !(second > 0))
      continue;
    sum += product / std::sqrt(first * second);
    ++seen;
  }
}

void CosineSum::save(llvm::raw_ostream &stream) const {
  stream.write(reinterpret_cast<const char *>(&seen), sizeof(seen));
  stream.write(reinterpret_cast<const char *>(&sum), sizeof(sum));
}

bool CosineSum::load(llvm::StringRef &bytes) {
  if (bytes.size() < sizeof(seen) + sizeof(sum))
    return false;
  std::memcpy(&seen, bytes.data(), sizeof(seen));
  std::memcpy(&sum, bytes.data() + sizeof(seen), sizeof(sum));
  bytes = bytes.drop_front(sizeof(seen) + sizeof(sum));
  return true;
}
