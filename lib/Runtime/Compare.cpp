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

Comparison retort::runtime::compare(const Tensor &found, const Tensor &expected, double rtol,
                                    double atol) {
  Comparison result;
  if (found.type() != expected.type() || found.shape() != expected.shape()) {
    result.mismatch = "expected " + describe(expected) + ", found " + describe(found);
    return result;
  }
  for (int64_t i = 0; i < found.count(); ++i) {
    double want = expected.at(i), off = difference(found.at(i), want);
    result.absolute = std::max(result.absolute, off);
    if (want != 0 && off != 0)
      result.relative = std::max(result.relative, off / std::abs(want));
    // Written so that an expected NaN or infinity allows nothing.
    bool within = off == 0 || (std::isfinite(want) && off <= atol + rtol * std::abs(want));
    if (within)
      continue;
    ++result.beyond;
    if (result.first < 0)
      result.first = i;
  }
  return result;
}
