// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A weight on its way to codes: one row for each output, its inputs in the order in which they are
// rounded.
#ifndef RETORT_LIB_ROUNDING_GROUPEDMATRIX_H
#define RETORT_LIB_ROUNDING_GROUPEDMATRIX_H

#include "dialects/Compress/Levels.h"
#include "lib/Rounding/CodeNumbers.h"

#include <functional>
#include <vector>

namespace retort {

struct GroupedMatrix {
  int64_t outputs = 0, inputs = 0, groupSize = 0;
  CodeNumbers numbers = CodeNumbers::integers({4, true});
  /// Scales are places in a ladder, which is fitted to them when the weights are rounded to
  /// nearest.
  bool hasLadder = false;
  compress::ScaleLadder ladder;
  /// Else: brings a scale to the type that it is stored in.
  std::function<float(float)> roundScale;
  std::vector<float> weights; ///< outputs x inputs: what the codes are to stand for
  /// outputs x inputs: what stays; the code of everything else is that of zero. Empty: all of it.
  std::vector<char> kept;
  std::vector<int8_t> codes; ///< outputs x inputs, less 128 where codes have 8 bits and no sign
  std::vector<UniformScale> scales; ///< outputs x groups()

  float round(float scale) const {
    return hasLadder ? ladder.at(ladder.nearest(scale)) : roundScale(scale);
  }
  int64_t groups() const { return (inputs + groupSize - 1) / groupSize; }
  UniformScale &scaleOf(int64_t output, int64_t input) {
    return scales[output * groups() + input / groupSize];
  }
  const UniformScale &scaleOf(int64_t output, int64_t input) const {
    return scales[output * groups() + input / groupSize];
  }
  /// Calls visit(input, scale) for all inputs of an output.
  template <typename Visit> void forEachInGroups(int64_t output, Visit visit) const {
    for (int64_t first = 0; first < inputs; first += groupSize) {
      UniformScale scale = scaleOf(output, first);
      for (int64_t k = first; k < std::min(first + groupSize, inputs); ++k)
        visit(k, scale);
    }
  }
  /// What is subtracted from a code where it is kept in eight bits with a sign.
  int bias() const { return numbers.isUnsigned() ? 1 << (numbers.bits() - 1) : 0; }
  int codeAt(int64_t output, int64_t input) const {
    return codes[output * inputs + input] + bias();
  }
  void setCode(int64_t output, int64_t input, int number) {
    codes[output * inputs + input] = int8_t(number - bias());
  }
  bool isKept(int64_t output, int64_t input) const {
    return kept.empty() || kept[output * inputs + input];
  }
  /// The code nearest to a number where it is kept, else that of zero.
  int nearestAt(int64_t output, int64_t input, float number) const {
    return numbers.nearest(isKept(output, input) ? number : 0.0f, scaleOf(output, input));
  }
  /// What the code stands for.
  float valueAt(int64_t output, int64_t input) const;

  /// Scales for the weights as they are, and their nearest codes.
  void roundToNearest(bool search);
  /// What the codes stand for.
  std::vector<float> values() const;
  /// The same less the weights.
  std::vector<float> error() const;

private:
  void roundGroups(bool search, llvm::function_ref<float(float)> round);
  UniformScale fitGroup(int64_t output, int64_t begin, int64_t end, bool search,
                        llvm::function_ref<float(float)> round) const;
  void snapScales();
};

} // namespace retort

#endif
