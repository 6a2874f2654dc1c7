// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lays weights out in panels of 32 columns.
#include "dialects/Linear/WeightMatrix.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/Support/Parallel.h"

#include <cstring>

using namespace mlir;
using namespace retort;
using linear::PanelPacker;
using linear::panelWidth;

ElementsAttr PanelPacker::fill(int64_t rows, Type element,
                               llvm::function_ref<void(char *, int64_t, int64_t)> write) const {
  int64_t panels = linear::panelsFor(columns), width = element.getIntOrFloatBitWidth() / 8;
  auto type = RankedTensorType::get({panels, rows, panelWidth}, element);
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

/// The bits of a number in a type of floating-point numbers.
static void store(char *place, double value, FloatType type) {
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

ElementsAttr PanelPacker::fillNumbers(int64_t rows, FloatType element,
                                      llvm::function_ref<double(int64_t, int64_t)> number) const {
  return fill(rows, element, [&](char *place, int64_t row, int64_t column) {
    store(place, number(row, column), element);
  });
}
