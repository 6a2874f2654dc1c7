// Registers the llm dialect and verifies its operations.
#include "dialects/Llm/Llm.h"
#include "dialects/Llm/Infer.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace retort;

#include "dialects/Llm/LlmDialect.cpp.inc"
#include "dialects/Llm/LlmEnums.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/Llm/LlmOps.cpp.inc"

void llm::LlmDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/Llm/LlmOps.cpp.inc"
      >();
  attachShapeInference(*getContext());
}

/// True unless both sizes are known and differ.
static bool mayEqual(int64_t a, int64_t b) {
  return ShapedType::isDynamic(a) || ShapedType::isDynamic(b) || a == b;
}

static LogicalResult expectRank(Operation *op, Value value, int64_t rank, StringRef name) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getRank() == rank)
    return success();
  return op->emitOpError() << "expects '" << name << "' of rank " << rank << ", found " << type;
}

/// Reports where size `i` of `a` and size `j` of `b` are known to differ.
static LogicalResult expectSameSize(Operation *op, Value a, int i, StringRef aName, Value b, int j,
                                    StringRef bName) {
  int64_t left = cast<RankedTensorType>(a.getType()).getDimSize(i);
  int64_t right = cast<RankedTensorType>(b.getType()).getDimSize(j);
  if (mayEqual(left, right))
    return success();
  return op->emitOpError() << "expects size " << i << " of '" << aName << "' (" << left
                           << ") to equal size " << j << " of '" << bName << "' (" << right << ")";
}

LogicalResult llm::AttentionOp::verify() {
  Operation *op = *this;
  for (auto [value, name] :
       {std::pair(getQuery(), "query"), std::pair(getKey(), "key"), std::pair(getValue(), "value")})
    if (failed(expectRank(op, value, 4, name)))
      return failure();
  if (bool(getPastKey()) != bool(getPastValue()))
    return emitOpError("expects 'past_key' and 'past_value' together");
  if (failed(expectSameSize(op, getQuery(), 3, "query", getKey(), 3, "key")) ||
      failed(expectSameSize(op, getKey(), 1, "key", getValue(), 1, "value")) ||
      failed(expectSameSize(op, getKey(), 2, "key", getValue(), 2, "value")))
    return failure();
  int64_t heads = cast<RankedTensorType>(getQuery().getType()).getDimSize(1);
  int64_t groups = cast<RankedTensorType>(getKey().getType()).getDimSize(1);
  if (!ShapedType::isDynamic(heads) && !ShapedType::isDynamic(groups) && heads % groups)
    return emitOpError() << "expects the key-value heads (" << groups
                         << ") to divide the query heads (" << heads << ")";
  if (getSoftcap() && !(getSoftcap()->convertToFloat() > 0))
    return emitOpError("expects 'softcap' above zero");
  return success();
}

/// Sizes that broadcast to those of `shape`; null where the operand is absent.
static LogicalResult expectBroadcast(Operation *op, Value value, ArrayRef<int64_t> shape,
                                     StringRef name) {
  if (!value)
    return success();
  if (failed(expectRank(op, value, 4, name)))
    return failure();
  auto type = cast<RankedTensorType>(value.getType());
  for (auto [axis, size] : llvm::enumerate(type.getShape()))
    if (size != 1 && !mayEqual(size, shape[axis]))
      return op->emitOpError() << "expects size " << axis << " of '" << name << "' to be 1 or "
                               << shape[axis] << ", found " << size;
  return success();
}

bool llm::RetentionOp::hasConstantDecay() {
  if (isDelta())
    return false;
  auto type = getDecay() ? cast<RankedTensorType>(getDecay().getType()) : nullptr;
  return !type || (type.getDimSize(2) == 1 && type.getDimSize(3) == 1);
}

LogicalResult llm::RetentionOp::verify() {
  Operation *op = *this;
  for (auto [value, name] :
       {std::pair(getQuery(), "query"), std::pair(getKey(), "key"), std::pair(getValue(), "value"),
        std::pair(getPresentState(), "present_state")})
    if (failed(expectRank(op, value, 4, name)))
      return failure();
  if (failed(expectSameSize(op, getQuery(), 3, "query", getKey(), 3, "key")) ||
      failed(expectSameSize(op, getQuery(), 2, "query", getKey(), 2, "key")) ||
      failed(expectSameSize(op, getKey(), 1, "key", getValue(), 1, "value")) ||
      failed(expectSameSize(op, getKey(), 2, "key", getValue(), 2, "value")))
    return failure();
  if (bool(getDecay()) != isGated())
    return emitOpError() << "with rule '" << stringifyRetentionRule(getRule()) << "' expects "
                         << (isGated() ? "a 'decay', found none" : "no 'decay', found one");
  if (bool(getBeta()) != isDelta())
    return emitOpError() << "with rule '" << stringifyRetentionRule(getRule()) << "' expects "
                         << (isDelta() ? "a 'beta', found none" : "no 'beta', found one");
  auto key = cast<RankedTensorType>(getKey().getType());
  auto value = cast<RankedTensorType>(getValue().getType());
  int64_t row[] = {key.getDimSize(0), key.getDimSize(1), key.getDimSize(2), 1};
  int64_t state[] = {key.getDimSize(0), key.getDimSize(1), key.getDimSize(3), value.getDimSize(3)};
  if (failed(expectBroadcast(op, getDecay(), key.getShape(), "decay")) ||
      failed(expectBroadcast(op, getBeta(), row, "beta")) ||
      failed(expectBroadcast(op, getState(), state, "state")))
    return failure();
  int64_t heads = cast<RankedTensorType>(getQuery().getType()).getDimSize(1);
  if (!ShapedType::isDynamic(heads) && !ShapedType::isDynamic(key.getDimSize(1)) &&
      heads % key.getDimSize(1))
    return emitOpError() << "expects the key-value heads (" << key.getDimSize(1)
                         << ") to divide the query heads (" << heads << ")";
  if (int64_t(getChunkSize()) < 1)
    return emitOpError() << "expects 'chunk_size' above zero, found " << int64_t(getChunkSize());
  return success();
}

LogicalResult llm::RopeOp::verify() {
  Operation *op = *this;
  int64_t rank = getPositions() ? 2 : 3;
  if (failed(expectRank(op, getInput(), 4, "input")) ||
      failed(expectRank(op, getCos(), rank, "cos")) ||
      failed(expectRank(op, getSin(), rank, "sin")))
    return failure();
  if (getPositions() && failed(expectRank(op, getPositions(), 2, "positions")))
    return failure();
  int64_t size = cast<RankedTensorType>(getInput().getType()).getDimSize(3);
  int64_t half = cast<RankedTensorType>(getCos().getType()).getDimSize(rank - 1);
  if (!ShapedType::isDynamic(size) && !ShapedType::isDynamic(half) && 2 * half > size)
    return emitOpError() << "expects a rotary width of at most the head size (" << size
                         << "), found " << 2 * half;
  return expectSameSize(op, getCos(), rank - 1, "cos", getSin(), rank - 1, "sin");
}

LogicalResult llm::RmsNormOp::verify() {
  if (failed(expectRank(*this, getWeight(), 1, "weight")))
    return failure();
  int64_t last = cast<RankedTensorType>(getInput().getType()).getRank() - 1;
  if (last < 0)
    return emitOpError("expects 'input' of rank 1 or more, found a scalar");
  return expectSameSize(*this, getInput(), last, "input", getWeight(), 0, "weight");
}
