// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Improves codes and scales one at a time where outputs are weighed against each other.
//
// S = (G E A)', inputs x outputs, is half the gradient of tr(G E A E'). A step d of E_ij changes it
// by A_j. G_.i' d: within the column at once, within the block of inputs behind each column, and
// everywhere behind each block, by a product of matrices.
#include "lib/Rounding/TwoSidedDescent.h"

#include "llvm/Support/Parallel.h"

using namespace retort;

/// Inputs that are improved before their changes reach the others.
static constexpr int64_t leastBlock = 128;

namespace {
class TwoSidedDescent {
public:
  TwoSidedDescent(GroupedMatrix &matrix, const Hessian &outer, const Hessian &inner);
  void pass();

private:
  void findSlopes();
  void improveColumn(int64_t input);
  bool improveCode(int64_t output, int64_t input, float slope, float *by);
  void improveScales(int64_t first, int64_t last);
  float improveScale(int64_t output, int64_t first, int64_t last, const float *number,
                     std::vector<float> &product);
  void bringChanges(int64_t from, int64_t to, int64_t begin, int64_t end, const float *changes);
  float *slopesOf(int64_t input) { return slopes.data() + input * outputs; }
  float *changesOf(int64_t input) { return changed.data() + (input - begin) * outputs; }

  GroupedMatrix &matrix;
  const Hessian &outer, &inner;
  int64_t outputs, inputs, block, begin = 0, end = 0;
  std::vector<float> slopes;  ///< S
  std::vector<float> changed; ///< of E in a block, block x outputs
  std::vector<float> moved;   ///< what the steps of a column add to a column of G E
};
} // namespace

TwoSidedDescent::TwoSidedDescent(GroupedMatrix &matrix, const Hessian &outer, const Hessian &inner)
    : matrix(matrix), outer(outer), inner(inner), outputs(matrix.outputs), inputs(matrix.inputs),
      block((leastBlock + matrix.groupSize - 1) / matrix.groupSize * matrix.groupSize),
      slopes(matrix.weights.size()), moved(outputs) {
  block = std::min(block, inputs);
  changed.resize(block * outputs);
}

/// Anew for each pass: what many small changes leave of them is lost.
void TwoSidedDescent::findSlopes() {
  std::vector<float> error = matrix.error(), turned(error.size());
  llvm::parallelFor(0, inputs, [&](int64_t k) {
    for (int64_t i = 0; i < outputs; ++i)
      turned[k * outputs + i] = error[i * inputs + k];
  });
  std::vector<float> &product = error; // A E', inputs x outputs
  multiply(inputs, outputs, inputs, 1, inner.elements.data(), inputs, turned.data(), outputs, 0,
           product.data(), outputs);
  multiply(inputs, outputs, outputs, 1, product.data(), outputs, outer.elements.data(), outputs, 0,
           slopes.data(), outputs);
}

/// The step that is taken; false where there is none.
bool TwoSidedDescent::improveCode(int64_t output, int64_t input, float slope, float *by) {
  float curvature = outer.at(output, output) * inner.at(input, input);
  if (!(curvature > 0) || !matrix.isKept(output, input))
    return false;
  UniformScale scale = matrix.scaleOf(output, input);
  int code = matrix.codeAt(output, input);
  float now = matrix.numbers.decoded(code, scale);
  int better = matrix.numbers.nearest(now - slope / curvature, scale);
  float step = matrix.numbers.decoded(better, scale) - now;
  if (better == code || step * (slope + .5f * step * curvature) >= 0)
    return false;
  matrix.setCode(output, input, better);
  *by = step;
  return true;
}

void TwoSidedDescent::improveColumn(int64_t input) {
  std::fill(moved.begin(), moved.end(), 0.0f);
  float own = inner.at(input, input), by = 0;
  const float *slope = slopesOf(input);
  bool isChanged = false;
  for (int64_t i = 0; i < outputs; ++i) {
    if (!improveCode(i, input, slope[i] + own * moved[i], &by))
      continue;
    addMultiple(moved.data(), outer.row(i), by, outputs);
    changesOf(input)[i] += by;
    isChanged = true;
  }
  for (int64_t k = begin; isChanged && k < end; ++k)
    addMultiple(slopesOf(k), moved.data(), inner.at(input, k), outputs);
}

/// By how much the scale grows; `product` is A_gg q then.
float TwoSidedDescent::improveScale(int64_t output, int64_t first, int64_t last,
                                    const float *number, std::vector<float> &product) {
  double slope = 0, curvature = 0;
  for (int64_t j = first; j < last; ++j) {
    product[j - first] = dotProduct(inner.row(j) + first, number, last - first);
    slope += double(number[j - first]) * slopesOf(j)[output];
    curvature += double(number[j - first]) * product[j - first];
  }
  curvature *= outer.at(output, output);
  if (!(curvature > 0))
    return 0;
  UniformScale &scale = matrix.scaleOf(output, first);
  float better = matrix.round(float(scale.scale - slope / curvature)), by = better - scale.scale;
  if (better == 0 || by * (slope + .5 * by * curvature) >= 0)
    return 0;
  scale.scale = better;
  return by;
}

/// Of one group of inputs, output after output. Slopes of the group follow at once.
void TwoSidedDescent::improveScales(int64_t first, int64_t last) {
  int64_t count = last - first;
  std::vector<float> number(count), product(count), changes(count * outputs);
  for (int64_t i = 0; i < outputs; ++i) {
    for (int64_t k = first; k < last; ++k)
      number[k - first] =
          matrix.numbers.numberOf(matrix.codeAt(i, k), matrix.scaleOf(i, first).zero);
    float by = improveScale(i, first, last, number.data(), product);
    for (int64_t k = first; by != 0 && k < last; ++k) {
      changes[(k - first) * outputs + i] = by * number[k - first];
      addMultiple(slopesOf(k), outer.row(i), by * product[k - first], outputs);
    }
  }
  for (int64_t k = first; k < last; ++k)
    addMultiple(changesOf(k), changes.data() + (k - first) * outputs, 1, outputs);
  bringChanges(first, last, last, end, changes.data());
}

/// Changes of the inputs `from` to `to` reach the slopes of others.
void TwoSidedDescent::bringChanges(int64_t from, int64_t to, int64_t first, int64_t last,
                                   const float *changes) {
  int64_t count = to - from;
  if (first >= last)
    return;
  std::vector<float> product(count * outputs), factors((last - first) * count);
  multiply(count, outputs, outputs, 1, changes, outputs, outer.elements.data(), outputs, 0,
           product.data(), outputs);
  for (int64_t k = first; k < last; ++k)
    std::copy_n(inner.row(k) + from, count, factors.data() + (k - first) * count);
  multiply(last - first, outputs, count, 1, factors.data(), count, product.data(), outputs, 1,
           slopesOf(first), outputs);
}

void TwoSidedDescent::pass() {
  findSlopes();
  for (begin = 0; begin < inputs; begin = end) {
    end = std::min(begin + block, inputs);
    std::fill(changed.begin(), changed.end(), 0.0f);
    for (int64_t j = begin; j < end; ++j)
      improveColumn(j);
    for (int64_t first = begin; first < end; first += matrix.groupSize)
      improveScales(first, std::min(first + matrix.groupSize, end));
    // Inputs before the block are improved by the next pass, which finds its slopes anew.
    bringChanges(begin, end, end, inputs, changed.data());
  }
}

void retort::descendTwoSided(GroupedMatrix &matrix, const Hessian &outputs, const Hessian &inputs,
                             int64_t passes) {
  TwoSidedDescent descent(matrix, outputs, inputs);
  for (int64_t i = 0; i < passes; ++i)
    descent.pass();
}
