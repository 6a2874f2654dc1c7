// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads codes of levels as the numbers that they stand for.
#include "lib/Formats/Levels/LevelsWeight.h"
#include "lib/Formats/Levels/Levels.h"
#include "lib/Formats/Levels/LevelsLookups.h"

using namespace mlir;
using namespace retort;

/// All codes count levels, and all scales places in the ladder.
bool LevelsWeight::isValid() {
  if (!codes || !scales || !ladder.isValid() || block < 1)
    return false;
  ArrayRef<int64_t> shape = codes->type().getShape();
  int64_t rank = shape.size();
  axis = axis < 0 ? axis + rank : axis;
  if (axis < 0 || axis >= rank)
    return false;
  groups = {llvm::product_of(shape.take_front(axis)), shape[axis],
            llvm::product_of(shape.drop_front(axis + 1)), block};
  if (scales->size() != groups.entries())
    return false;
  unsigned width = codes->type().getElementTypeBitWidth(),
           scaleWidth = scales->type().getElementTypeBitWidth();
  auto areBelow = [](const onnx::ConstantView &view, int64_t count) {
    for (int64_t i = 0; i < view.size(); ++i)
      if (view.intAt(i) < 0 || view.intAt(i) >= count)
        return false;
    return true;
  };
  bool codesFit = levels.size() == (size_t(1) << width) || areBelow(*codes, levels.size());
  return codesFit && (scaleWidth == compress::ScaleLadder::bits ||
                      areBelow(*scales, compress::ScaleLadder::count));
}

std::shared_ptr<const LevelsWeight> LevelsWeight::of(Operation *op) {
  std::shared_ptr<LevelsWeight> result;
  if (auto decode = dyn_cast_or_null<compress::DecodeLevelsOp>(op)) {
    result = std::make_shared<LevelsWeight>();
    result->codeConstant = decode.getCodes();
    result->codes = onnx::ConstantView::of(decode.getCodes());
    result->scales = onnx::ConstantView::of(decode.getScales());
    auto ladder = onnx::ConstantView::of(decode.getLadder());
    if (!result->codes || !ladder)
      return nullptr;
    result->levels = compress::levelsOf(result->codes->type().getElementTypeBitWidth());
    result->ladder = {int32_t(ladder->intAt(0)), int32_t(ladder->intAt(1))};
    result->tableBytes = ladder->byteCount();
    result->axis = decode.getAxis();
    result->block = decode.getBlockSize();
  } else {
    result = LevelsLookups::read(op);
  }
  return result && result->isValid() ? result : nullptr;
}

uint64_t LevelsWeight::bytes() const {
  return codes->byteCount() + scales->byteCount() + tableBytes;
}

StringRef LevelsWeight::name() const {
  StringRef name = compress::nameOfConstant(codeConstant);
  name.consume_back("_codes");
  return name;
}

std::optional<WeightMatrix> LevelsWeight::matrix(bool isSwapped) const {
  int64_t depthAxis = isSwapped ? 1 : 0;
  if (codes->type().getRank() != 2 || axis != depthAxis)
    return std::nullopt;
  int64_t width = codes->type().getDimSize(1);
  // A copy that lives as long as the matrix may be packed.
  auto self = std::make_shared<LevelsWeight>(*this);
  auto place = [=](int64_t k, int64_t n) { return isSwapped ? n * width + k : k * width + n; };
  LevelsMatrix result;
  result.bits = llvm::Log2_64(levels.size());
  result.depth = codes->type().getDimSize(depthAxis);
  result.size = std::min(block, result.depth);
  result.columns = codes->type().getDimSize(1 - depthAxis);
  result.ladder = ladder;
  result.code = [=](int64_t k, int64_t n) { return self->codes->intAt(place(k, n)); };
  result.scale = [=, size = result.size](int64_t group, int64_t n) {
    return self->scales->intAt(self->groups.entryOf(place(group * size, n)));
  };
  return result.pack(codes->type().getContext());
}
