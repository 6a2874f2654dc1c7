// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Plain numbers, of whatever expression: what no other format holds.
#include "lib/Formats/Dense/Dense.h"
#include "lib/Formats/RegisterFormats.h"

#include "dialects/Linear/Linear.h"

using namespace mlir;
using namespace retort;
using compress::WeightExpression;
using linear::PanelPacker;

/// Numbers that lie in a constant as they are.
static ElementsAttr copyNumbers(const onnx::ConstantView &data, const WeightMatrix &weight,
                                FloatType element, bool isSwapped) {
  const char *source = data.bytes().data();
  int64_t width = element.getWidth() / 8;
  int64_t rowStride = isSwapped ? width : width * weight.columns,
          columnStride = isSwapped ? width * weight.depth : width;
  return PanelPacker(weight.columns)
      .fill(weight.depth, element, [=](char *place, int64_t k, int64_t n) {
        std::memcpy(place, source + k * rowStride + n * columnStride, width);
      });
}

WeightMatrix retort::denseMatrix(const WeightExpression &source, bool isSwapped) {
  Type type = source.type().getElementType();
  MLIRContext *context = type.getContext();
  FloatType element = linear::isReal(type) ? cast<FloatType>(type) : Float32Type::get(context);
  int64_t width = source.type().getDimSize(1);
  WeightMatrix result;
  result.format = linear::DenseAttr::get(context);
  result.depth = source.type().getDimSize(isSwapped ? 1 : 0);
  result.columns = source.type().getDimSize(isSwapped ? 0 : 1);
  result.pack = [=, weight = result]() -> SmallVector<ElementsAttr> {
    if (source.isPlain() && element == type)
      return {copyNumbers(source.constant(), weight, element, isSwapped)};
    auto number = [&](int64_t k, int64_t n) -> double {
      return source.at(isSwapped ? n * width + k : k * width + n);
    };
    return {PanelPacker(weight.columns).fillNumbers(weight.depth, element, number)};
  };
  return result;
}

WeightMatrix retort::denseMatrixOfRows(const WeightExpression &source, int64_t begin, int64_t depth,
                                       int64_t columns) {
  auto element = cast<FloatType>(source.type().getElementType());
  auto pack = [=]() -> SmallVector<ElementsAttr> {
    auto number = [&](int64_t k, int64_t n) { return source.at(begin + n * depth + k); };
    return {PanelPacker(columns).fillNumbers(depth, element, number)};
  };
  return {linear::DenseAttr::get(element.getContext()), depth, columns, pack, {}};
}

namespace {
struct Lowering : linear::LinearFormatLowering::ExternalModel<Lowering, linear::DenseAttr> {
  linear::TableUse getTableUse(Attribute) const { return linear::TableUse::WhereShared; }

  Value readPacked(Attribute, ImplicitLocOpBuilder &b, ValueRange parts, Value k, Value n) const {
    return linear::widen(b, linear::readInPanels(b, parts[0], k, n));
  }
};

struct Kernel : linear::LinearFormatKernel::ExternalModel<Kernel, linear::DenseAttr> {
  RowOrder getRowOrder(Attribute, int64_t depth, unsigned) const { return {depth, depth, 1}; }

  SmallVector<Value> sumTile(Attribute, TileBuilder &b, const RowOrder &order) const {
    return b.sumRows(order, [&](Value k) { return b.load(b.weight[0], k); });
  }

  bool isPlain(Attribute) const { return true; }
};
} // namespace

void retort::registerDenseFormat(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, linear::LinearDialect *) {
    linear::DenseAttr::attachInterface<Lowering, Kernel>(*context);
  });
}
