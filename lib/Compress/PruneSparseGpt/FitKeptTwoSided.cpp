// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fits the weights that are kept to what the model makes of all of them.
#include "lib/Compress/PruneSparseGpt/FitKeptTwoSided.h"

using namespace retort;
using llvm::ArrayRef;
using llvm::MutableArrayRef;

namespace {
/// Conjugate gradients, all outputs one system.
class TwoSidedFit {
public:
  TwoSidedFit(MutableArrayRef<float> weights, ArrayRef<char> kept, ArrayRef<float> original,
              const Hessian &outer, const Hessian &inner);
  /// False where nothing is left to do.
  bool step();

private:
  void apply(ArrayRef<float> x, std::vector<float> &result);
  /// The residual over the diagonal, at one place.
  float conditioned(size_t place) const {
    float diagonal = outer.at(int64_t(place) / inputs, int64_t(place) / inputs) *
                     inner.at(int64_t(place) % inputs, int64_t(place) % inputs);
    return diagonal > 0 ? left[place] / diagonal : 0;
  }

  MutableArrayRef<float> weights;
  ArrayRef<char> kept;
  const Hessian &outer, &inner;
  int64_t inputs, outputs;
  std::vector<float> left, direction, image, between;
  double product = 0; ///< of `left` and its conditioned form
};
} // namespace

/// mask * (G x A)
void TwoSidedFit::apply(ArrayRef<float> x, std::vector<float> &result) {
  multiply(outputs, inputs, inputs, 1, x.data(), inputs, inner.elements.data(), inputs, 0,
           between.data(), inputs);
  multiply(outputs, inputs, outputs, 1, outer.elements.data(), outputs, between.data(), inputs, 0,
           result.data(), inputs);
  for (size_t i = 0; i < result.size(); ++i)
    if (!kept[i])
      result[i] = 0;
}

TwoSidedFit::TwoSidedFit(MutableArrayRef<float> weights, ArrayRef<char> kept,
                         ArrayRef<float> original, const Hessian &outer, const Hessian &inner)
    : weights(weights), kept(kept), outer(outer), inner(inner), inputs(inner.size),
      outputs(outer.size), left(weights.size()), direction(weights.size()), image(weights.size()),
      between(weights.size()) {
  std::vector<float> error(original.begin(), original.end());
  for (size_t i = 0; i < error.size(); ++i)
    error[i] -= weights[i];
  apply(error, left);
  for (size_t i = 0; i < left.size(); ++i) {
    direction[i] = conditioned(i);
    product += double(left[i]) * direction[i];
  }
}

bool TwoSidedFit::step() {
  apply(direction, image);
  double curvature = 0, next = 0;
  for (size_t i = 0; i < image.size(); ++i)
    curvature += double(direction[i]) * image[i];
  if (!(curvature > 0) || !(product > 0))
    return false;
  auto length = float(product / curvature);
  for (size_t i = 0; i < image.size(); ++i) {
    weights[i] += length * direction[i];
    left[i] -= length * image[i];
    next += double(left[i]) * conditioned(i);
  }
  auto turn = float(next / product);
  product = next;
  for (size_t i = 0; i < image.size(); ++i)
    direction[i] = conditioned(i) + turn * direction[i];
  return true;
}

void retort::fitKeptTwoSided(MutableArrayRef<float> weights, ArrayRef<char> kept,
                             ArrayRef<float> original, const Hessian &outer, const Hessian &inner,
                             int64_t steps) {
  TwoSidedFit fit(weights, kept, original, outer, inner);
  for (int64_t i = 0; i < steps && fit.step(); ++i)
    ;
}
