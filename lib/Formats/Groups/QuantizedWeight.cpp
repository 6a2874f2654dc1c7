// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads codes with scales and zero points as the numbers that they stand for.
#include "lib/Formats/Groups/QuantizedWeight.h"

#include "dialects/Onnx/Onnx.h"
#include "lib/Formats/Groups/GroupsMatrix.h"

using namespace mlir;
using namespace retort;

Value retort::storedScales(Operation *dequantize) {
  Value scales = dequantize->getOperand(1);
  auto cast = scales.getDefiningOp<onnx::CastOp>();
  bool isWidened = cast && getElementTypeOrSelf(cast.getType()).isF32() &&
                   getElementTypeOrSelf(cast.getInput().getType()).isF16();
  return isWidened ? cast.getInput() : scales;
}

bool retort::castsScales(Operation *op) {
  return isa<onnx::CastOp>(op) && !op->use_empty() &&
         llvm::all_of(op->getUses(), [](OpOperand &use) {
           Operation *user = use.getOwner();
           return isa<onnx::DequantizeLinearOp, compress::DequantizeOp>(user) &&
                  use.getOperandNumber() == 1 && storedScales(user) != use.get() &&
                  onnx::ConstantView::of(user->getOperand(0));
         });
}

std::shared_ptr<const QuantizedWeight> QuantizedWeight::of(Operation *op) {
  auto result = std::make_shared<QuantizedWeight>();
  result->root = op;
  if (auto dequantize = dyn_cast<onnx::DequantizeLinearOp>(op)) {
    result->axis = dequantize.getAxis();
    result->block = dequantize.getBlockSize();
  } else if (auto dequantize = dyn_cast<compress::DequantizeOp>(op)) {
    result->axis = dequantize.getAxis();
    result->block = dequantize.getBlockSize();
  } else {
    return nullptr;
  }
  result->codeTable = onnx::ConstantView::of(op->getOperand(0));
  result->scaleTable = onnx::ConstantView::of(storedScales(op));
  if (!result->codeTable || !result->scaleTable)
    return nullptr;
  if (op->getNumOperands() > 2) {
    result->zeroTable = onnx::ConstantView::of(op->getOperand(2));
    if (!result->zeroTable || result->zeroTable->size() != result->scaleTable->size())
      return nullptr;
  }
  ArrayRef<int64_t> shape = result->type().getShape();
  int64_t rank = shape.size(), &axis = result->axis;
  axis = axis < 0 ? axis + rank : axis;
  if (result->scaleTable->size() == 1)
    return result;
  if (axis < 0 || axis >= rank || result->block < 0)
    return nullptr;
  result->groups = groupsAround(shape, axis, result->block);
  result->sharing = result->block ? Scales::PerGroup : Scales::PerPlace;
  int64_t expected = result->block ? result->groups.entries() : shape[axis];
  return result->scaleTable->size() == expected ? result : nullptr;
}

int64_t QuantizedWeight::entryOf(int64_t i) const {
  switch (sharing) {
  case Scales::One:
    return 0;
  case Scales::PerPlace:
    return i / groups.inner % groups.length;
  case Scales::PerGroup:
    return groups.entryOf(i);
  }
  llvm_unreachable("a way of sharing without a table");
}

float QuantizedWeight::at(int64_t i) const {
  int64_t entry = entryOf(i);
  return (float(codeTable->intAt(i)) - float(zeroAt(entry))) * float(scaleTable->floatAt(entry));
}

uint64_t QuantizedWeight::bytes() const {
  // One zero point for all need not be stored.
  bool hasTable = zeroTable && !zeroTable->isSplat();
  return codeTable->byteCount() + scaleTable->byteCount() + (hasTable ? zeroTable->byteCount() : 0);
}

StringRef QuantizedWeight::name() const {
  auto attribute = root->getOperand(0).getDefiningOp()->getAttrOfType<StringAttr>("name");
  StringRef name = attribute ? attribute.getValue() : "";
  name.consume_back("_quantized");
  return name;
}

bool QuantizedWeight::zeroAllBut(llvm::function_ref<bool(int64_t)> keeps) const {
  if (hasFloatZeros())
    return false;
  compress::replaceConstant(root, 0, [&](MutableArrayRef<char> bytes) {
    std::fill(bytes.begin(), bytes.end(), 0);
    for (int64_t i = 0; i < codeTable->size(); ++i)
      onnx::storeBits(bytes.data(), type().getElementTypeBitWidth(), i,
                      unsigned(keeps(i) ? codeTable->intAt(i) : zeroPoint(entryOf(i))));
  });
  return true;
}

IntegerType QuantizedWeight::kernelCode() const {
  auto code = dyn_cast<IntegerType>(type().getElementType());
  return code && code.getWidth() >= 2 && code.getWidth() <= 8 &&
                 linear::isReal(scaleTable->type().getElementType())
             ? code
             : IntegerType();
}

int64_t QuantizedWeight::groupSize(int64_t depthAxis) const {
  if (!kernelCode() || type().getRank() != 2)
    return 0;
  int64_t depth = type().getDimSize(depthAxis);
  if (scaleTable->size() == 1)
    return depth;
  // A scale for each row, or for blocks of columns: no sum of a column has one.
  if (block > 0)
    return axis == depthAxis ? block : 0;
  return axis == depthAxis ? 0 : depth;
}

std::optional<WeightMatrix> QuantizedWeight::matrix(bool isSwapped) const {
  int64_t depthAxis = isSwapped ? 1 : 0, size = groupSize(depthAxis);
  if (size == 0)
    return std::nullopt;
  int64_t width = type().getDimSize(1), offset = GroupsMatrix::offsetOf(kernelCode());
  // A copy that lives as long as the matrix may be packed.
  auto self = std::make_shared<QuantizedWeight>(*this);
  auto place = [=](int64_t k, int64_t n) { return isSwapped ? n * width + k : k * width + n; };
  auto entry = [=](int64_t group, int64_t n) { return self->entryOf(place(group * size, n)); };
  GroupsMatrix result;
  result.bits = GroupsMatrix::bitsOf(kernelCode());
  result.size = size;
  result.depth = type().getDimSize(depthAxis);
  result.columns = type().getDimSize(1 - depthAxis);
  result.element = cast<FloatType>(scaleTable->type().getElementType());
  result.code = [=](int64_t k, int64_t n) { return self->codes().intAt(place(k, n)) + offset; };
  result.scale = [=](int64_t group, int64_t n) { return self->scales().floatAt(entry(group, n)); };
  if (hasFloatZeros())
    result.floatZero = [=](int64_t group, int64_t n) {
      return self->zeroAt(entry(group, n)) + double(offset);
    };
  else if (hasZeroPoints())
    result.zero = [=](int64_t group, int64_t n) {
      return self->zeroPoint(entry(group, n)) + offset;
    };
  else if (offset == 0)
    result.zero = [](int64_t, int64_t) { return 0; };
  return result.pack();
}

/// Codes of rows that have a scale each; nothing where numbers of a row have several.
std::optional<WeightMatrix> QuantizedWeight::matrixOfRows(int64_t begin, int64_t depth,
                                                          int64_t columns) const {
  IntegerType code = kernelCode();
  if (!code || hasFloatZeros())
    return std::nullopt;
  auto place = [=](int64_t k, int64_t n) { return begin + n * depth + k; };
  for (int64_t n = 0; n < columns; ++n)
    for (int64_t k = 1; k < depth; ++k)
      if (entryOf(place(k, n)) != entryOf(place(0, n)))
        return std::nullopt;
  auto self = std::make_shared<QuantizedWeight>(*this);
  int64_t offset = GroupsMatrix::offsetOf(code);
  GroupsMatrix result{GroupsMatrix::bitsOf(code), depth, depth, columns,
                      cast<FloatType>(scaleTable->type().getElementType())};
  auto entry = [=](int64_t n) { return self->entryOf(place(0, n)); };
  result.code = [=](int64_t k, int64_t n) { return self->codes().intAt(place(k, n)) + offset; };
  result.scale = [=](int64_t, int64_t n) { return self->scales().floatAt(entry(n)); };
  result.zero = [=](int64_t, int64_t n) { return self->zeroPoint(entry(n)) + offset; };
  return result.pack();
}
