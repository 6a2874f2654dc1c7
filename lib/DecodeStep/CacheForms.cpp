// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pasts that stand before an attention become its operands, and so do heads before they are
// repeated for groups of queries.
#include "lib/DecodeStep/CacheForms.h"

#include "dialects/Onnx/Onnx.h"
#include "lib/DecodeStep/BufferCaches.h"
#include "lib/DecodeStep/StackedCaches.h"
#include "lib/Analysis/Movement.h"

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
  return isa<BlockArgument>(withoutTranspositions(value)) || findStackedPart(value);
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

/// Whether head h of B x H x S x D is head h / (H / G) of the source, B x G x S x D.
static bool repeatsHeads(const onnx::Tensor &origin, ArrayRef<int64_t> source) {
  ArrayRef<int64_t> shape = origin.shape();
  if (shape.size() != 4 || source.size() != 4 || shape[0] != source[0] || shape[2] != source[2] ||
      shape[3] != source[3] || source[1] == 0 || shape[1] % source[1] != 0)
    return false;
  int64_t inner = shape[2] * shape[3], repeats = shape[1] / source[1];
  for (int64_t i = 0; i < origin.size(); ++i) {
    int64_t head = i / inner % shape[1], batch = i / (inner * shape[1]);
    if (origin.integer(i) != (batch * source[1] + head / repeats) * inner + i % inner)
      return false;
  }
  return true;
}

/// The keys or values before heads are repeated: a state then holds each once.
static Value withoutRepeats(Value heads, Samples &samples) {
  Sample sample;
  sample.past = samples.hasState() ? 3 : 0;
  Value result = heads;
  for (const Source &source : sourcesOf(heads, samples)) {
    auto shape = samples.shape(source.value, sample);
    auto type = dyn_cast<RankedTensorType>(source.value.getType());
    if (!shape || !type || type.getRank() != 4 || source.scale != 1)
      continue;
    FailureOr<onnx::Tensor> origin = originOf(source, samples, sample);
    if (succeeded(origin) && repeatsHeads(*origin, *shape))
      result = source.value;
  }
  return result;
}

/// Both or none: keys and values have the same heads.
static void dropRepeats(llm::AttentionOp op, Samples &samples) {
  Value keys = withoutRepeats(op.getKey(), samples),
        values = withoutRepeats(op.getValue(), samples);
  auto heads = [](Value value) { return cast<RankedTensorType>(value.getType()).getDimSize(1); };
  if (ShapedType::isDynamic(heads(keys)) || heads(keys) != heads(values))
    return;
  if (keys == op.getKey() && values == op.getValue())
    return;
  // Who wants the present with all its heads takes the operands.
  if (op.getPastKey() || !op.getPresentKey().use_empty() || !op.getPresentValue().use_empty())
    return;
  op.getKeyMutable().assign(keys);
  op.getValueMutable().assign(values);
  op.getPresentKey().setType(cast<RankedTensorType>(keys.getType()));
  op.getPresentValue().setType(cast<RankedTensorType>(values.getType()));
}

/// What comes behind the attention takes the joined rows from it.
static void replaceBehind(Value joined, Value present, Operation *attention) {
  joined.replaceUsesWithIf(present, [&](OpOperand &use) {
    return use.getOwner()->getBlock() == attention->getBlock() &&
           attention->isBeforeInBlock(use.getOwner());
  });
}

CacheForms retort::joinPastAndAttention(func::FuncOp function, int64_t context) {
  CacheForms forms;
  forms.context = context;
  Samples samples(function);
  for (auto op : function.getBody().front().getOps<llm::AttentionOp>()) {
    dropRepeats(op, samples);
    if (!op.getPastKey())
      readRowsOfBuffers(op, samples, forms);
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
    forms.assumptions.append(key->assumptions);
    forms.assumptions.append(value->assumptions);
  }
  for (auto op : function.getBody().front().getOps<llm::AttentionOp>())
    readPartsOfStack(op, forms);
  return forms;
}
