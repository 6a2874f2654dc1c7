// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Zeroes the smallest-magnitude weights.
//
//   %w = onnx.initializer "w" dense<[[0.1, -3.0], [0.2, 2.0]]>
//   ==> compress-prune-magnitude{sparsity=0.5}
//   %w = onnx.initializer "w" dense<[[0.0, -3.0], [0.0, 2.0]]>
#include "lib/Compress/PruneMagnitude/PruneMagnitude.h"
#include "lib/Weights/KeptWeight.h"
#include "lib/Weights/Remark.h"
#include "lib/Weights/SparsePattern.h"
#include "lib/Weights/WeightMask.h"

#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_PRUNEMAGNITUDEPASS
#include "lib/Compress/PruneMagnitude/PruneMagnitude.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

/// Keeps the largest of all weights together.
static std::vector<WeightMask> maskTogether(ArrayRef<LinearWeight> weights, double sparsity) {
  SmallestMagnitudes smallest;
  int64_t total = 0;
  for (const LinearWeight &weight : weights) {
    total += weight.values.size();
    weight.values.forEachPiece(1,
                               [&](int64_t, ArrayRef<float> piece) { smallest.countHigh(piece); });
  }
  smallest.choose(uint64_t(sparsity * total));
  for (const LinearWeight &weight : weights)
    weight.values.forEachPiece(1,
                               [&](int64_t, ArrayRef<float> piece) { smallest.countLow(piece); });
  smallest.finish();
  std::vector<WeightMask> masks;
  for (const LinearWeight &weight : weights) {
    WeightMask &mask = masks.emplace_back(weight.values.size());
    weight.values.forEachPiece(1, [&](int64_t begin, ArrayRef<float> piece) {
      for (size_t i = 0; i < piece.size(); ++i)
        if (!smallest.goes(piece[i]))
          mask.keep(begin + i);
    });
  }
  return masks;
}

/// Keeps the largest of each output. Outputs that lie side by side are gathered a few at a time.
static WeightMask maskRows(const LinearWeight &weight, double sparsity) {
  compress::Groups all = weight.groups(0);
  WeightMask mask(weight.values.size());
  size_t count = size_t(sparsity * all.length);
  int64_t width = std::min<int64_t>(all.inner, 64);
  std::vector<float> columns(width * all.length), row(width);
  for (int64_t outer = 0; outer < all.outer; ++outer)
    for (int64_t first = 0; first < all.inner; first += width) {
      int64_t wide = std::min(width, all.inner - first),
              base = outer * all.length * all.inner + first;
      for (int64_t k = 0; k < all.length; ++k) {
        weight.values.read(base + k * all.inner, MutableArrayRef(row).take_front(wide));
        for (int64_t j = 0; j < wide; ++j)
          columns[j * all.length + k] = row[j];
      }
      for (int64_t j = 0; j < wide; ++j) {
        MutableArrayRef column = MutableArrayRef(columns).slice(j * all.length, all.length);
        zeroSmallest(column, count);
        for (int64_t k = 0; k < all.length; ++k)
          if (column[k] != 0)
            mask.keep(base + j + k * all.inner);
      }
    }
  return mask;
}

/// Keeps n of each m.
static WeightMask maskGroups(const LinearWeight &weight, int64_t n, int64_t m) {
  compress::Groups groups = weight.groups(m);
  WeightMask mask(weight.values.size());
  std::vector<float> group;
  for (int64_t outer = 0; outer < groups.outer; ++outer)
    for (int64_t first = 0; first < groups.length; first += m) {
      int64_t rows = std::min(m, groups.length - first);
      int64_t begin = (outer * groups.length + first) * groups.inner;
      group.resize(rows * groups.inner);
      weight.values.read(begin, group);
      zeroAllBut(group, groups.inner, n, [&](int64_t row, int64_t column) {
        mask.keep(begin + row * groups.inner + column);
      });
    }
  return mask;
}

/// `asked`: the length of a block that was asked for, where that of `m` is shorter.
static void apply(LinearWeight &weight, const WeightMask &mask, int64_t n, int64_t m, int64_t asked,
                  StringRef method) {
  RelativeError error;
  weight.values.forEachPiece(1, [&](int64_t begin, ArrayRef<float> piece) {
    for (size_t i = 0; i < piece.size(); ++i)
      error.add(piece[i], mask.keeps(begin + i) ? piece[i] : 0);
  });
  WeightChange change;
  change.bytesBefore = weight.bytes();
  change.weightError = error.value();
  change.magnitudes = error.magnitudes();
  if (m && weight.values.isPlain())
    storeKept(weight, mask, n, m);
  else
    applyMask(weight, mask);
  change.bytesAfter = weight.bytes();
  auto remark = weightPassed(weight.loc(), method, weight.name(), change);
  remark << remark::metric("weights", weight.values.size())
         << remark::metric("pruned", weight.values.size() - mask.count());
  if (m)
    remark << remark::metric("n", n) << remark::metric("m", m);
  if (m < asked)
    remark << remark::reason("of each {0}, which is all inputs that it has, in place of {1}", m,
                             asked);
}

namespace {
struct PruneMagnitudePass : retort::impl::PruneMagnitudePassBase<PruneMagnitudePass> {
  using Base::Base;

  LogicalResult checkOptions() {
    if (scope != "layer" && scope != "row" && scope != "model")
      return getOperation().emitError()
             << "expects 'scope' to be layer, row or model, found '" << scope << "'";
    return SparsePattern{sparsity, n, m}.verify(getOperation());
  }

  /// No block is longer than the inputs of an output.
  int64_t blockOf(const LinearWeight &weight) const {
    return std::min<int64_t>(m, weight.type().getDimSize(weight.inputAxis()));
  }

  void prune(LinearWeight &weight) {
    int64_t block = blockOf(weight);
    if (m && n >= block) {
      weightMissed(weight.loc(), getArgument(), weight.name()) << remark::reason(
          "keeps {0} of each {1} inputs, and has {2}", int64_t(n), int64_t(m), block);
      return;
    }
    apply(weight, maskFor(weight, block), m ? n : 0, block, m, getArgument());
  }

  WeightMask maskFor(const LinearWeight &weight, int64_t block) {
    if (m)
      return maskGroups(weight, n, block);
    return scope == "row" ? maskRows(weight, sparsity) : maskTogether(weight, sparsity).front();
  }

  void runOnOperation() override {
    if (failed(checkOptions()))
      return signalPassFailure();
    auto weights = selectLinearWeights(getOperation(), getArgument(), include, exclude);
    if (failed(weights))
      return signalPassFailure();
    for (const LinearWeight &weight : *weights)
      if (failed(weight.checkFinite()))
        return signalPassFailure();
    llvm::erase_if(*weights, [&](const LinearWeight &weight) {
      StringRef reason = whyNotZeroed(weight);
      if (!reason.empty())
        weightMissed(weight.loc(), getArgument(), weight.name()) << remark::reason("{0}", reason);
      return !reason.empty();
    });
    if (scope == "model" && !m) {
      std::vector<WeightMask> masks = maskTogether(*weights, sparsity);
      for (auto [weight, mask] : llvm::zip(*weights, masks))
        apply(weight, mask, 0, 0, 0, getArgument());
    } else {
      for (LinearWeight &weight : *weights)
        prune(weight);
    }
  }
};
} // namespace
