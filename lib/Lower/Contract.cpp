// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrix products. The nesting puts the loop with the longest contiguous run innermost, so that it
// vectorizes: over the columns of the result where b is stored by rows, over the sum where both
// operands run along it.
#include "lib/Lower/Contract.h"

#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Reduce.h"
#include "lib/Lower/Scalars.h"

using namespace mlir;
using namespace retort;

Value retort::contract(Emitter &e, const Contraction &product, Type element) {
  SmallVector<int64_t> position(product.sizes.size()); // loop -> its place in the nest
  for (auto [i, loop] : llvm::enumerate(product.order))
    position[loop] = i;
  auto mapOf = [&](ArrayRef<int64_t> loops) {
    return e.project(product.sizes.size(),
                     llvm::map_to_vector(loops, [&](int64_t loop) { return position[loop]; }));
  };
  std::string kinds;
  for (int64_t loop : product.order)
    kinds += llvm::is_contained(product.result, loop) ? 'p' : 'r';
  SmallVector<Access> reads;
  for (auto &[tensor, loops] : product.operands)
    reads.push_back({tensor, mapOf(loops)});
  auto sizes =
      llvm::map_to_vector(product.result, [&](int64_t loop) { return product.sizes[loop]; });
  Type accumulator = accumulatorType(e, element);
  Value sum = e.reduce(sizes, accumulator, e.zero(accumulator), mapOf(product.result), kinds, reads,
                       [&](ValueRange x) {
                         auto wide = [&](Value factor) {
                           return isa<FloatType>(accumulator)
                                      ? e.narrow(e.widen(factor), accumulator)
                                      : factor;
                         };
                         Value term = wide(x[0]);
                         for (Value factor : x.drop_front().drop_back())
                           term = scalar::multiply(e, term, wide(factor));
                         return e.sum(term, x.back());
                       });
  if (accumulator == element)
    return sum;
  return e.map(sizes, element, Access{sum, e.identity(sizes.size())},
               [&](ValueRange x) { return e.narrow(x[0], element); });
}

Value retort::scale(Emitter &e, Value tensor, double factor) {
  if (factor == 1)
    return tensor;
  Type element = elementType(tensor);
  return e.map(
      e.dims(tensor), element, Access{tensor, e.identity(rankOf(tensor))}, [&](ValueRange x) {
        Value wide = isa<FloatType>(element) ? e.widen(x[0]) : x[0];
        Value scaled = scalar::multiply(e, wide, scalar::number(e, factor, wide.getType()));
        return isa<FloatType>(element) ? e.narrow(scaled, element) : scaled;
      });
}

/// The tensor repeated along batch axes that it lacks or that are 1, where only the run knows.
static Value broadcastBatch(Emitter &e, Operation *op, Value tensor, ArrayRef<Value> batch) {
  SmallVector<Value> sizes(batch);
  SmallVector<Value> own = e.dims(tensor);
  sizes.append(own.end() - 2, own.end());
  Value shape = e.empty(sizes, elementType(tensor));
  Broadcast broadcast(e, op, {tensor, shape}, {}, e.typeFor(sizes, elementType(tensor)));
  return broadcast.map(elementType(tensor), [](ValueRange x) { return x[0]; }, 1);
}

namespace {
/// One size of the batch and which loop of it each operand runs along (-1: it stays at 0, or lacks
/// the axis).
struct Batch {
  SmallVector<Value> sizes;
  SmallVector<bool> inA, inB;
};
} // namespace

/// Batch axes that are known to agree are loops of both operands; where that is not known the
/// operands are repeated.
static Batch alignBatch(Emitter &e, Operation *op, MatrixProduct &p) {
  int64_t batchA = rankOf(p.a) - 2, batchB = rankOf(p.b) - 2, rank = std::max(batchA, batchB);
  Batch batch;
  bool isKnown = true;
  for (int64_t i = 0; i < rank; ++i) {
    int64_t axisA = i - (rank - batchA), axisB = i - (rank - batchB);
    Value sizeA = axisA < 0 ? e.index(1) : e.dim(p.a, axisA),
          sizeB = axisB < 0 ? e.index(1) : e.dim(p.b, axisB);
    bool oneA = constantOf(sizeA) == 1, oneB = constantOf(sizeB) == 1;
    bool same = sizeA == sizeB || (p.originalA && p.originalB && axisA >= 0 && axisB >= 0 &&
                                   e.sameDim && e.sameDim(p.originalA, axisA, p.originalB, axisB));
    isKnown &= same || oneA || oneB;
    batch.inA.push_back(axisA >= 0 && !oneA);
    batch.inB.push_back(axisB >= 0 && !oneB);
    batch.sizes.push_back(oneA || (constantOf(sizeB) && !oneB) ? sizeB : sizeA);
  }
  if (isKnown)
    return batch;
  Value one = e.index(1);
  for (int64_t i = 0; i < rank; ++i) {
    int64_t axisA = i - (rank - batchA), axisB = i - (rank - batchB);
    Value sizeA = axisA < 0 ? one : e.dim(p.a, axisA), sizeB = axisB < 0 ? one : e.dim(p.b, axisB);
    batch.sizes[i] = e.choose(e.equal(sizeA, one), sizeB, sizeA);
  }
  p.a = broadcastBatch(e, op, p.a, batch.sizes);
  p.b = broadcastBatch(e, op, p.b, batch.sizes);
  batch.inA.assign(rank, true);
  batch.inB.assign(rank, true);
  return batch;
}

/// The operand without the batch axes along which it does not run.
static Value dropUnitBatch(Emitter &e, Value tensor, ArrayRef<bool> runs) {
  SmallVector<Value> sizes = e.dims(tensor), kept;
  int64_t batch = sizes.size() - 2;
  for (int64_t axis = 0; axis < batch; ++axis)
    if (runs[runs.size() - batch + axis])
      kept.push_back(sizes[axis]);
  kept.append(sizes.end() - 2, sizes.end());
  return kept.size() == sizes.size() ? tensor : e.reshape(tensor, kept);
}

Value retort::multiplyMatrices(Emitter &e, Operation *op, MatrixProduct p, Type element) {
  // 1. A matrix b (a weight) and rows of a in several batch axes: one flat product.
  int64_t rankA = rankOf(p.a);
  if (rankOf(p.b) == 2 && rankA > 2 && !p.swapA) {
    SmallVector<Value> sizes = e.dims(p.a);
    Value rows = e.product(ValueRange(sizes).drop_back());
    MatrixProduct flat = p;
    flat.a = e.reshape(p.a, {rows, sizes.back()});
    flat.originalA = {};
    Value result = multiplyMatrices(e, op, flat, element);
    sizes.back() = e.dim(result, 1);
    return e.reshape(result, sizes);
  }
  // 2. Loops: the batch, then i, j and k.
  Batch batch = alignBatch(e, op, p);
  Contraction product;
  int64_t count = batch.sizes.size(), i = count, j = count + 1, k = count + 2;
  SmallVector<int64_t> placesA, placesB;
  for (int64_t axis = 0; axis < count; ++axis) {
    product.result.push_back(axis);
    product.order.push_back(axis);
    if (batch.inA[axis])
      placesA.push_back(axis);
    if (batch.inB[axis])
      placesB.push_back(axis);
  }
  Value a = dropUnitBatch(e, p.a, batch.inA), b = dropUnitBatch(e, p.b, batch.inB);
  int64_t endA = rankOf(a), endB = rankOf(b);
  Value rows = e.dim(a, p.swapA ? endA - 1 : endA - 2),
        depth = e.dim(a, p.swapA ? endA - 2 : endA - 1);
  Value columns = e.dim(b, p.swapB ? endB - 2 : endB - 1),
        depthB = e.dim(b, p.swapB ? endB - 1 : endB - 2);
  e.require(e.equal(depth, depthB), op, "the matrices do not fit");
  product.sizes = batch.sizes;
  product.sizes.append({rows, columns, constantOf(depthB) ? depthB : depth});
  placesA.append(p.swapA ? std::initializer_list<int64_t>{k, i}
                         : std::initializer_list<int64_t>{i, k});
  placesB.append(p.swapB ? std::initializer_list<int64_t>{j, k}
                         : std::initializer_list<int64_t>{k, j});
  product.operands = {{a, placesA}, {b, placesB}};
  product.result.append({i, j});
  product.order.append(p.swapB ? std::initializer_list<int64_t>{i, j, k}
                               : std::initializer_list<int64_t>{i, k, j});
  return contract(e, product, element);
}
