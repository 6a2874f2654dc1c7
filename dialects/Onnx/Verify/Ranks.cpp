// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How many axes operands have where the operation says so.
//   'onnx.BatchNormalization' op expects 'scale' of rank 1, found 'tensor<2x3xf32>'
#include "dialects/Onnx/Verify/Tables.h"
#include "dialects/Onnx/Verify/Verify.h"

using namespace mlir;
using namespace retort;

namespace {
struct Rank {
  StringLiteral operation;
  unsigned slot;
  int64_t least;
  /// As many as the first operand has, where it is left out.
  int64_t most = -1;
};
} // namespace

static constexpr Rank ranks[] = {
    {"onnx.Attention", 0, 3, 4},
    {"onnx.Attention", 1, 3, 4},
    {"onnx.Attention", 2, 3, 4},
    {"onnx.Attention", 3, 2, 4},
    {"onnx.Attention", 4, 4, 4},
    {"onnx.Attention", 5, 4, 4},
    {"onnx.BatchNormalization", 0, 2, 99},
    {"onnx.BatchNormalization", 1, 1, 1},
    {"onnx.BatchNormalization", 2, 1, 1},
    {"onnx.BatchNormalization", 3, 1, 1},
    {"onnx.BatchNormalization", 4, 1, 1},
    {"onnx.CausalConvWithState", 0, 3, 3},
    {"onnx.CausalConvWithState", 1, 3, 3},
    {"onnx.CausalConvWithState", 2, 1, 1},
    {"onnx.CausalConvWithState", 3, 3, 3},
    {"onnx.Clip", 1, 0, 1},
    {"onnx.Clip", 2, 0, 1},
    {"onnx.Conv", 2, 1, 1},
    {"onnx.GRU", 0, 3, 3},
    {"onnx.GRU", 1, 3, 3},
    {"onnx.GRU", 2, 3, 3},
    {"onnx.GRU", 3, 2, 2},
    {"onnx.GRU", 4, 1, 1},
    {"onnx.GRU", 5, 3, 3},
    {"onnx.GroupNormalization", 0, 2, 99},
    {"onnx.GroupNormalization", 1, 1, 1},
    {"onnx.GroupNormalization", 2, 1, 1},
    {"onnx.If", 0, 0, 1},
    {"onnx.InstanceNormalization", 0, 2, 99},
    {"onnx.InstanceNormalization", 1, 1, 1},
    {"onnx.InstanceNormalization", 2, 1, 1},
    {"onnx.LSTM", 0, 3, 3},
    {"onnx.LSTM", 1, 3, 3},
    {"onnx.LSTM", 2, 3, 3},
    {"onnx.LSTM", 3, 2, 2},
    {"onnx.LSTM", 4, 1, 1},
    {"onnx.LSTM", 5, 3, 3},
    {"onnx.LSTM", 6, 3, 3},
    {"onnx.LSTM", 7, 2, 2},
    {"onnx.LayerNormalization", 1, 0},
    {"onnx.LayerNormalization", 2, 0},
    {"onnx.LinearAttention", 0, 3, 4},
    {"onnx.Loop", 0, 0, 1},
    {"onnx.Loop", 1, 0, 1},
    {"onnx.RMSNormalization", 1, 0},
    {"onnx.RNN", 0, 3, 3},
    {"onnx.RNN", 1, 3, 3},
    {"onnx.RNN", 2, 3, 3},
    {"onnx.RNN", 3, 2, 2},
    {"onnx.RNN", 4, 1, 1},
    {"onnx.RNN", 5, 3, 3},
    {"onnx.RotaryEmbedding", 0, 3, 4},
    {"onnx.RotaryEmbedding", 1, 2, 3},
    {"onnx.RotaryEmbedding", 2, 2, 3},
    {"onnx.RotaryEmbedding", 3, 2, 2},
    {"onnx.SimplifiedLayerNormalization", 1, 0},
    {"onnx.com.microsoft.BiasGelu", 1, 1, 1},
    {"onnx.com.microsoft.EmbedLayerNormalization", 0, 2, 2},
    {"onnx.com.microsoft.EmbedLayerNormalization", 1, 2, 2},
    {"onnx.com.microsoft.EmbedLayerNormalization", 2, 2, 2},
    {"onnx.com.microsoft.EmbedLayerNormalization", 3, 2, 2},
    {"onnx.com.microsoft.EmbedLayerNormalization", 4, 2, 2},
    {"onnx.com.microsoft.EmbedLayerNormalization", 5, 1, 1},
    {"onnx.com.microsoft.EmbedLayerNormalization", 6, 1, 1},
    {"onnx.com.microsoft.EmbedLayerNormalization", 7, 2, 2},
    {"onnx.com.microsoft.EmbedLayerNormalization", 8, 2, 2},
    {"onnx.com.microsoft.FastGelu", 1, 1, 1},
    {"onnx.com.microsoft.GroupQueryAttention", 0, 3, 3},
    {"onnx.com.microsoft.MatMulNBits", 0, 1, 99},
    {"onnx.com.microsoft.MatMulNBits", 5, 1, 1},
    {"onnx.com.microsoft.MultiHeadAttention", 0, 3, 5},
    {"onnx.com.microsoft.RotaryEmbedding", 0, 3, 4},
    {"onnx.com.microsoft.RotaryEmbedding", 1, 1, 2},
    {"onnx.com.microsoft.RotaryEmbedding", 2, 2, 2},
    {"onnx.com.microsoft.RotaryEmbedding", 3, 2, 2},
    {"onnx.com.microsoft.SkipLayerNormalization", 1, 0},
    {"onnx.com.microsoft.SkipLayerNormalization", 2, 1, 1},
    {"onnx.com.microsoft.SkipLayerNormalization", 3, 1, 1},
    {"onnx.com.microsoft.SkipLayerNormalization", 4, 1, 1},
    {"onnx.com.microsoft.SkipSimplifiedLayerNormalization", 1, 0},
    {"onnx.com.microsoft.SkipSimplifiedLayerNormalization", 2, 1, 1},
    {"onnx.com.microsoft.SkipSimplifiedLayerNormalization", 3, 1, 1},
};
static_assert(onnx::isInOrder(ranks, &Rank::operation));

LogicalResult onnx::verifyRanks(Operation *op) {
  ArrayRef<Rank> lines = linesOf(ranks, &Rank::operation, op->getName().getStringRef());
  if (lines.empty())
    return success();
  SmallVector<Value> slots = operandSlots(op);
  RankedTensorType first = rankedTypeAt(slots, 0);
  for (const Rank &rank : lines) {
    RankedTensorType type = rankedTypeAt(slots, rank.slot);
    if (!type || (rank.most < 0 && !first))
      continue;
    int64_t most = rank.most < 0 ? first.getRank() : rank.most;
    bool isLess = type.getRank() < rank.least;
    if (!isLess && type.getRank() <= most)
      continue;
    return op->emitOpError() << "expects '" << schemaOf(op->getName())->inputs()[rank.slot].name
                             << "' of rank " << (isLess ? rank.least : most)
                             << (rank.least == most ? ""
                                 : isLess           ? " or more"
                                                    : " or less")
                             << ", found " << type;
  }
  return success();
}
