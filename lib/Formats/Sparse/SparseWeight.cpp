// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the elements of a matrix that are kept, and finds the format in which kernels read them.
#include "lib/Formats/Sparse/SparseWeight.h"

#include "lib/Formats/Sparse/Sparse.h"

#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace retort;

static constexpr int64_t blockBits = 512;

std::shared_ptr<const SparseWeight> SparseWeight::of(compress::DecodeSparseOp op) {
  auto result = std::make_shared<SparseWeight>();
  result->op = op;
  result->kept = compress::WeightExpression::of(op.getValues());
  result->mask = onnx::ConstantView::of(op.getMask());
  if (!result->kept || !result->mask)
    return nullptr;
  ArrayRef<int64_t> shape = result->type().getShape();
  int64_t axis = result->axis =
      op.getAxis() < 0 ? op.getAxis() + int64_t(shape.size()) : op.getAxis();
  if (op.getM()) {
    result->groups = {llvm::product_of(shape.take_front(axis)), shape[axis],
                      llvm::product_of(shape.drop_front(axis + 1)), int64_t(*op.getM())};
    result->ofEach = *op.getN();
    return result;
  }
  int64_t count = 0, byte = 0;
  for (char bits : result->mask->bytes()) {
    if (byte++ % (blockBits / 8) == 0)
      result->keptBefore.push_back(count);
    count += llvm::popcount(uint8_t(bits));
  }
  return result;
}

StringRef SparseWeight::name() const {
  auto attribute = op.getMask().getDefiningOp()->getAttrOfType<StringAttr>("name");
  StringRef name = attribute ? attribute.getValue() : "";
  name.consume_back("_mask");
  return name;
}

int64_t SparseWeight::positionOf(int64_t i) const {
  if (!ofEach) {
    int64_t position = keptBefore[i / blockBits];
    for (int64_t before = i / blockBits * blockBits; before < i; ++before)
      position += isKept(before);
    return position;
  }
  int64_t column = i % groups.inner, row = i / groups.inner, place = row % groups.length;
  int64_t position = place / groups.group * ofEach;
  for (int64_t back = 1; back <= place % groups.group; ++back)
    position += isKept(i - back * groups.inner);
  int64_t length = compress::DecodeSparseOp::keptLength(groups.length, ofEach, groups.group);
  // Masks that keep more than n of a group would point behind it.
  position = std::min(position, length - 1);
  return (row / groups.length * length + position) * groups.inner + column;
}

bool SparseWeight::zeroAllBut(llvm::function_ref<bool(int64_t)> keeps) const {
  std::vector<bool> inner(kept->size());
  for (int64_t i = 0, count = type().getNumElements(); i < count; ++i)
    if (isKept(i) && keeps(i))
      inner[positionOf(i)] = true;
  if (!kept->isPlain())
    return kept->zeroAllBut([&](int64_t i) { return inner[i]; });
  compress::replaceConstant(op, 1, [&](MutableArrayRef<char> bytes) {
    size_t width = bytes.size() / inner.size();
    llvm::copy(kept->constant().bytes(), bytes.begin());
    for (size_t i = 0; i < inner.size(); ++i)
      if (!inner[i])
        std::fill_n(bytes.begin() + i * width, width, 0);
  });
  return true;
}

compress::Spread SparseWeight::spread() const {
  auto self = std::make_shared<SparseWeight>(*this);
  return {type(), axis, ofEach, ofEach ? groups.group : 0,
          [self](int64_t i) { return self->isKept(i) ? self->positionOf(i) : -1; }};
}

std::optional<WeightMatrix> SparseWeight::matrix(bool isSwapped) const {
  if (!ofEach || type().getRank() != 2 || axis != (isSwapped ? 1 : 0))
    return std::nullopt;
  if (kept->compressed())
    return kept->compressed()->matrixAmongZeros(spread(), isSwapped);
  int64_t n = ofEach, m = groups.group;
  auto element = cast<FloatType>(kept->type().getElementType());
  // A place takes its bits too: where most are kept, plain numbers are read faster.
  if (!llvm::isPowerOf2_64(m) || m < 2 || m > 16 || 2 * n > m || !kept->isPlain() ||
      !linear::isReal(element))
    return std::nullopt;
  auto format = linear::SparseAttr::get(op.getContext(), n, m);
  auto self = std::make_shared<SparseWeight>(*this);
  int64_t width = type().getDimSize(1), depth = type().getDimSize(axis),
          columns = type().getDimSize(1 - axis);
  return WeightMatrix{format,
                      depth,
                      columns,
                      [=] {
                        return packSparse(
                            {format, depth, columns, element, [=](int64_t k, int64_t n) {
                               int64_t i = isSwapped ? n * width + k : k * width + n;
                               return self->isKept(i) ? std::optional(self->at(i)) : std::nullopt;
                             }});
                      },
                      {}};
}
