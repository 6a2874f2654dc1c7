// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds views of heads by value: element (L, t, d) of an operand, where L counts heads over all
// leading axes, must be element (L / H, (L mod H) / repeats, t, d) of the source, and all of the
// source must be used.
#include "lib/Recognize/HeadsView.h"

using namespace mlir;
using namespace retort;
using onnx::Tensor;

namespace {
/// The origins of an operand's elements.
class Origins {
public:
  Origins(const OperandLayout &layout, ArrayRef<int64_t> leadingSizes, Tensor origin,
          ArrayRef<int64_t> sourceShape)
      : layout(layout), leadingSizes(leadingSizes), origin(std::move(origin)),
        sourceShape(sourceShape) {
    strides.assign(this->origin.rank(), 1);
    for (int64_t axis = this->origin.rank() - 2; axis >= 0; --axis)
      strides[axis] = strides[axis + 1] * this->origin.dim(axis + 1);
  }

  int64_t heads() const { return llvm::product_of(leadingSizes); }
  int64_t rows() const { return origin.dim(layout.row); }
  int64_t width() const { return origin.dim(layout.width); }

  /// Whether the operand's leading axes fit the result's.
  bool fits() const {
    for (auto [axis, size] : llvm::zip_equal(layout.leading, leadingSizes))
      if (axis >= 0 && origin.dim(axis) != size && origin.dim(axis) != 1)
        return false;
    return true;
  }

  /// The place in the source of element (head, row, column).
  SmallVector<int64_t> place(int64_t head, int64_t row, int64_t column) const {
    int64_t index = row * strides[layout.row] + column * strides[layout.width];
    for (size_t k = leadingSizes.size(); k-- > 0; head /= leadingSizes[k]) {
      int axis = layout.leading[k];
      if (axis >= 0 && origin.dim(axis) != 1)
        index += head % leadingSizes[k] * strides[axis];
    }
    int64_t at = origin.integer(index);
    SmallVector<int64_t> coordinates(sourceShape.size());
    for (size_t axis = sourceShape.size(); axis-- > 0; at /= sourceShape[axis])
      coordinates[axis] = at % sourceShape[axis];
    return coordinates;
  }

  /// The axis of the source along which the place moves by one between two elements; -1 for none,
  /// -2 for anything else.
  int axisBetween(ArrayRef<int64_t> a, ArrayRef<int64_t> b) const {
    int found = -1;
    for (size_t axis = 0; axis < a.size(); ++axis) {
      if (a[axis] == b[axis])
        continue;
      if (found != -1 || b[axis] - a[axis] != 1)
        return -2;
      found = axis;
    }
    return found;
  }

private:
  const OperandLayout &layout;
  ArrayRef<int64_t> leadingSizes;
  Tensor origin;
  ArrayRef<int64_t> sourceShape;
  SmallVector<int64_t> strides;
};
} // namespace

/// The axes of the source for batch, head, row and width. Those that cannot be told because they
/// have one element are taken in this order.
static std::optional<std::array<int, 4>> axesOf(const Origins &origins, size_t rank) {
  SmallVector<int64_t> first = origins.place(0, 0, 0);
  int row = -1, width = -1;
  if (origins.width() > 1)
    width = origins.axisBetween(first, origins.place(0, 0, 1));
  if (origins.rows() > 1)
    row = origins.axisBetween(first, origins.place(0, 1, 0));
  if (row == -2 || width == -2 || (row >= 0 && row == width))
    return std::nullopt;
  SmallVector<int> rest;
  for (int axis = 0; axis < int(rank); ++axis)
    if (axis != row && axis != width)
      rest.push_back(axis);
  if (width == -1)
    width = rest.pop_back_val();
  if (row == -1)
    row = rest.pop_back_val();
  return std::array<int, 4>{rest[0], rank == 4 ? rest[1] : -1, row, width};
}

static std::optional<HeadsView> viewOf(const Source &source, const OperandLayout &layout,
                                       ArrayRef<int64_t> leadingSizes, const HeadsView *queries,
                                       Samples &samples, Sample sample) {
  auto shape = samples.shape(source.value, sample);
  if (!shape || shape->size() < 3 || shape->size() > 4)
    return std::nullopt;
  FailureOr<Tensor> origin = originOf(source, samples, sample);
  if (failed(origin) || origin->size() == 0)
    return std::nullopt;
  Origins origins(layout, leadingSizes, *origin, *shape);
  auto axes = origins.fits() ? axesOf(origins, shape->size()) : std::nullopt;
  if (!axes)
    return std::nullopt;
  HeadsView view{source.value, source.scale, *axes, (*shape)[(*axes)[0]],
                 (*axes)[1] < 0 ? 1 : (*shape)[(*axes)[1]]};
  int64_t heads = queries ? queries->heads : view.heads,
          batch = queries ? queries->batch : view.batch;
  if (batch != view.batch || batch * heads != origins.heads() || heads % view.heads ||
      (*shape)[(*axes)[2]] != origins.rows() || (*shape)[(*axes)[3]] != origins.width())
    return std::nullopt;
  for (int64_t head = 0; head < origins.heads(); ++head)
    for (int64_t row = 0; row < origins.rows(); ++row)
      for (int64_t column = 0; column < origins.width(); ++column) {
        SmallVector<int64_t> place = origins.place(head, row, column);
        int64_t group = head % heads / (heads / view.heads);
        if (place[(*axes)[0]] != head / heads || ((*axes)[1] >= 0 && place[(*axes)[1]] != group) ||
            place[(*axes)[2]] != row || place[(*axes)[3]] != column)
          return std::nullopt;
      }
  return view;
}

SmallVector<HeadsView> retort::headsViews(const OperandLayout &layout,
                                          ArrayRef<int64_t> leadingSizes, const HeadsView *queries,
                                          Samples &samples, Sample sample) {
  SmallVector<HeadsView> plain, transposed, single;
  SmallVector<Source> sources = sourcesOf(layout.value, samples);
  for (const Source &source : llvm::reverse(sources))
    if (auto view = viewOf(source, layout, leadingSizes, queries, samples, sample))
      (view->isPlain() ? plain : view->axes[1] >= 0 ? transposed : single).push_back(*view);
  plain.append(transposed);
  plain.append(single);
  return plain;
}
