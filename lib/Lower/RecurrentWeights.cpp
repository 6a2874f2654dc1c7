// Products with the matrices of recurrent operations.
//   DequantizeLinear(codes), reshaped to 1 x 4H x K   ->   linear.product with groups of K codes
#include "lib/Lower/RecurrentWeights.h"

#include "dialects/Compress/WeightExpression.h"
#include "dialects/Linear/Linear.h"
#include "lib/Lower/Contract.h"
#include "lib/Lower/Linear.h"
#include "lib/Lower/Reduce.h"

using namespace mlir;
using namespace retort;
using compress::WeightExpression;

/// Smaller ones stay in the code.
static constexpr uint64_t inlineBytes = 1024;

namespace {
/// Where row n of a part lies in a constant of rows of `depth` numbers.
struct Part {
  std::shared_ptr<WeightExpression> source;
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

/// Codes of rows that have a scale each; false where numbers of a row have several.
static bool takeCodes(WeightMatrix &weight, const Part &part) {
  if (part.source->form() != WeightExpression::Form::Quantized)
    return false;
  auto type = dyn_cast<IntegerType>(part.source->constant().type().getElementType());
  auto scale = dyn_cast<FloatType>(part.source->scales().type().getElementType());
  if (!type || type.getWidth() > 8 || !scale || scale.isF64())
    return false;
  for (int64_t n = 0; n < weight.columns; ++n)
    for (int64_t k = 1; k < part.depth; ++k)
      if (part.source->scaleOf(part.at(k, n)) != part.source->scaleOf(part.at(0, n)))
        return false;
  int64_t bits = type.getWidth() <= 2   ? 2
                 : type.getWidth() <= 4 ? 4
                                        : 8,
          offset = type.isUnsigned() ? 0 : int64_t(1) << (bits - 1);
  weight.format = linear::GroupsAttr::get(type.getContext(), bits, part.depth);
  weight.element = scale;
  weight.code = [=](int64_t k, int64_t n) {
    return part.source->constant().intAt(part.at(k, n)) + offset;
  };
  weight.scale = [=](int64_t, int64_t n) {
    return part.source->scales().floatAt(part.source->scaleOf(part.at(0, n)));
  };
  weight.zero = [=](int64_t, int64_t n) {
    auto &zeros = part.source->zeroPoints();
    return (zeros ? zeros->intAt(part.source->scaleOf(part.at(0, n))) : 0) + offset;
  };
  return true;
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
  if (!source || source->bytes() <= inlineBytes || source->size() != type.getNumElements())
    return std::nullopt;
  int64_t depth = type.getDimSize(2);
  Part place{std::make_shared<WeightExpression>(*source),
             (part.direction * type.getDimSize(1) + *first) * depth, depth};
  WeightMatrix weight;
  weight.depth = depth;
  weight.columns = *count;
  weight.key = e.getArrayAttr({keyOf(tensor), e.getI64IntegerAttr(place.begin),
                               e.getI64IntegerAttr(depth), e.getI64IntegerAttr(*count)});
  if (takeCodes(weight, place))
    return weight;
  weight.format = linear::DenseAttr::get(e.getContext());
  weight.element = cast<FloatType>(type.getElementType());
  weight.number = [=](int64_t k, int64_t n) { return place.source->at(place.at(k, n)); };
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
