// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//   onnx.ReduceSum(onnx.Mul(onnx.Concat(%x0, %x1, ...) {axis = a}, %w), a)
//     ->  %x0 w[0] + %x1 w[1] + ...
#include "lib/Recurrence/SumWindows.h"

#include "dialects/Onnx/Build.h"
#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/Onnx.h"

#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) { return dyn_cast<RankedTensorType>(value.getType()); }

/// What a window is laid together from along an axis; false where a part is no single row.
static bool collectRows(Value window, int64_t axis, SmallVectorImpl<Value> &rows) {
  RankedTensorType type = typeOf(window);
  if (!type)
    return false;
  auto concat = window.getDefiningOp<onnx::ConcatOp>();
  int64_t along = concat ? concat.getAxis() : axis;
  if (concat && (along < 0 ? along + type.getRank() : along) == axis)
    return llvm::all_of(concat.getInputs(),
                        [&](Value part) { return collectRows(part, axis, rows); });
  rows.push_back(window);
  return type.getDimSize(axis) == 1;
}

namespace {
struct WeightedWindow {
  SmallVector<Value> rows;
  Value weight;
  int64_t axis = 0, weightAxis = 0;
};
} // namespace

static std::optional<WeightedWindow> findWindow(onnx::ReduceSumOp sum) {
  auto product = sum.getData().getDefiningOp<onnx::MulOp>();
  auto axes = sum.getAxes() ? integersOf(sum.getAxes()) : std::nullopt;
  RankedTensorType type = typeOf(sum.getData());
  if (!product || !product->hasOneUse() || !axes || axes->size() != 1 || !type)
    return std::nullopt;
  WeightedWindow found;
  found.axis = axes->front() < 0 ? axes->front() + type.getRank() : axes->front();
  for (auto [window, weight] :
       {std::pair(product.getA(), product.getB()), std::pair(product.getB(), product.getA())}) {
    found.rows.clear();
    RankedTensorType own = typeOf(window), other = typeOf(weight);
    if (!own || !other || own.getRank() != type.getRank() || !window.hasOneUse() ||
        !window.getDefiningOp<onnx::ConcatOp>() || !collectRows(window, found.axis, found.rows))
      continue;
    found.weight = weight;
    found.weightAxis = found.axis - (own.getRank() - other.getRank());
    if (found.weightAxis >= 0 && other.getDimSize(found.weightAxis) == int64_t(found.rows.size()))
      return found;
  }
  return std::nullopt;
}

void retort::sumWindows(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(block)) {
    auto sum = dyn_cast<onnx::ReduceSumOp>(op);
    auto window = sum ? findWindow(sum) : std::nullopt;
    if (!window)
      continue;
    OpBuilder builder(sum);
    OnnxBuilder b(builder, sum.getLoc());
    auto without = [&](Value value, int64_t axis) {
      return sum.getKeepdims() ? value : b.squeeze(value, {axis});
    };
    Value total;
    for (auto [i, row] : llvm::enumerate(window->rows)) {
      Value weight = b.slice(window->weight, window->weightAxis, i, i + 1);
      Value term = b.multiply(without(row, window->axis), without(weight, window->weightAxis));
      total = total ? b.add(total, term) : term;
    }
    sum.getResult().replaceAllUsesWith(total);
  }
}
