// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element-wise operations on tensors of different shapes, as NumPy broadcasts.
//
// Sizes of 1 that are known are read at index 0. Sizes that are known to agree are read at the
// loop's index. Of others only the run knows: the result takes the one that is not 1, and the
// operand is read at index * (size != 1).
#include "lib/Lower/Broadcast.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;
using namespace retort;

Broadcast::Broadcast(Emitter &e, Operation *op, ArrayRef<Value> tensors, ArrayRef<Value> originals,
                     Type result)
    : e(e), tensors(tensors), steps(tensors.size()) {
  int64_t rank = 0;
  for (Value tensor : tensors)
    rank = std::max(rank, rankOf(tensor));
  resultSizes.resize(rank);
  for (auto &step : steps)
    step.resize(rank);
  for (int64_t axis = 0; axis < rank; ++axis)
    addAxis(op, axis, originals, result);
}

namespace {
/// Operands that are known to have the same size along an axis.
struct SizeClass {
  Value length;
  SmallVector<unsigned> members;
};
} // namespace

void Broadcast::addAxis(Operation *op, int64_t axis, ArrayRef<Value> originals, Type result) {
  int64_t rank = resultSizes.size();
  auto ownAxis = [&](unsigned k) { return axis - (rank - rankOf(tensors[k])); };
  // 1. Operands of the same size form a class; those of size 1 are read at 0.
  SmallVector<SizeClass> classes;
  for (unsigned k = 0; k < tensors.size(); ++k) {
    if (ownAxis(k) < 0)
      continue;
    Value length = e.dim(tensors[k], ownAxis(k));
    if (constantOf(length) == 1) {
      steps[k][axis] = e.index(0);
      continue;
    }
    auto known = llvm::find_if(classes, [&](const SizeClass &other) {
      unsigned j = other.members.front();
      return other.length == length ||
             (!originals.empty() && e.sameDim &&
              e.sameDim(originals[k], ownAxis(k), originals[j], ownAxis(j)));
    });
    if (known == classes.end()) {
      classes.push_back({length, {k}});
      continue;
    }
    known->members.push_back(k);
    if (constantOf(length))
      known->length = length;
  }
  // 2. One class: its size is the result's. None: 1.
  auto ranked = dyn_cast_if_present<RankedTensorType>(result);
  bool isStatic = ranked && ranked.getRank() == rank && !ranked.isDynamicDim(axis);
  if (classes.size() <= 1) {
    Value own = classes.empty() ? e.index(1) : classes[0].length;
    resultSizes[axis] = isStatic ? e.index(ranked.getDimSize(axis)) : own;
    if (resultSizes[axis] != own)
      e.require(e.equal(own, resultSizes[axis]), op, "the declared size is another");
    for (const SizeClass &only : classes)
      for (unsigned k : only.members)
        steps[k][axis] = e.index(1);
    return;
  }
  // 3. Several: the one that is not 1, which only the run knows of those that are not constant.
  Value one = e.index(1);
  Value size = classes[0].length;
  auto constant =
      llvm::find_if(classes, [](const SizeClass &c) { return constantOf(c.length).has_value(); });
  if (constant != classes.end())
    size = constant->length;
  else
    for (const SizeClass &next : llvm::drop_begin(classes))
      size = e.choose(e.equal(size, one), next.length, size);
  for (const SizeClass &each : classes) {
    Value isOne = e.equal(each.length, one);
    if (each.length != size)
      e.require(e.either(e.equal(each.length, size), isOne), op, "shapes do not broadcast");
    for (unsigned k : each.members)
      steps[k][axis] = e.choose(isOne, e.index(0), one);
  }
  resultSizes[axis] = size;
}

void retort::requireFits(Emitter &e, Operation *op, Value tensor, ArrayRef<Value> sizes,
                         StringRef problem) {
  Value fits = e.integer(rankOf(tensor) <= int64_t(sizes.size()), e.getI1Type());
  SmallVector<Value> own = e.dims(tensor);
  for (auto [size, wanted] : llvm::zip(llvm::reverse(own), llvm::reverse(sizes)))
    fits = e.both(fits, e.either(e.equal(size, wanted), e.equal(size, e.index(1))));
  e.require(fits, op, problem);
}

void retort::requireSizes(Emitter &e, Operation *op, Value tensor, ArrayRef<Value> sizes,
                          StringRef problem) {
  Value fits = e.integer(rankOf(tensor) == int64_t(sizes.size()), e.getI1Type());
  for (auto [size, wanted] : llvm::zip(e.dims(tensor), sizes))
    fits = e.both(fits, e.equal(size, wanted));
  e.require(fits, op, problem);
}

static bool isScalarConstant(Value tensor) {
  return tensorType(tensor).hasStaticShape() && tensorType(tensor).getNumElements() == 1 &&
         matchPattern(tensor, m_Constant());
}

Value Broadcast::map(Type element, Emitter::Body body, size_t count) {
  int64_t rank = resultSizes.size();
  tensors.truncate(std::min(count, tensors.size()));
  SmallVector<Access> reads;
  SmallVector<int> place(tensors.size(), -1); // position among the reads
  bool needsIndices = false;
  for (auto [k, tensor] : llvm::enumerate(tensors)) {
    SmallVector<AffineExpr> exprs;
    bool isAffine = true;
    for (int64_t axis = rank - rankOf(tensor); axis < rank; ++axis) {
      auto step = constantOf(steps[k][axis]);
      isAffine &= step.has_value();
      exprs.push_back(step == 1 ? e.getAffineDimExpr(axis) : e.getAffineConstantExpr(0));
    }
    needsIndices |= !isAffine;
    if (!isAffine || isScalarConstant(tensor)) // the latter is part of the body
      continue;
    place[k] = reads.size();
    reads.push_back({tensor, AffineMap::get(rank, 0, exprs, e.getContext())});
  }
  return e.map(resultSizes, element, reads, [&](ValueRange elements) {
    SmallVector<Value> indices, scalars;
    for (int64_t axis = 0; needsIndices && axis < rank; ++axis)
      indices.push_back(linalg::IndexOp::create(e, axis));
    for (auto [k, tensor] : llvm::enumerate(tensors)) {
      if (place[k] >= 0) {
        scalars.push_back(elements[place[k]]);
        continue;
      }
      SmallVector<Value> where(rankOf(tensor), e.index(0));
      if (!isScalarConstant(tensor))
        for (auto [i, position] : llvm::enumerate(where))
          position = e.mul(indices[rank - rankOf(tensor) + i], steps[k][rank - rankOf(tensor) + i]);
      scalars.push_back(e.extract(tensor, where));
    }
    return body(scalars);
  });
}

/// Small integers element by element: shapes and what is computed from them.
static Value lowerSmall(Emitter &e, RankedTensorType type, ArrayRef<Value> tensors,
                        ScalarFunction compute) {
  SmallVector<int64_t> strides = computeStrides(type.getShape());
  SmallVector<SmallVector<Value>> elements =
      llvm::map_to_vector(tensors, [&](Value tensor) { return e.scalars(tensor); });
  SmallVector<Value> results;
  for (int64_t i = 0; i < type.getNumElements(); ++i) {
    SmallVector<int64_t> position = delinearize(i, strides);
    SmallVector<Value> scalars;
    for (auto [tensor, own] : llvm::zip(tensors, elements)) {
      int64_t offset = 0;
      for (auto [axis, size] : llvm::enumerate(tensorType(tensor).getShape()))
        offset = offset * size + (size == 1 ? 0 : position[axis + type.getRank() - rankOf(tensor)]);
      scalars.push_back(own[offset]);
    }
    Value result = compute(scalars);
    results.push_back(result);
  }
  return e.fromScalars(type, results);
}

Value retort::lowerElementwise(Emitter &e, Operation *op, ValueRange operands,
                               ScalarFunction compute) {
  SmallVector<Value> tensors =
      llvm::map_to_vector(operands, [&](Value operand) { return e.get(operand); });
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  RankedTensorType held = type.clone(storageType(type.getElementType()));
  if (Emitter::isSmall(held) &&
      llvm::all_of(tensors, [](Value tensor) { return Emitter::isSmall(tensor.getType()); }))
    return lowerSmall(e, held, tensors, compute);
  return Broadcast(e, op, tensors, SmallVector<Value>(operands), type)
      .map(held.getElementType(), compute);
}
