// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products with the matrices of recurrent operations.
//   DequantizeLinear(codes), reshaped to 1 x 4H x K   ->   linear.product with groups of K codes
#include "lib/Lower/RecurrentWeights.h"

#include "dialects/Compress/WeightExpression.h"
#include "dialects/Linear/Linear.h"
#include "lib/Formats/Groups/GroupsMatrix.h"
#include "lib/Formats/Groups/QuantizedWeight.h"
#include "lib/Lower/Contract.h"
#include "lib/Lower/Linear.h"
#include "lib/Lower/Reduce.h"

using namespace mlir;
using namespace retort;
using compress::WeightExpression;

namespace {
/// Where row n of a part lies in a constant of rows of `depth` numbers.
struct Part {
  std::shared_ptr<const WeightExpression> source;
  int64_t begin, depth;
  int64_t at(int64_t k, int64_t n) const { return begin + n * depth + k; }
};
} // namespace

/// The constants that make an expression.
static Attribute keyOf(Value value) {
  Operation *op = value.getDefiningOp();
  if (op->getNumOperands() == 0)
    return op->getAttr("value");
  SmallVector<Attribute> parts{op->getName().getIdentifier(), op->getAttrDictionary()};
  for (Value operand : op->getOperands())
    parts.push_back(keyOf(operand));
  return ArrayAttr::get(op->getContext(), parts);
}

/// Codes of rows that have a scale each; nothing where numbers of a row have several.
static std::optional<WeightMatrix> takeCodes(const Part &part, int64_t columns) {
  auto *source = part.source->as<QuantizedWeight>();
  IntegerType code = source ? source->kernelCode() : IntegerType();
  if (!code)
    return std::nullopt;
  for (int64_t n = 0; n < columns; ++n)
    for (int64_t k = 1; k < part.depth; ++k)
      if (source->entryOf(part.at(k, n)) != source->entryOf(part.at(0, n)))
        return std::nullopt;
  int64_t offset = GroupsMatrix::offsetOf(code);
  GroupsMatrix matrix{GroupsMatrix::bitsOf(code), part.depth, part.depth, columns,
                      cast<FloatType>(source->scales().type().getElementType())};
  auto entry = [=](int64_t n) { return source->entryOf(part.at(0, n)); };
  matrix.code = [=](int64_t k, int64_t n) { return source->codes().intAt(part.at(k, n)) + offset; };
  matrix.scale = [=](int64_t, int64_t n) { return source->scales().floatAt(entry(n)); };
  matrix.zero = [=](int64_t, int64_t n) { return source->zeroPoint(entry(n)) + offset; };
  return matrix.pack();
}

/// The numbers of rows as they are.
static WeightMatrix takeNumbers(const Part &part, int64_t columns, FloatType element) {
  auto pack = [=]() -> SmallVector<ElementsAttr> {
    auto number = [&](int64_t k, int64_t n) { return part.source->at(part.at(k, n)); };
    return {linear::PanelPacker(columns).fillNumbers(part.depth, element, number)};
  };
  return {linear::DenseAttr::get(element.getContext()), part.depth, columns, pack, {}};
}

/// Nothing where the tensor is no constant, or a small one.
static std::optional<WeightMatrix> packedPart(Emitter &e, const RecurrentWeight &part) {
  auto type = dyn_cast<RankedTensorType>(part.tensor.getType());
  auto first = constantOf(part.first), count = constantOf(part.count);
  if (!type || !type.hasStaticShape() || !first || !count || !e.packedWeight ||
      type.getElementType().isF64())
    return std::nullopt;
  Value tensor = part.tensor;
  while (auto reshape = tensor.getDefiningOp<onnx::ReshapeOp>())
    tensor = reshape.getData();
  auto source = WeightExpression::of(tensor);
  if (!source || !onnx::isLarge(type) || source->size() != type.getNumElements())
    return std::nullopt;
  int64_t depth = type.getDimSize(2);
  Part place{std::make_shared<WeightExpression>(*source),
             (part.direction * type.getDimSize(1) + *first) * depth, depth};
  auto weight = takeCodes(place, *count);
  if (!weight)
    weight = takeNumbers(place, *count, cast<FloatType>(type.getElementType()));
  weight->key = e.getArrayAttr({keyOf(tensor), e.getI64IntegerAttr(place.begin),
                                e.getI64IntegerAttr(depth), e.getI64IntegerAttr(*count)});
  return weight;
}

Value retort::multiplyByRows(Emitter &e, Operation *op, Value x, const RecurrentWeight &part) {
  Type wide = accumulatorType(e, elementType(x));
  if (auto weight = packedPart(e, part))
    return multiplyByWeight(e, op, x, *weight, wide);
  Value tensor = e.get(part.tensor), depth = e.dim(tensor, 2), zero = e.index(0);
  Value rows =
      e.slice(tensor, {e.index(part.direction), part.first, zero}, {e.index(1), part.count, depth});
  return multiplyMatrices(
      e, op, {x, e.reshape(rows, {part.count, depth}), /*swapA=*/false, /*swapB=*/true}, wide);
}
