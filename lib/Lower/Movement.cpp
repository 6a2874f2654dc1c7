// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations that move elements: transpose, concatenate, split, repeat.
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Positions.h"
#include "lib/Lower/Shapes.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;
using namespace retort;

static Value lowerTranspose(Emitter &e, onnx::TransposeOp op) {
  Value data = e.get(op.getData());
  int64_t rank = rankOf(data);
  SmallVector<int64_t> permutation = llvm::to_vector(llvm::reverse(llvm::seq(rank)));
  if (op.getPerm())
    permutation.assign(op.getPerm()->begin(), op.getPerm()->end());
  if (!isPermutationVector(permutation) || int64_t(permutation.size()) != rank)
    return op.emitOpError() << "expects 'perm' to be a permutation of " << rank << " axes", Value();
  if (llvm::is_sorted(permutation))
    return data;
  return e.transpose(data, permutation);
}

/// Parts that agree in all sizes but those along the axis, side by side.
static Value joinFew(Emitter &e, ArrayRef<Value> parts, int64_t axis) {
  if (parts.size() == 1)
    return parts[0];
  SmallVector<Value> sizes = e.dims(parts[0]), offsets(sizes.size(), e.index(0));
  for (Value part : parts.drop_front())
    sizes[axis] = e.add(sizes[axis], e.dim(part, axis));
  Value result = e.empty(sizes, elementType(parts[0]));
  for (Value part : parts) {
    result = e.insert(part, result, offsets);
    offsets[axis] = e.add(offsets[axis], e.dim(part, axis));
  }
  return result;
}

/// Many parts are joined in groups, and these in turn: what bufferization asks of a chain of
/// insertions grows with the cube of its length.
static Value join(Emitter &e, SmallVector<Value> parts, int64_t axis) {
  constexpr size_t most = 16;
  while (parts.size() > most) {
    SmallVector<Value> groups;
    for (ArrayRef<Value> rest = parts; !rest.empty();
         rest = rest.drop_front(std::min(most, rest.size())))
      groups.push_back(joinFew(e, rest.take_front(std::min(most, rest.size())), axis));
    parts = groups;
  }
  return joinFew(e, parts, axis);
}

static Value lowerConcat(Emitter &e, onnx::ConcatOp op) {
  SmallVector<Value> parts =
      llvm::map_to_vector(op.getInputs(), [&](Value part) { return e.get(part); });
  int64_t rank = rankOf(parts[0]), axis = frontAxis(op.getAxis(), rank);
  SmallVector<Value> sizes = e.dims(parts[0]);
  Value total = e.index(0);
  for (Value part : parts)
    total = e.add(total, e.dim(part, axis));
  for (auto [i, size] : llvm::enumerate(sizes)) // what any part knows, all have
    for (Value part : parts)
      if (constantOf(e.dim(part, i)))
        size = e.dim(part, i);
  sizes[axis] = total;
  sizes = e.refine(op->getResult(0).getType(), sizes);
  RankedTensorType type = e.typeFor(sizes, resultElement(op));
  if (rank == 1 && Emitter::isSmall(type) &&
      llvm::all_of(parts, [](Value part) { return Emitter::isSmall(part.getType()); })) {
    SmallVector<Value> elements;
    for (Value part : parts)
      llvm::append_range(elements, e.scalars(part));
    return e.fromScalars(type, elements);
  }
  SmallVector<Value> joined;
  for (auto [part, original] : llvm::zip(parts, op.getInputs())) {
    for (int64_t i = 0; i < rank; ++i)
      if (i != axis && e.dim(part, i) != sizes[i] &&
          !(e.sameDim && e.sameDim(original, i, op->getResult(0), i)))
        e.require(e.equal(e.dim(part, i), sizes[i]), op, "the parts have different sizes");
    if (constantOf(e.dim(part, axis)) == 0)
      continue;
    SmallVector<Value> own(sizes);
    own[axis] = e.dim(part, axis);
    Value same = e.castTo(part, e.typeFor(own, resultElement(op)));
    e.setDims(same, own);
    joined.push_back(same);
  }
  return joined.empty() ? e.empty(sizes, resultElement(op)) : join(e, joined, axis);
}

static LogicalResult lowerSplit(Emitter &e, onnx::SplitOp op) {
  Value data = e.get(op.getInput());
  int64_t rank = rankOf(data), axis = frontAxis(op.getAxis(), rank);
  unsigned count = op->getNumResults();
  SmallVector<Value> lengths;
  if (op.getSplit()) {
    auto given = indicesFrom(e, op, e.get(op.getSplit()));
    if (failed(given))
      return failure();
    lengths = *given;
  } else { // equal parts, the last may be smaller
    Value all = e.dim(data, axis);
    Value part = e.divide(e.add(all, e.index(count - 1)), e.index(count));
    lengths.assign(count, part);
    lengths.back() = e.sub(all, e.mul(part, e.index(count - 1)));
  }
  e.requireNotNegative(lengths);
  Value total = e.index(0);
  for (Value length : lengths) {
    if (!e.isBounded(length)) // so that no sum overflows
      e.require(e.lessOrEqual(length, e.dim(data, axis)), "expects parts of what is split");
    total = e.add(total, length);
  }
  e.require(e.equal(total, e.dim(data, axis)), op,
            "the parts do not add up to the size that is split");
  SmallVector<Value> offsets(rank, e.index(0));
  for (auto [result, length] : llvm::zip(op->getResults(), lengths)) {
    SmallVector<Value> sizes = e.dims(data);
    sizes[axis] = length;
    e.set(result, e.slice(data, offsets, e.refine(result.getType(), sizes)));
    offsets[axis] = e.add(offsets[axis], length);
  }
  return success();
}

static Value lowerExpand(Emitter &e, onnx::ExpandOp op) {
  Value data = e.get(op.getInput());
  Type result = op->getResult(0).getType();
  SmallVector<int64_t> unknown(tensorType(e.get(op.getShape())).hasStaticShape()
                                   ? tensorType(e.get(op.getShape())).getNumElements()
                                   : cast<RankedTensorType>(result).getRank(),
                               ShapedType::kDynamic);
  auto target =
      sizesFrom(e, op, e.get(op.getShape()), RankedTensorType::get(unknown, e.getF32Type()));
  if (failed(target))
    return {};
  // The result's type says what comes out of sizes that fit; whether these do, only the run knows.
  int64_t lead = int64_t(target->size()) - rankOf(data);
  for (int64_t i = std::max<int64_t>(0, -lead); i < rankOf(data); ++i) {
    if (e.isSizeOf && e.isSizeOf(op.getShape(), lead + i, op.getInput(), i))
      continue;
    Value size = e.dim(data, i), asked = (*target)[lead + i], one = e.index(1);
    Value isOne = e.either(e.equal(size, one), e.equal(asked, one));
    e.require(e.either(isOne, e.equal(size, asked)), op, "shapes do not broadcast");
  }
  // The shape takes part as a tensor that is never read.
  Value shape = e.empty(*target, resultElement(op));
  SmallVector<Value> tensors{data, shape}, originals;
  if (cast<RankedTensorType>(result).getRank() == int64_t(target->size()))
    originals = {op.getInput(), op->getResult(0)};
  Broadcast broadcast(e, op, tensors, originals, result);
  RankedTensorType type = e.typeFor(broadcast.sizes(), resultElement(op));
  if (type == data.getType() && broadcast.sizes() == ArrayRef<Value>(e.dims(data)))
    return data;
  return broadcast.map(resultElement(op), [](ValueRange x) { return x[0]; }, 1);
}

static Value lowerTile(Emitter &e, onnx::TileOp op) {
  Value data = e.get(op.getInput());
  auto repeats = indicesFrom(e, op, e.get(op.getRepeats()));
  if (failed(repeats))
    return {};
  SmallVector<Value> sizes = e.dims(data);
  if (repeats->size() != sizes.size())
    return op.emitOpError() << "expects " << sizes.size() << " repeats, found " << repeats->size(),
           Value();
  if (!llvm::all_of(*repeats, [&](Value repeat) { return e.isBounded(repeat); })) {
    SmallVector<Value> factors(sizes);
    factors.append(*repeats);
    e.requireFit(factors);
  }
  for (auto [size, repeat] : llvm::zip(sizes, *repeats))
    size = e.mul(size, repeat);
  sizes = e.refine(op->getResult(0).getType(), sizes);
  return e.generate(sizes, resultElement(op), [&](ValueRange indices) {
    SmallVector<Value> at;
    for (auto [i, index] : llvm::enumerate(indices)) {
      Value size = e.dim(data, i);
      at.push_back(size == sizes[i] ? index : e.createOrFold<arith::RemUIOp>(index, size));
    }
    return e.extract(data, at);
  });
}

/// Row i and column j stay where j - i >= k, or with `upper` = 0 where j - i <= k.
static Value lowerTrilu(Emitter &e, onnx::TriluOp op) {
  Value data = e.get(op.getInput());
  Value k = op.getK() ? e.toIndex(onlyElement(e, e.get(op.getK()), "number 'k'")) : e.index(0);
  Type element = resultElement(op);
  if (constantOf(k) != 0) { // beyond the matrix nothing changes: no sum overflows
    Value rows = e.dim(data, rankOf(data) - 2), columns = e.dim(data, rankOf(data) - 1);
    k = e.max(e.min(k, columns), e.sub(e.index(0), rows));
  }
  return e.mapIndexed(e.dims(data), element, Access{data, e.identity(rankOf(data))},
                      [&](ValueRange at, ValueRange x) -> Value {
                        Value column = at.back(), limit = e.add(at.drop_back().back(), k);
                        Value keep = op.getUpper() ? e.lessOrEqual(limit, column)
                                                   : e.lessOrEqual(column, limit);
                        return arith::SelectOp::create(e, keep, x[0], e.zero(element));
                      });
}

/// The first places of each text, as many as it has, in reverse; the rest stays.
static Value lowerReverseSequence(Emitter &e, onnx::ReverseSequenceOp op) {
  Value data = e.get(op.getInput()), lengths = e.get(op.getSequenceLens());
  int64_t batch = op.getBatchAxis(), time = op.getTimeAxis();
  requireSameSize(e, lengths, 0, data, batch, "expects a length for each part of the batch");
  requireCounts(e, op, lengths, e.dim(data, time));
  return e.generate(e.dims(data), resultElement(op), [&](ValueRange at) {
    SmallVector<Value> source(at);
    Value length = e.toIndex(e.extract(lengths, at[batch]));
    Value mirrored = e.sub(e.sub(length, e.index(1)), at[time]);
    source[time] = e.choose(e.less(at[time], length), mirrored, at[time]);
    return e.extract(data, source);
  });
}

void retort::addMovementLowerings(Lowering &lowering) {
  addSliceLowerings(lowering);
  lowering.add(lowerTranspose);
  lowering.add(lowerConcat);
  lowering.add(lowerSplit);
  lowering.add(lowerExpand);
  lowering.add(lowerTile);
  lowering.add(lowerTrilu);
  lowering.add(lowerReverseSequence);
}
