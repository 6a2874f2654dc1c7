// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounds weights to powers of two.
//
//   %w = onnx.initializer "w" dense<[[0.9, -3.1], [0.0, 0.01]]>
//   ==> compress-round-power-of-two{bits=4}
//   %w = onnx.initializer "w" dense<[[1.0, -4.0], [0.0, 0.0]]>
#include "RoundPowerOfTwo/PowersOfTwo.h"
#include "lib/Weights/LinearWeights.h"
#include "lib/Weights/Remark.h"

#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_ROUNDPOWEROFTWOPASS
#include "lib/Compress/RoundPowerOfTwo/RoundPowerOfTwo.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
/// One weight. Its elements are seen three times, piece by piece, for it may be larger than the
/// memory.
class WeightRounder {
public:
  WeightRounder(LinearWeight &weight, int count)
      : weight(weight), outputs(weight.groups(0)),
        chosen(outputs.entries(), PowersOfTwo{0, count}) {}

  void findLargest();
  void choosePowers();
  /// The relative error.
  double round();

private:
  /// Calls visit(element, output) for all elements of a piece.
  template <typename Visit> void forEach(int64_t begin, MutableArrayRef<float> piece, Visit visit) {
    outputs.forEachRun(begin, piece.size(),
                       [&](int64_t at, int64_t count, int64_t output, int64_t step) {
                         for (int64_t i = 0; i < count; ++i)
                           visit(piece[at - begin + i], output + i * step);
                       });
  }

  LinearWeight &weight;
  compress::Groups outputs; ///< which output an element belongs to
  std::vector<PowersOfTwo> chosen;
};
} // namespace

void WeightRounder::findLargest() {
  std::vector<float> largest(chosen.size());
  weight.values.forEachPiece(1, [&](int64_t begin, MutableArrayRef<float> piece) {
    forEach(begin, piece, [&](float value, int64_t output) {
      largest[output] = std::max(largest[output], std::abs(value));
    });
  });
  for (auto [powers, magnitude] : llvm::zip(chosen, largest))
    powers.highest = magnitude > 0 ? exponentOf(magnitude) : 0;
}

/// Smaller powers cut the largest weights off, and are closer to all others.
void WeightRounder::choosePowers() {
  std::vector<double> gain(chosen.size());
  weight.values.forEachPiece(1, [&](int64_t begin, MutableArrayRef<float> piece) {
    forEach(begin, piece, [&](float value, int64_t output) {
      PowersOfTwo high = chosen[output], low{high.highest - 1, high.count};
      double lost = high.nearest(value) - double(value), less = low.nearest(value) - double(value);
      gain[output] += lost * lost - less * less;
    });
  });
  for (auto [powers, won] : llvm::zip(chosen, gain))
    powers.highest -= won > 0;
}

double WeightRounder::round() {
  RelativeError error;
  weight.rewrite(1, [&](int64_t begin, MutableArrayRef<float> piece) {
    forEach(begin, piece, [&](float &value, int64_t output) {
      float rounded = chosen[output].nearest(value);
      error.add(value, rounded);
      value = rounded;
    });
  });
  return error.value();
}

static LogicalResult roundWeight(LinearWeight &weight, int64_t bits, StringRef method) {
  if (failed(weight.checkFinite()))
    return failure();
  if (weight.values.isQuantized()) {
    weightMissed(weight.loc(), method, weight.name()) << remark::reason("quantized already");
    return success();
  }
  WeightRounder rounder(weight, (1 << (bits - 1)) - 1);
  rounder.findLargest();
  rounder.choosePowers();
  WeightChange change;
  change.bytesBefore = weight.bytes();
  change.weightError = rounder.round();
  change.bytesAfter = weight.bytes();
  weightPassed(weight.loc(), method, weight.name(), change) << remark::metric("bits", bits);
  return success();
}

namespace {
struct RoundPowerOfTwoPass : retort::impl::RoundPowerOfTwoPassBase<RoundPowerOfTwoPass> {
  using Base::Base;

  void runOnOperation() override {
    if (bits < 2 || bits > 8) {
      getOperation().emitError() << "expects 'bits' from 2 to 8, found " << int64_t(bits);
      return signalPassFailure();
    }
    auto round = [&](LinearWeight &weight) { return roundWeight(weight, bits, getArgument()); };
    if (failed(forEachLinearWeight(getOperation(), getArgument(), include, exclude, round)))
      signalPassFailure();
  }
};
} // namespace
