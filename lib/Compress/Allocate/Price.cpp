// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What an error of one matrix costs the model.
#include "lib/Compress/Allocate/Price.h"

#include <algorithm>
#include <cmath>

using namespace retort;

// What lies outside is the noise of few windows.
static constexpr double leastExponent = .5, mostExponent = 2;

std::optional<Price> Price::through(llvm::ArrayRef<Sensitivity> points) {
  if (points.empty() || !(points[0].error > 0))
    return std::nullopt;
  Price price = proportional(points[0].kl / points[0].error);
  bool bends = points.size() > 1 && points[1].error > 1.01 * points[0].error && points[0].kl > 0 &&
               points[1].kl > 0;
  if (!bends)
    return price;
  price.bend = points[0].error;
  price.exponent = std::clamp(std::log(points[1].kl / points[0].kl) /
                                  std::log(points[1].error / points[0].error),
                              leastExponent, mostExponent);
  return price;
}

double Price::of(double error) const {
  if (bend == 0 || error <= bend)
    return rate * error;
  return rate * bend * std::pow(error / bend, exponent);
}
