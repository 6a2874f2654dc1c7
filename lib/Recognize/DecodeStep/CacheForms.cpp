// Pasts that stand before an attention become its operands.
#include "lib/Recognize/DecodeStep/CacheForms.h"

#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;

Value retort::withoutTranspositions(Value value) {
  while (Operation *op = value.getDefiningOp())
    if (isa<onnx::IdentityOp, onnx::TransposeOp>(op))
      value = op->getOperand(0);
    else
      break;
  return value;
}

namespace {
/// Rows of the past, and new ones behind them.
struct Joined {
  Value past, rows;
  SmallVector<CacheAssumption> assumptions;
};
} // namespace

static bool isRowAxis(int64_t axis, Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getRank() == 4 && (axis == 2 || axis == -2);
}

static bool comesFromArgument(Value value) {
  return isa<BlockArgument>(withoutTranspositions(value));
}

static std::optional<Joined> matchJoined(Value value) {
  if (auto concat = value.getDefiningOp<onnx::ConcatOp>()) {
    if (concat->getNumOperands() != 2 || !isRowAxis(concat.getAxis(), value) ||
        !comesFromArgument(concat->getOperand(0)))
      return std::nullopt;
    return Joined{concat->getOperand(0), concat->getOperand(1), {}};
  }
  auto scatter = value.getDefiningOp<onnx::TensorScatterOp>();
  if (!scatter || scatter.getMode() != "linear" || !scatter.getWriteIndices() ||
      !isRowAxis(scatter.getAxis(), value))
    return std::nullopt;
  Joined joined{scatter.getPastCache(), scatter.getUpdate(), {}};
  joined.assumptions.push_back({CacheAssumption::Index, scatter.getWriteIndices(), scatter});
  if (auto pad = joined.past.getDefiningOp<onnx::PadOp>(); pad && !pad.getAxes()) {
    joined.assumptions.push_back({CacheAssumption::Padding, pad.getPads(), pad});
    joined.past = pad.getData();
  }
  return comesFromArgument(joined.past) ? std::optional(joined) : std::nullopt;
}

/// What comes behind the attention takes the joined rows from it.
static void replaceBehind(Value joined, Value present, Operation *attention) {
  joined.replaceUsesWithIf(present, [&](OpOperand &use) {
    return use.getOwner()->getBlock() == attention->getBlock() &&
           attention->isBeforeInBlock(use.getOwner());
  });
}

SmallVector<CacheAssumption> retort::joinPastAndAttention(func::FuncOp function) {
  SmallVector<CacheAssumption> assumptions;
  for (auto op : function.getBody().front().getOps<llm::AttentionOp>()) {
    if (op.getPastKey())
      continue;
    Value keys = op.getKey(), values = op.getValue();
    auto key = matchJoined(keys), value = matchJoined(values);
    if (!key || !value)
      continue;
    op.getKeyMutable().assign(key->rows);
    op.getValueMutable().assign(value->rows);
    op.getPastKeyMutable().assign(key->past);
    op.getPastValueMutable().assign(value->past);
    replaceBehind(keys, op.getPresentKey(), op);
    replaceBehind(values, op.getPresentValue(), op);
    assumptions.append(key->assumptions);
    assumptions.append(value->assumptions);
  }
  return assumptions;
}
