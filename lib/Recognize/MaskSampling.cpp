// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Adds the terms of a mask up, as the model would on scores of 0.
#include "lib/Recognize/MaskSampling.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Weights.h"

#include "llvm/ADT/SmallPtrSet.h"

#include <cmath>

using namespace mlir;
using namespace retort;
using onnx::Tensor;

namespace {
/// The elements of one term, by head (over batch and heads), row and column.
class TermElements {
public:
  /// False where the tensor does not broadcast to the scores.
  bool init(Tensor tensor, ArrayRef<int64_t> place, int64_t heads);
  double at(int64_t head, int64_t row, int64_t column) const {
    return elements.number(offsets[head] + row * rowStride + column * columnStride);
  }
  bool differsByHead(int64_t headsOfEach) const {
    for (size_t head = 0; head < offsets.size(); ++head)
      if (offsets[head] != offsets[head / headsOfEach * headsOfEach])
        return true;
    return false;
  }

private:
  Tensor elements;
  std::vector<int64_t> offsets;
  int64_t rowStride = 0, columnStride = 0;
};
} // namespace

bool TermElements::init(Tensor tensor, ArrayRef<int64_t> place, int64_t heads) {
  int64_t rank = place.size();
  if (tensor.rank() > rank || rank < 2)
    return false;
  SmallVector<int64_t> strides(rank, 0);
  int64_t stride = 1;
  for (int64_t axis = tensor.rank() - 1; axis >= 0; --axis) {
    int64_t own = axis + rank - tensor.rank();
    if (tensor.dim(axis) != 1 && tensor.dim(axis) != place[own])
      return false;
    strides[own] = tensor.dim(axis) == 1 ? 0 : stride;
    stride *= tensor.dim(axis);
  }
  rowStride = strides[rank - 2];
  columnStride = strides[rank - 1];
  offsets.assign(heads, 0);
  if (llvm::product_of(place.drop_back(2)) != heads)
    return false;
  for (int64_t head = 0; head < heads; ++head) {
    int64_t rest = head;
    for (int64_t axis = rank - 3; axis >= 0; rest /= place[axis--])
      offsets[head] += rest % place[axis] * strides[axis];
  }
  elements = std::move(tensor);
  return true;
}

/// What stands in place of a score of 0, and whether the score is gone from it.
static std::pair<float, bool> masked(ArrayRef<MaskTerm> terms, ArrayRef<TermElements> elements,
                                     int64_t head, int64_t row, int64_t column) {
  float score = 0;
  bool replaced = false;
  for (size_t k = terms.size(); k-- > 0;) {
    double value = elements[k].at(head, row, column);
    if (terms[k].kind == MaskTerm::Add) {
      score += float(terms[k].factor * value);
    } else if (terms[k].kind == MaskTerm::Filter) {
      score += value == 0 ? float(terms[k].fill) : 0;
    } else if ((value != 0) == terms[k].hiddenWhere) {
      score = float(terms[k].factor * terms[k].fill);
      replaced = true;
    }
  }
  return {score, replaced};
}

/// Below this a number takes any score in: score + number = number.
static double absorbsBelow(ArrayRef<MaskTerm> terms) {
  for (const MaskTerm &term : terms)
    if (term.scores && getElementTypeOrSelf(term.scores.getType()).isF16())
      return -6e4;
  return -1e30;
}

/// What softmax makes of a row whose scores are all hidden.
static HiddenRows kindOf(ArrayRef<std::pair<float, bool>> row, double absorbs) {
  for (auto [score, replaced] : row)
    if (score != row.front().first || (!replaced && !(score <= absorbs)))
      return HiddenRows::Other;
  return std::isinf(row.front().first) ? HiddenRows::Zero : HiddenRows::Mean;
}

static void joinKinds(HiddenRows &all, HiddenRows one) {
  all = all == HiddenRows::None || all == one ? one : HiddenRows::Other;
}

static void measure(ArrayRef<MaskTerm> terms, ArrayRef<TermElements> elements, ScoreSizes sizes,
                    MaskEffect &effect) {
  auto [batch, heads, rows, columns] = sizes;
  bool differs = llvm::any_of(
      elements, [heads = heads](const TermElements &each) { return each.differsByHead(heads); });
  double absorbs = absorbsBelow(terms);
  SampledMask &mask = effect.mask;
  mask.batch = batch, mask.rows = rows, mask.columns = columns;
  mask.visible.assign(batch * rows * columns, false);
  SmallVector<std::pair<float, bool>> scores(columns);
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t h = 0; h < (differs ? heads : 1); ++h)
      for (int64_t i = 0; i < rows; ++i) {
        bool any = false;
        for (int64_t j = 0; j < columns; ++j) {
          scores[j] = masked(terms, elements, b * heads + h, i, j);
          bool sees = !(scores[j].first <= hidesBelow) && !scores[j].second;
          effect.biases |= sees && scores[j].first != 0;
          auto seen = mask.visible[(b * rows + i) * columns + j];
          effect.headsDiffer |= h > 0 && seen != sees;
          seen = sees;
          any |= sees;
        }
        if (!any && columns)
          joinKinds(mask.hiddenRows, kindOf(scores, absorbs));
      }
}

/// batch x columns, or batch x rows x columns, with axes for what is missing.
static Tensor overHeads(const Tensor &mask) {
  SmallVector<int64_t> shape(mask.shape());
  if (!shape.empty())
    shape.insert(shape.begin() + 1, std::max<int64_t>(0, 4 - mask.rank()), 1);
  return mask.reshaped(shape);
}

/// Binds the constant to its stand-in, under the same sign.
static void bindStandIn(onnx::Cone &cone, const StandIn &each) {
  auto view = onnx::ConstantView::of(each.constant);
  Type element = view->type().getElementType();
  bool negative = !isa<FloatType>(element) && view->intAt(0) < 0;
  Tensor small = Tensor::scalar(element, negative ? -each.small : each.small);
  cone.bind(each.constant, small.reshaped(view->type().getShape()));
}

FailureOr<MaskEffect> retort::sampleMasks(ArrayRef<MaskTerm> terms, ScoreSizes sizes,
                                          ArrayRef<StandIn> standIns, Samples &samples,
                                          Sample sample, Refusal &why) {
  onnx::Cone cone = samples.cone(sample);
  for (const StandIn &each : standIns)
    bindStandIn(cone, each);
  SmallVector<TermElements> elements(terms.size());
  for (auto [term, own] : llvm::zip_equal(terms, elements)) {
    FailureOr<Tensor> tensor = cone.evaluate(term.value);
    if (failed(tensor)) {
      why = cone.reason().str();
      return failure();
    }
    SmallVector<int64_t> place(sizes.begin(), sizes.end());
    if (term.scores) {
      auto shape = samples.shape(term.scores, sample);
      if (!shape) {
        why = "the shape of the scores is not known";
        return failure();
      }
      place = *shape;
    }
    if (term.kind == MaskTerm::Filter)
      *tensor = overHeads(*tensor);
    if (!own.init(*tensor, place, sizes[0] * sizes[1])) {
      why = "the mask does not broadcast to the scores";
      return failure();
    }
  }
  MaskEffect effect;
  measure(terms, elements, sizes, effect);
  return effect;
}

/// Whether the operand says along which axes, not how far.
static bool isAxis(Operation *op, unsigned slot) {
  return (slot == 1 && isa<onnx::UnsqueezeOp, onnx::SqueezeOp, onnx::CumSumOp>(op)) ||
         (slot >= 3 && isa<onnx::SliceOp>(op));
}

/// The integers of at least 2 in the small constants that the values are computed from.
static void visitIntegers(ArrayRef<MaskTerm> terms,
                          function_ref<void(Value, const onnx::ConstantView &, int64_t)> visit) {
  SmallPtrSet<Value, 32> seen;
  SmallVector<Value> stack;
  for (const MaskTerm &term : terms)
    stack.push_back(term.value);
  while (!stack.empty()) {
    Value value = stack.pop_back_val();
    Operation *op = value.getDefiningOp();
    if (!op || !seen.insert(value).second || isa<onnx::ShapeOp, onnx::SizeOp>(op))
      continue;
    for (auto [slot, operand] : llvm::enumerate(op->getOperands()))
      if (!isAxis(op, slot))
        stack.push_back(operand);
    auto view = onnx::ConstantView::of(value);
    bool isFloat = view && isa<FloatType>(view->type().getElementType());
    for (int64_t i = 0; view && view->size() <= 4 && i < view->size(); ++i) {
      double number = isFloat ? view->floatAt(i) : std::abs(double(view->intAt(i)));
      if (number >= 2 && number < (int64_t(1) << 31) && number == std::floor(number))
        visit(value, *view, int64_t(number));
    }
  }
}

SmallVector<int64_t> retort::integersIn(ArrayRef<MaskTerm> terms, int64_t largest) {
  SmallVector<int64_t> found;
  visitIntegers(terms, [&](Value, const onnx::ConstantView &, int64_t integer) {
    if (integer <= largest && !llvm::is_contained(found, integer))
      found.push_back(integer);
  });
  llvm::sort(found);
  return found;
}

/// Small sizes 14 apart, so that neither they, their halves nor their neighbors meet.
SmallVector<StandIn> retort::standInsFor(ArrayRef<MaskTerm> terms, int64_t largest) {
  SmallVector<StandIn> found;
  SmallVector<int64_t> reals;
  visitIntegers(terms, [&](Value value, const onnx::ConstantView &view, int64_t integer) {
    if (integer <= largest || integer >= (int64_t(1) << 20) || view.size() != 1)
      return;
    found.push_back({value, integer, 0});
    if (!llvm::is_contained(reals, integer))
      reals.push_back(integer);
  });
  llvm::sort(reals);
  for (StandIn &each : found)
    each.small = 10 + 14 * (llvm::find(reals, each.real) - reals.begin());
  return found;
}
