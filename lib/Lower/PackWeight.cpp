// Lays weights out in panels of 32 columns, see dialects/Linear/Linear.td.
#include "lib/Lower/WeightMatrix.h"

#include "dialects/Linear/Linear.h"

#include "llvm/Support/Parallel.h"

using namespace mlir;
using namespace retort;
using linear::panelWidth;

namespace {
/// Fills one part: `panels x rows x 32`.
class PanelPacker {
public:
  PanelPacker(const WeightMatrix &weight, int64_t rows)
      : columns(weight.columns), rows(rows), panels(linear::panelsFor(weight.columns)) {}

  /// `write(bytes, row, column)` for each element, from several threads; `width` bytes each. What
  /// is behind the last column stays 0.
  ElementsAttr fill(Type element, llvm::function_ref<void(char *, int64_t, int64_t)> write) const {
    auto type = RankedTensorType::get({panels, rows, panelWidth}, element);
    int64_t width = element.getIntOrFloatBitWidth() / 8;
    return onnx::makeConstant(type, "panels", [&](MutableArrayRef<char> bytes) {
      llvm::parallelFor(0, panels, [&](size_t panel) {
        char *place = bytes.data() + int64_t(panel) * rows * panelWidth * width;
        for (int64_t row = 0; row < rows; ++row)
          for (int64_t lane = 0; lane < panelWidth; ++lane, place += width)
            if (int64_t column = int64_t(panel) * panelWidth + lane; column < columns)
              write(place, row, column);
            else
              std::memset(place, 0, width);
      });
    });
  }

private:
  int64_t columns, rows, panels;
};
} // namespace

/// The bits of a number in a type of floating-point numbers.
static void writeFloat(char *place, double value, FloatType type) {
  if (type.isF32()) {
    float number = float(value);
    std::memcpy(place, &number, sizeof(number));
    return;
  }
  APFloat number(value);
  bool inexact;
  number.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven, &inexact);
  uint64_t bits = number.bitcastToAPInt().getZExtValue();
  std::memcpy(place, &bits, type.getWidth() / 8);
}

static SmallVector<ElementsAttr> packDense(const WeightMatrix &weight) {
  PanelPacker packer(weight, weight.depth);
  if (!weight.data)
    return {packer.fill(weight.element, [&](char *place, int64_t k, int64_t n) {
      writeFloat(place, weight.number(k, n), weight.element);
    })};
  const char *source = weight.data->bytes().data();
  int64_t width = weight.element.getIntOrFloatBitWidth() / 8;
  int64_t rowStride = weight.isSwapped ? width : width * weight.columns,
          columnStride = weight.isSwapped ? width * weight.depth : width;
  return {packer.fill(weight.element, [=](char *place, int64_t k, int64_t n) {
    std::memcpy(place, source + k * rowStride + n * columnStride, width);
  })};
}

/// The rows of a block that are kept, as many as the format keeps: the first are none (-1) where
/// there are fewer, so that their zeros do not hide a value.
static SmallVector<int64_t, 16> keptRows(const WeightMatrix &weight, linear::SparseAttr format,
                                         int64_t block, int64_t n) {
  SmallVector<int64_t, 16> rows;
  int64_t begin = block * format.getM(), end = std::min(begin + format.getM(), weight.depth);
  for (int64_t k = begin; k < end; ++k)
    if (weight.isKept(k, n))
      rows.push_back(k);
  rows.insert(rows.begin(), format.getN() - rows.size(), -1);
  return rows;
}

static SmallVector<ElementsAttr> packSparse(const WeightMatrix &weight, linear::SparseAttr format) {
  int64_t kept = format.getN(), blocks = format.blocks(weight.depth);
  int64_t placeBits = std::max<int64_t>(8, llvm::PowerOf2Ceil(kept * format.placeBits()));
  auto writeValue = [&](char *place, int64_t row, int64_t n) {
    int64_t k = keptRows(weight, format, row / kept, n)[row % kept];
    writeFloat(place, k < 0 ? 0 : weight.number(k, n), weight.element);
  };
  auto writePlaces = [&](char *place, int64_t block, int64_t n) {
    uint64_t bits = 0;
    for (auto [i, k] : llvm::enumerate(keptRows(weight, format, block, n)))
      bits |= uint64_t(k < 0 ? 0 : k % format.getM()) << (i * format.placeBits());
    std::memcpy(place, &bits, placeBits / 8);
  };
  auto integer = IntegerType::get(format.getContext(), placeBits);
  return {PanelPacker(weight, blocks * kept).fill(weight.element, writeValue),
          PanelPacker(weight, blocks).fill(integer, writePlaces)};
}

/// Whether every zero point is the middle code, so that none need be kept.
static bool isMiddle(const WeightMatrix &weight, linear::GroupsAttr format) {
  if (!weight.zero)
    return true;
  for (int64_t group = 0; group < format.groups(weight.depth); ++group)
    for (int64_t n = 0; n < weight.columns; ++n)
      if (weight.zero(group, n) != int64_t(1) << (format.getBits() - 1))
        return false;
  return true;
}

static SmallVector<ElementsAttr> packGroups(const WeightMatrix &weight, linear::GroupsAttr format) {
  MLIRContext *context = format.getContext();
  int64_t groups = format.groups(weight.depth), words = format.wordsPerGroup(),
          perWord = format.codesPerWord(), bits = format.getBits();
  SmallVector<ElementsAttr> parts;
  auto writeWord = [&](char *place, int64_t row, int64_t n) {
    int64_t first = row % words * perWord, begin = row / words * format.getSize();
    int64_t end = std::min(begin + format.getSize(), weight.depth);
    uint32_t word = 0;
    for (int64_t i = 0; i < perWord && begin + first + i < end; ++i)
      word |= uint32_t(weight.code(begin + first + i, n)) << (i * bits);
    std::memcpy(place, &word, sizeof(word));
  };
  parts.push_back(
      PanelPacker(weight, groups * words).fill(IntegerType::get(context, 32), writeWord));
  PanelPacker byGroup(weight, groups);
  parts.push_back(byGroup.fill(weight.element, [&](char *place, int64_t group, int64_t n) {
    writeFloat(place, weight.scale(group, n), weight.element);
  }));
  if (!isMiddle(weight, format))
    parts.push_back(
        byGroup.fill(IntegerType::get(context, 8), [&](char *place, int64_t group, int64_t n) {
          *place = char(weight.zero(group, n));
        }));
  return parts;
}

SmallVector<ElementsAttr> retort::packWeight(const WeightMatrix &weight) {
  if (auto format = dyn_cast<linear::GroupsAttr>(weight.format))
    return packGroups(weight, format);
  if (auto format = dyn_cast<linear::SparseAttr>(weight.format))
    return packSparse(weight, format);
  return packDense(weight);
}
