// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products with the matrices of recurrent operations.
//   DequantizeLinear(codes), reshaped to 1 x 4H x K   ->   linear.product with groups of K codes
#include "lib/Lower/RecurrentWeights.h"

#include "dialects/Compress/WeightExpression.h"
#include "lib/Formats/Dense/Dense.h"
#include "lib/Lower/Contract.h"
#include "lib/Lower/Linear.h"
#include "lib/Lower/Reduce.h"

using namespace mlir;
using namespace retort;
using compress::WeightExpression;

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
  int64_t depth = type.getDimSize(2),
          begin = (part.direction * type.getDimSize(1) + *first) * depth;
  auto *compressed = source->compressed();
  auto weight = compressed ? compressed->matrixOfRows(begin, depth, *count) : std::nullopt;
  if (!weight)
    weight = denseMatrixOfRows(*source, begin, depth, *count);
  weight->key = e.getArrayAttr({keyOf(tensor), e.getI64IntegerAttr(begin),
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
