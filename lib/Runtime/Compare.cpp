// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How far a tensor is from the one that was expected.
#include "lib/Runtime/Compare.h"

#include <cmath>
#include <limits>

using namespace retort::runtime;

static std::string describe(const Tensor &tensor) {
  return std::string(info(tensor.type()).name) + " of shape " + toString(tensor.shape());
}

static double difference(double found, double expected) {
  if (found == expected || (std::isnan(found) && std::isnan(expected)))
    return 0;
  double result = std::abs(found - expected);
  return std::isnan(result) ? std::numeric_limits<double>::infinity() : result;
}

static double largestOf(const Tensor &tensor) {
  double largest = 0;
  for (int64_t i = 0; i < tensor.count(); ++i)
    if (double size = std::abs(tensor.at(i)); std::isfinite(size))
      largest = std::max(largest, size);
  return largest;
}

Comparison retort::runtime::compare(const Tensor &found, const Tensor &expected,
                                    const Tolerance &tolerance) {
  Comparison result;
  if (found.type() != expected.type() || found.shape() != expected.shape()) {
    result.mismatch = "expects " + describe(expected) + ", found " + describe(found);
    return result;
  }
  result.largest = largestOf(expected);
  double ofAll = tolerance.absolute + tolerance.ofLargest * result.largest;
  double mostBeyond = -std::numeric_limits<double>::infinity();
  for (int64_t i = 0; i < found.count(); ++i) {
    double want = expected.at(i), off = difference(found.at(i), want);
    result.absolute = std::max(result.absolute, off);
    if (want != 0 && off != 0)
      result.relative = std::max(result.relative, off / std::abs(want));
    // An expected NaN or infinity allows nothing.
    double allowed = std::isfinite(want) ? ofAll + tolerance.relative * std::abs(want) : 0;
    if (off != 0 && off - allowed > mostBeyond) {
      mostBeyond = off - allowed;
      result.worst = i;
      result.worstFound = found.at(i);
      result.worstExpected = want;
    }
    if (off == 0 || off <= allowed)
      continue;
    ++result.beyond;
    if (result.first < 0)
      result.first = i;
  }
  return result;
}
