// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the operations of the llm dialect expect of the shapes of their operands and results.
#include "dialects/Llm/Llm.h"

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// True unless both sizes are known and differ.
static bool mayEqual(int64_t a, int64_t b) {
  return ShapedType::isDynamic(a) || ShapedType::isDynamic(b) || a == b;
}

static LogicalResult expectRank(Operation *op, Value value, int64_t rank, StringRef name) {
  if (!value || typeOf(value).getRank() == rank)
    return success();
  return op->emitOpError() << "expects '" << name << "' of rank " << rank << ", found "
                           << typeOf(value);
}

/// Whether what an operand holds is what it is read as; an absent operand is right.
static LogicalResult expectElements(Operation *op, Value value, StringRef name,
                                    function_ref<bool(Type)> holds, StringRef what) {
  if (!value || holds(typeOf(value).getElementType()))
    return success();
  return op->emitOpError() << "expects '" << name << "' of " << what << ", found " << typeOf(value);
}

static LogicalResult expectReal(Operation *op, Value value, StringRef name) {
  return expectElements(op, value, name, [](Type type) { return isa<FloatType>(type); }, "floats");
}

static LogicalResult expectIntegers(Operation *op, Value value, StringRef name, unsigned width) {
  return expectElements(
      op, value, name, [=](Type type) { return type.isSignlessInteger(width); },
      width == 1 ? "i1" : "i64");
}

/// Reports where size `i` of `a` and size `j` of `b` are known to differ.
static LogicalResult expectSameSize(Operation *op, Value a, int i, StringRef aName, Value b, int j,
                                    StringRef bName) {
  int64_t left = typeOf(a).getDimSize(i), right = typeOf(b).getDimSize(j);
  if (mayEqual(left, right))
    return success();
  return op->emitOpError() << "expects size " << i << " of '" << aName << "' (" << left
                           << ") to equal size " << j << " of '" << bName << "' (" << right << ")";
}

/// A value of exactly these sizes, as far as both know; an absent operand is right.
static LogicalResult expectSizes(Operation *op, Value value, ArrayRef<int64_t> sizes,
                                 StringRef name) {
  if (!value)
    return success();
  if (failed(expectRank(op, value, sizes.size(), name)))
    return failure();
  for (auto [axis, size] : llvm::enumerate(typeOf(value).getShape()))
    if (!mayEqual(size, sizes[axis]))
      return op->emitOpError() << "expects size " << axis << " of '" << name << "' to be "
                               << sizes[axis] << ", found " << size;
  return success();
}

/// Sizes that broadcast to those of `shape`, without axes that it may lack in front; an absent
/// operand is right.
static LogicalResult expectBroadcast(Operation *op, Value value, ArrayRef<int64_t> shape,
                                     StringRef name) {
  if (!value)
    return success();
  RankedTensorType type = typeOf(value);
  if (type.getRank() > int64_t(shape.size()))
    return op->emitOpError() << "expects '" << name << "' of rank " << shape.size()
                             << " or less, found " << type;
  shape = shape.take_back(type.getRank());
  for (auto [axis, size] : llvm::enumerate(type.getShape()))
    if (size != 1 && !mayEqual(size, shape[axis]))
      return op->emitOpError() << "expects size " << axis << " of '" << name << "' to be 1 or "
                               << shape[axis] << ", found " << size;
  return success();
}

/// A value of these sizes, or of 1 in place of the first, which is the batch.
static LogicalResult expectBatched(Operation *op, Value value, ArrayRef<int64_t> sizes,
                                   StringRef name) {
  SmallVector<int64_t> own(sizes);
  if (value && typeOf(value).getRank() > 0 && typeOf(value).getDimSize(0) == 1)
    own[0] = 1;
  return expectSizes(op, value, own, name);
}

/// Each key-value head serves the same number of query heads.
static LogicalResult expectGroups(Operation *op, Value query, Value key) {
  int64_t heads = typeOf(query).getDimSize(1), groups = typeOf(key).getDimSize(1);
  if (groups == 0)
    return op->emitOpError("expects at least one key-value head");
  if (ShapedType::isDynamic(heads) || ShapedType::isDynamic(groups) || heads % groups == 0)
    return success();
  return op->emitOpError() << "expects the key-value heads (" << groups
                           << ") to divide the query heads (" << heads << ")";
}

/// P rows of the past and T new ones; unknown where one is.
static int64_t joined(Value past, int64_t rows) {
  if (!past)
    return rows;
  int64_t before = typeOf(past).getDimSize(2);
  return ShapedType::isDynamic(before) || ShapedType::isDynamic(rows) ? ShapedType::kDynamic
                                                                      : before + rows;
}

static LogicalResult verifyCache(llm::AttentionOp op, int64_t columns) {
  auto like = [](Value rows, int64_t count) {
    SmallVector<int64_t> sizes(typeOf(rows).getShape());
    sizes[2] = count;
    return sizes;
  };
  for (auto [value, name] : {std::pair(Value(op.getPastKey()), "past_key"),
                             std::pair(Value(op.getPastValue()), "past_value"),
                             std::pair(Value(op.getPresentKey()), "present_key"),
                             std::pair(Value(op.getPresentValue()), "present_value")})
    if (failed(expectReal(op, value, name)))
      return failure();
  if (bool(op.getPastKey()) != bool(op.getPastValue()))
    return op.emitOpError("expects 'past_key' and 'past_value' together");
  int64_t any = ShapedType::kDynamic;
  if (failed(expectSizes(op, op.getPastKey(), like(op.getKey(), any), "past_key")) ||
      failed(expectSizes(op, op.getPastValue(), like(op.getValue(), any), "past_value")) ||
      failed(expectSizes(op, op.getPresentKey(), like(op.getKey(), columns), "present_key")) ||
      failed(expectSizes(op, op.getPresentValue(), like(op.getValue(), columns), "present_value")))
    return failure();
  return op.getPastKey() ? expectSameSize(op, op.getPastKey(), 2, "past_key", op.getPastValue(), 2,
                                          "past_value")
                         : success();
}

/// What says which columns a row sees, and how much.
static LogicalResult verifyVisibility(llm::AttentionOp op, ArrayRef<int64_t> scores) {
  if (failed(expectIntegers(op, op.getMask(), "mask", 1)) ||
      failed(expectIntegers(op, op.getKeyLength(), "key_length", 64)) ||
      failed(expectIntegers(op, op.getOffset(), "offset", 64)) ||
      failed(expectReal(op, op.getBias(), "bias")) ||
      failed(expectReal(op, op.getSinks(), "sinks")))
    return failure();
  if (op.getOffset() && typeOf(op.getOffset()).getRank() != 0 &&
      failed(expectBatched(op, op.getOffset(), scores[0], "offset")))
    return failure();
  if (failed(expectBatched(op, op.getKeyLength(), scores[0], "key_length")) ||
      failed(expectBroadcast(op, op.getMask(), scores, "mask")) ||
      failed(expectBroadcast(op, op.getBias(), scores, "bias")) ||
      failed(expectSizes(op, op.getSinks(), scores[1], "sinks")))
    return failure();
  for (auto [window, name] : {std::pair(op.getLeftWindow(), "left_window"),
                              std::pair(op.getRightWindow(), "right_window")})
    if (window && int64_t(*window) < 0)
      return op.emitOpError() << "expects '" << name << "' of at least 0, found "
                              << int64_t(*window);
  if (op.getSoftcap() && !(op.getSoftcap()->convertToFloat() > 0))
    return op.emitOpError("expects 'softcap' above zero");
  return success();
}

LogicalResult llm::AttentionOp::verify() {
  Operation *op = *this;
  for (auto [value, name] :
       {std::pair(getQuery(), "query"), std::pair(getKey(), "key"), std::pair(getValue(), "value")})
    if (failed(expectReal(op, value, name)) || failed(expectRank(op, value, 4, name)))
      return failure();
  if (failed(expectSameSize(op, getQuery(), 0, "query", getKey(), 0, "key")) ||
      failed(expectSameSize(op, getQuery(), 3, "query", getKey(), 3, "key")) ||
      failed(expectSameSize(op, getKey(), 0, "key", getValue(), 0, "value")) ||
      failed(expectSameSize(op, getKey(), 1, "key", getValue(), 1, "value")) ||
      failed(expectSameSize(op, getKey(), 2, "key", getValue(), 2, "value")) ||
      failed(expectGroups(op, getQuery(), getKey())))
    return failure();
  SmallVector<int64_t> scores(typeOf(getQuery()).getShape()), result(scores);
  scores[3] = joined(getPastKey(), typeOf(getKey()).getDimSize(2));
  result[3] = typeOf(getValue()).getDimSize(3);
  if (failed(verifyCache(*this, scores[3])) || failed(verifyVisibility(*this, scores)))
    return failure();
  return success(succeeded(expectReal(op, getResult(), "result")) &&
                 succeeded(expectSizes(op, getResult(), result, "result")));
}

bool llm::RetentionOp::hasConstantDecay() {
  if (isDelta() || getBeta())
    return false;
  auto type = getDecay() ? cast<RankedTensorType>(getDecay().getType()) : nullptr;
  return !type || (type.getDimSize(2) == 1 && type.getDimSize(3) == 1);
}

LogicalResult llm::RetentionOp::verify() {
  Operation *op = *this;
  for (auto [value, name] :
       {std::pair(getQuery(), "query"), std::pair(getKey(), "key"), std::pair(getValue(), "value"),
        std::pair(getPresentState(), "present_state")})
    if (failed(expectReal(op, value, name)) || failed(expectRank(op, value, 4, name)))
      return failure();
  if (failed(expectSameSize(op, getQuery(), 0, "query", getKey(), 0, "key")) ||
      failed(expectSameSize(op, getQuery(), 3, "query", getKey(), 3, "key")) ||
      failed(expectSameSize(op, getQuery(), 2, "query", getKey(), 2, "key")) ||
      failed(expectSameSize(op, getKey(), 0, "key", getValue(), 0, "value")) ||
      failed(expectSameSize(op, getKey(), 1, "key", getValue(), 1, "value")) ||
      failed(expectSameSize(op, getKey(), 2, "key", getValue(), 2, "value")))
    return failure();
  if (bool(getDecay()) != isGated())
    return emitOpError() << "with rule '" << stringifyRetentionRule(getRule()) << "' expects "
                         << (isGated() ? "a 'decay', found none" : "no 'decay', found one");
  if (isDelta() && !getBeta())
    return emitOpError() << "with rule '" << stringifyRetentionRule(getRule())
                         << "' expects a 'beta', found none";
  auto key = typeOf(getKey());
  auto value = typeOf(getValue());
  // A rate is one for each row, a bonus one for each of its keys.
  int64_t row[] = {key.getDimSize(0), key.getDimSize(1), key.getDimSize(2),
                   isDelta() ? 1 : key.getDimSize(3)};
  int64_t state[] = {key.getDimSize(0), key.getDimSize(1), key.getDimSize(3), value.getDimSize(3)};
  for (auto [value, name] : {std::pair(getState(), "state"), std::pair(getDecay(), "decay"),
                             std::pair(getBeta(), "beta")})
    if (failed(expectReal(op, value, name)) || failed(expectRank(op, value, 4, name)))
      return failure();
  SmallVector<int64_t> result(typeOf(getQuery()).getShape());
  result[3] = value.getDimSize(3);
  if (failed(expectBroadcast(op, getDecay(), key.getShape(), "decay")) ||
      failed(expectBroadcast(op, getBeta(), row, "beta")) ||
      failed(expectSizes(op, getState(), state, "state")) ||
      failed(expectGroups(op, getQuery(), getKey())) ||
      failed(expectReal(op, getResult(), "result")) ||
      failed(expectSizes(op, getResult(), result, "result")) ||
      failed(expectSizes(op, getPresentState(), state, "present_state")))
    return failure();
  if (int64_t(getChunkSize()) < 1)
    return emitOpError() << "expects 'chunk_size' above zero, found " << int64_t(getChunkSize());
  return success();
}

LogicalResult llm::RopeOp::verify() {
  Operation *op = *this;
  int64_t rank = getPositions() ? 2 : 3;
  for (auto [value, name] : {std::pair(Value(getInput()), "input"),
                             std::pair(Value(getCos()), "cos"), std::pair(Value(getSin()), "sin")})
    if (failed(expectReal(op, value, name)))
      return failure();
  if (failed(expectIntegers(op, getPositions(), "positions", 64)) ||
      failed(expectRank(op, getInput(), 4, "input")) ||
      failed(expectRank(op, getCos(), rank, "cos")) ||
      failed(expectRank(op, getSin(), rank, "sin")))
    return failure();
  ArrayRef<int64_t> input = typeOf(getInput()).getShape();
  int64_t rows[] = {input[0], input[2]}, size = input[3];
  int64_t half = typeOf(getCos()).getDimSize(rank - 1);
  if (!ShapedType::isDynamic(size) && !ShapedType::isDynamic(half) && 2 * half > size)
    return emitOpError() << "expects a rotary width of at most the head size (" << size
                         << "), found " << 2 * half;
  if (failed(expectRank(op, getPositions(), 2, "positions")) ||
      failed(expectBatched(op, getPositions(), rows, "positions")) ||
      failed(expectSizes(op, getSin(), typeOf(getCos()).getShape(), "sin")))
    return failure();
  int64_t table[] = {input[0], input[2], half};
  return getPositions() ? success() : expectBatched(op, getCos(), table, "cos");
}

LogicalResult llm::RmsNormOp::verify() {
  if (failed(expectReal(*this, getInput(), "input")) ||
      failed(expectReal(*this, getWeight(), "weight")) ||
      failed(expectRank(*this, getWeight(), 1, "weight")))
    return failure();
  int64_t last = typeOf(getInput()).getRank() - 1;
  if (last < 0)
    return emitOpError("expects 'input' of rank 1 or more, found a scalar");
  return expectSameSize(*this, getInput(), last, "input", getWeight(), 0, "weight");
}
