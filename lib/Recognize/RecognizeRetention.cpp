// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes linear attention as llm.retention.
//
//   %y, %s = onnx.LinearAttention(%q, %k, %v, _, %g) {kv_num_heads = 2 : i64, q_num_heads = 4 :
//   i64, update_rule = "gated"}
//   ==> recognize-retention
//   heads of %q, %k, %v and %g;  %y, %s = llm.retention gated(%q2, %k2, %v2 decay %g2) {scale = 0.5
//   : f32}
#include "lib/Recognize/RetentionMatch.h"

#include "lib/Recognize/WrittenRetention.h"
#include "lib/Recurrence/StepUpdates.h"

#include "dialects/Onnx/Build.h"

#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Schema/TypedOp.h"
#include "dialects/Onnx/ValueNames.h"

#include "mlir/Pass/Pass.h"

#include <cmath>

namespace retort {
#define GEN_PASS_DECL_RECOGNIZERETENTIONPASS
#define GEN_PASS_DEF_RECOGNIZERETENTIONPASS
#include "lib/Recognize/RecognizeRetention.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) { return dyn_cast<RankedTensorType>(value.getType()); }

/// The size of each of `heads` that the last axis holds; 0 where it is not known or they do not
/// divide it.
static int64_t widthOf(Value packed, int64_t heads) {
  RankedTensorType type = typeOf(packed);
  if (!type || type.getRank() != 3 || type.isDynamicDim(2) || heads < 1 ||
      type.getDimSize(2) % heads)
    return 0;
  return type.getDimSize(2) / heads;
}

/// batch x rows x (heads width) as batch x heads x rows x width.
static Value unpacked(OnnxBuilder &b, Value packed, int64_t heads) {
  return b.transpose(b.reshape(packed, {0, 0, heads, widthOf(packed, heads)}), {0, 2, 1, 3});
}

/// A decay or rate: one number or one for each key coordinate, of each head; a rate may be one for
/// all heads.
static Value unpackedGate(OnnxBuilder &b, Value gate, int64_t heads) {
  if (!gate)
    return {};
  return unpacked(b, gate, typeOf(gate).getDimSize(2) == 1 ? 1 : heads);
}

namespace {
/// What a LinearAttention says.
struct LinearAttention {
  SmallVector<Value> slots;
  int64_t heads, groups, size, width;
  std::optional<llm::RetentionRule> rule;

  explicit LinearAttention(Operation *op) : slots(onnx::operandSlots(op)) {
    slots.resize(6);
    heads = onnx::intAttribute(op, "q_num_heads", 0);
    groups = onnx::intAttribute(op, "kv_num_heads", 0);
    auto name = op->getAttrOfType<StringAttr>("update_rule");
    rule = llm::symbolizeRetentionRule(name ? name.getValue() : "gated_delta");
    size = widthOf(slots[0], heads);
    width = widthOf(slots[2], groups);
  }
  bool isGated() const {
    return *rule == llm::RetentionRule::Gated || *rule == llm::RetentionRule::GatedDelta;
  }
  bool isDelta() const {
    return *rule == llm::RetentionRule::Delta || *rule == llm::RetentionRule::GatedDelta;
  }
};
} // namespace

Refusal retort::whyNoRetention(Operation *op) {
  LinearAttention given(op);
  if (!given.rule)
    return "its rule is none that is known";
  if (!given.size || !given.width || widthOf(given.slots[1], given.groups) != given.size)
    return "its heads have a size that is not known";
  if (onnx::intAttribute(op, "state_window", 0) != 0)
    return "it keeps a window of states";
  if (given.isGated() && !given.slots[4])
    return "it lacks the decay of its rule";
  if (given.isDelta() && !given.slots[5])
    return "it lacks the rate of its rule";
  if ((given.slots[4] && !widthOf(given.slots[4], given.groups)) ||
      (given.slots[5] && !typeOf(given.slots[5])))
    return "its decay or rate has a size that is not known";
  return {};
}

static void replace(Operation *op) {
  LinearAttention given(op);
  ArrayRef<Value> slots = given.slots;
  int64_t heads = given.heads, groups = given.groups;
  OpBuilder builder(op);
  OnnxBuilder b(builder, op->getLoc());
  auto attribute = op->getAttrOfType<FloatAttr>("scale");
  float scale = attribute ? float(attribute.getValueAsDouble()) : 0.0f;
  if (scale == 0)
    scale = float(1 / std::sqrt(double(given.size)));
  Value decay = given.isGated() ? unpackedGate(b, slots[4], groups) : Value();
  Value beta = given.isDelta() ? unpackedGate(b, slots[5], groups) : Value();
  Value query = unpacked(b, slots[0], heads), key = unpacked(b, slots[1], groups),
        value = unpacked(b, slots[2], groups);
  auto rows = typeOf(query);
  auto result = rows.clone({rows.getDimSize(0), heads, rows.getDimSize(2), given.width});
  auto state = rows.clone({rows.getDimSize(0), groups, given.size, given.width});
  auto made = llm::RetentionOp::create(builder, op->getLoc(), result, state, query, key, value,
                                       slots[3], decay, beta, *given.rule, APFloat(scale),
                                       onnx::intAttribute(op, "chunk_size", 64));
  IRRewriter rewriter(builder);
  onnx::replaceValue(
      rewriter, op->getResult(0),
      b.reshape(b.transpose(made.getResult(), {0, 2, 1, 3}), {0, 0, heads * given.width}));
  onnx::replaceValue(rewriter, op->getResult(1), made.getPresentState());
  op->erase();
}

namespace {
struct RecognizeRetentionPass : retort::impl::RecognizeRetentionPassBase<RecognizeRetentionPass> {
  void runOnOperation() override {
    SmallVector<Operation *> found;
    getOperation().walk([&](Operation *op) {
      if (isa<onnx::LinearAttentionOp>(op) ||
          op->getName().getStringRef() == "onnx.com.microsoft.LinearAttention")
        found.push_back(op);
    });
    Refusals missed;
    for (Operation *op : found)
      if (Refusal why = whyNoRetention(op); why.empty())
        replace(op);
      else
        missed.add(why, op->getLoc());
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal()) {
        recognizeStepUpdates(function, missed);
        recognizeWrittenRetention(function, missed);
      }
    reportMissed(missed, getArgument(), "recognize");
  }
};
} // namespace
