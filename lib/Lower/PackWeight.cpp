// Lays weights out in panels of 32 columns, see dialects/Linear/Linear.td.
#include "lib/Lower/WeightExpression.h"

#include "dialects/Linear/Linear.h"

#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace retort;
using linear::panelWidth;

namespace {
/// Fills one part: `panels x rows x 32`.
class PanelPacker {
public:
  PanelPacker(const WeightExpression &weight, int64_t rows)
      : columns(weight.columns), rows(rows), panels(linear::panelsFor(weight.columns)) {}

  /// `write(bytes, row, column)` for each element; `width` bytes each. What is behind the last
  /// column stays 0.
  ElementsAttr fill(Type element, llvm::function_ref<void(char *, int64_t, int64_t)> write) const {
    auto type = RankedTensorType::get({panels, rows, panelWidth}, element);
    int64_t width = element.getIntOrFloatBitWidth() / 8;
    return onnx::makeConstant(type, "panels", [&](MutableArrayRef<char> bytes) {
      char *place = bytes.data();
      for (int64_t panel = 0; panel < panels; ++panel)
        for (int64_t row = 0; row < rows; ++row)
          for (int64_t lane = 0; lane < panelWidth; ++lane, place += width)
            if (int64_t column = panel * panelWidth + lane; column < columns)
              write(place, row, column);
            else
              std::memset(place, 0, width);
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

static SmallVector<ElementsAttr> packDense(const WeightExpression &weight) {
  const MatrixView &view = *weight.values;
  ArrayRef<char> source = view.values.bytes();
  int64_t width = weight.element.getIntOrFloatBitWidth() / 8;
  return {PanelPacker(weight, weight.depth)
              .fill(weight.element, [&](char *place, int64_t k, int64_t n) {
                std::memcpy(place, source.data() + view.at(k, n) * width, width);
              })};
}

/// Whether every zero point is the middle code, so that none need be kept.
static bool isMiddle(const WeightExpression &weight, linear::GroupsAttr format) {
  if (!weight.zero)
    return true;
  for (int64_t group = 0; group < format.groups(weight.depth); ++group)
    for (int64_t n = 0; n < weight.columns; ++n)
      if (weight.zero(group, n) != int64_t(1) << (format.getBits() - 1))
        return false;
  return true;
}

static SmallVector<ElementsAttr> packGroups(const WeightExpression &weight,
                                            linear::GroupsAttr format) {
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
  auto element = cast<FloatType>(weight.element);
  parts.push_back(byGroup.fill(element, [&](char *place, int64_t group, int64_t n) {
    writeFloat(place, weight.scale(group, n), element);
  }));
  if (!isMiddle(weight, format))
    parts.push_back(
        byGroup.fill(IntegerType::get(context, 8), [&](char *place, int64_t group, int64_t n) {
          *place = char(weight.zero(group, n));
        }));
  return parts;
}

SmallVector<ElementsAttr> retort::packWeight(const WeightExpression &weight) {
  if (auto format = dyn_cast<linear::GroupsAttr>(weight.format))
    return packGroups(weight, format);
  return packDense(weight);
}
