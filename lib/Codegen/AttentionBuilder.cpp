// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the kernels of fused attention build with: sizes, which columns a row sees, powers.
#include "lib/Codegen/AttentionKernels.h"

#include "dialects/Retort/Names.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace retort;

/// Windows and offsets are taken for no larger, so that sums of them do not overflow.
static constexpr int64_t farAway = int64_t(1) << 40;

Value AttentionBuilder::subtract(Value a, Value b) { return createOrFold<arith::SubIOp>(a, b); }
Value AttentionBuilder::multiply(Value a, Value b) { return createOrFold<arith::MulIOp>(a, b); }
Value AttentionBuilder::divide(Value a, Value b) { return createOrFold<arith::DivUIOp>(a, b); }
Value AttentionBuilder::remainder(Value a, Value b) { return createOrFold<arith::RemUIOp>(a, b); }
Value AttentionBuilder::least(Value a, Value b) { return createOrFold<arith::MinSIOp>(a, b); }
Value AttentionBuilder::most(Value a, Value b) { return createOrFold<arith::MaxSIOp>(a, b); }

Value AttentionBuilder::real(double value) {
  return arith::ConstantOp::create(*this, getF32FloatAttr(value));
}

Value AttentionBuilder::maximum(Value a, Value b) {
  Value isLarger = arith::CmpFOp::create(*this, arith::CmpFPredicate::OGT, a, b);
  return arith::SelectOp::create(*this, isLarger, a, b);
}

static Value constantLike(AttentionBuilder &b, Value x, double value) {
  return isa<VectorType>(x.getType()) ? b.splat(value) : b.real(value);
}

Value AttentionBuilder::shiftFor(Value highest) {
  Value none = constantLike(*this, highest, -std::numeric_limits<double>::infinity());
  Value isNone = arith::CmpFOp::create(*this, arith::CmpFPredicate::OEQ, highest, none);
  return arith::SelectOp::create(*this, isNone, constantLike(*this, highest, 0), highest);
}

Value AttentionBuilder::power(Value x, Value shift) {
  return math::ExpOp::create(*this, arith::SubFOp::create(*this, x, shift));
}

Value AttentionBuilder::inverse(Value sum) {
  Value zero = constantLike(*this, sum, 0);
  Value isNone = arith::CmpFOp::create(*this, arith::CmpFPredicate::OEQ, sum, zero);
  Value quotient = arith::DivFOp::create(*this, constantLike(*this, sum, 1), sum);
  return arith::SelectOp::create(*this, isNone, zero, quotient);
}

Value AttentionBuilder::capped(Value score) {
  auto cap = op.getSoftcap();
  if (!cap)
    return score;
  Value limit = splat(cap->convertToDouble());
  Value share = arith::DivFOp::create(*this, score, limit);
  return arith::MulFOp::create(*this, math::TanhOp::create(*this, share), limit);
}

Value AttentionBuilder::biased(Value score, Value bias) {
  Value none = splat(-std::numeric_limits<double>::infinity());
  Value isHidden = arith::CmpFOp::create(*this, arith::CmpFPredicate::OEQ, bias, none);
  return arith::SelectOp::create(*this, isHidden, none, arith::AddFOp::create(*this, score, bias));
}

Value AttentionBuilder::allocate(ArrayRef<int64_t> shape, Type element, ValueRange sizes) {
  return memref::AllocOp::create(*this, MemRefType::get(shape, element), sizes,
                                 getI64IntegerAttr(64));
}

Value AttentionBuilder::loadAt(Value buffer, ValueRange at) {
  return memref::LoadOp::create(*this, buffer, at);
}

void AttentionBuilder::readOperands(ValueRange operands) {
  auto next = operands.begin();
  query = *next++, key = *next++, value = *next++, offset = *next++;
  keyLength = op.getKeyLength() ? *next++ : Value();
  bias = op.getBias() ? *next++ : Value();
  sinks = op.getSinks() ? *next++ : Value();
  init = *next++;
  auto sizeOf = [&](Value buffer, int64_t axis) {
    return createOrFold<memref::DimOp>(buffer, axis);
  };
  batch = sizeOf(query, 0), groups = sizeOf(key, 1), rows = sizeOf(query, 2);
  columns = sizeOf(key, 2);
  repeats = divide(sizeOf(query, 1), most(groups, index(1)));
  rowsOfGroup = multiply(repeats, rows);
}

func::FuncOp AttentionBuilder::startKernel(StringRef name, TypeRange more, StringRef loops) {
  SmallVector<Type> types(op->getOperandTypes());
  size_t count = types.size();
  llvm::append_range(types, more);
  types.push_back(getIndexType());
  auto kernel = func::FuncOp::create(*this, name, getFunctionType(types, {}));
  kernel.setPrivate();
  kernel->setAttr(names::kernel, getStringAttr(loops));
  setInsertionPointToStart(kernel.addEntryBlock());
  kernel.setArgAttr(types.size() - 1, names::work, getUnitAttr());
  readOperands(kernel.getArguments().take_front(count));
  return kernel;
}

/// One number for all, or one for each batch.
Value AttentionBuilder::readList(Value list, Value batchIndex) {
  SmallVector<Value> at;
  if (cast<MemRefType>(list.getType()).getRank() == 1) {
    Value isOne = createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq,
                                              createOrFold<memref::DimOp>(list, 0), index(1));
    at.push_back(createOrFold<arith::SelectOp>(isOne, index(0), batchIndex));
  }
  Value number = arith::IndexCastOp::create(*this, getIndexType(), loadAt(list, at));
  return least(most(number, index(-farAway)), index(farAway));
}

AttentionBuilder::Range AttentionBuilder::rangeOf(Value batchIndex, Value row) {
  Value zero = index(0), limit = columns;
  if (keyLength)
    limit = most(least(limit, readList(keyLength, batchIndex)), zero);
  if (!op.getLeftWindow() && !op.getRightWindow())
    return {zero, limit};
  Value before = isa<IndexType>(offset.getType()) ? offset : readList(offset, batchIndex);
  Value here = add(before, row);
  Range range{zero, limit};
  if (auto right = op.getRightWindow()) {
    int64_t ahead = std::max(std::min<int64_t>(*right, farAway), -farAway);
    range.high = least(most(add(here, index(ahead + 1)), zero), limit);
  }
  if (auto left = op.getLeftWindow()) {
    int64_t behind = std::max(std::min<int64_t>(*left, farAway), -farAway);
    range.low = least(most(subtract(here, index(behind)), zero), limit);
  }
  return range;
}

AttentionBuilder::Range AttentionBuilder::rangeOfAll(Value batchIndex) {
  Value last = subtract(rows, index(1));
  return {rangeOf(batchIndex, index(0)).low, rangeOf(batchIndex, last).high};
}

AttentionBuilder::Row AttentionBuilder::rowOf(Value group, Value number) {
  return {add(multiply(group, repeats), divide(number, rows)), remainder(number, rows)};
}

VectorBuilder::Values AttentionBuilder::biasPlace(Value batchIndex, Value head, Value row,
                                                  Value column) {
  Values place{batchIndex, head, row, column};
  for (int64_t axis = 0; axis < 3; ++axis) {
    Value isOne = createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq,
                                              createOrFold<memref::DimOp>(bias, axis), index(1));
    place[axis] = createOrFold<arith::SelectOp>(isOne, index(0), place[axis]);
  }
  return place;
}

int64_t retort::evenRows(int64_t size, int64_t most) {
  int64_t best = llvm::divideCeil(size, llvm::divideCeil(size, most));
  for (int64_t rows = std::min(most, size); 3 * rows >= 2 * most; --rows)
    if (size % rows == 0)
      return rows;
  return best;
}
