// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fits the weights that are kept to what all of them computed.
#include "lib/Compress/PruneSparseGpt/FitKept.h"

#include "llvm/Support/Parallel.h"

using namespace retort;
using llvm::ArrayRef;
using llvm::MutableArrayRef;

namespace {
/// Conjugate gradients, each output a system of its own.
class KeptFit {
public:
  KeptFit(MutableArrayRef<float> weights, ArrayRef<char> kept, ArrayRef<float> original,
          const Hessian &hessian);
  void step();

private:
  /// mask * (x H)
  void apply(const std::vector<float> &x, std::vector<float> &result) const;
  void stepRow(int64_t output);

  MutableArrayRef<float> weights;
  ArrayRef<char> kept;
  const Hessian &hessian;
  int64_t inputs, outputs;
  std::vector<float> left, direction, image;
  std::vector<double> product; ///< of `left` and its preconditioned form, for each output
};
} // namespace

void KeptFit::apply(const std::vector<float> &x, std::vector<float> &result) const {
  multiply(outputs, inputs, inputs, 1, x.data(), inputs, hessian.elements.data(), inputs, 0,
           result.data(), inputs);
  for (size_t i = 0; i < result.size(); ++i)
    if (!kept[i])
      result[i] = 0;
}

KeptFit::KeptFit(MutableArrayRef<float> weights, ArrayRef<char> kept, ArrayRef<float> original,
                 const Hessian &hessian)
    : weights(weights), kept(kept), hessian(hessian), inputs(hessian.size),
      outputs(int64_t(weights.size()) / inputs), left(weights.size()), direction(weights.size()),
      image(weights.size()), product(outputs) {
  std::vector<float> error(original.begin(), original.end());
  for (size_t i = 0; i < error.size(); ++i)
    error[i] -= weights[i];
  apply(error, left);
  for (int64_t i = 0; i < outputs; ++i)
    for (int64_t j = 0; j < inputs; ++j) {
      float curvature = hessian.at(j, j), residual = left[i * inputs + j];
      direction[i * inputs + j] = curvature > 0 ? residual / curvature : 0;
      product[i] += double(residual) * direction[i * inputs + j];
    }
}

void KeptFit::stepRow(int64_t output) {
  float *p = direction.data() + output * inputs, *r = left.data() + output * inputs,
        *q = image.data() + output * inputs;
  double curvature = 0, next = 0;
  for (int64_t j = 0; j < inputs; ++j)
    curvature += double(p[j]) * q[j];
  if (!(curvature > 0) || !(product[output] > 0))
    return;
  float length = float(product[output] / curvature);
  for (int64_t j = 0; j < inputs; ++j) {
    weights[output * inputs + j] += length * p[j];
    r[j] -= length * q[j];
    float diagonal = hessian.at(j, j);
    next += diagonal > 0 ? double(r[j]) * r[j] / diagonal : 0;
  }
  float turn = float(next / product[output]);
  product[output] = next;
  for (int64_t j = 0; j < inputs; ++j) {
    float diagonal = hessian.at(j, j);
    p[j] = (diagonal > 0 ? r[j] / diagonal : 0) + turn * p[j];
  }
}

void KeptFit::step() {
  apply(direction, image);
  llvm::parallelFor(0, outputs, [&](int64_t i) { stepRow(i); });
}

void retort::fitKept(MutableArrayRef<float> weights, ArrayRef<char> kept, ArrayRef<float> original,
                     const Hessian &hessian, int64_t steps) {
  KeptFit fit(weights, kept, original, hessian);
  for (int64_t i = 0; i < steps; ++i)
    fit.step();
}
