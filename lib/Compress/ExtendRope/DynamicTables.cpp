// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rotary embeddings whose frequencies follow from the length of the text.
//
//   %k = llm.rope(%x, %cos, %sin)
//   llm.attention(%q, %k, %v past %keys, %values)
//     ->  %all = onnx.Concat(%keys, %x)                     kept as they are
//         %k = llm.rope(%all, %cos2, %sin2)                 tables for past and new rows
//         llm.attention(%q, %k, onnx.Concat(%values, %v) offset %past)
#include "lib/Compress/ExtendRope/RopeTables.h"

#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;

static Type typeOfTable(llm::RopeOp op) { return getElementTypeOrSelf(op.getCos().getType()); }

/// The largest position, and one.
static Value tokensOf(OnnxBuilder &b, Value rows) {
  auto scalar = RankedTensorType::get({}, b.raw().getF32Type());
  Value last = onnx::ReduceMaxOp::create(b.raw(), b.location(), scalar, rows, Value(),
                                         b.raw().getI64IntegerAttr(0), IntegerAttr());
  return b.add(last, b.number(1, b.raw().getF32Type()));
}

/// Tables for the rows of a cache and for new ones. The cache ends where the new rows begin; what
/// is before position 0 is padding, which a mask hides.
RopeTables::Tables RopeTables::columnsBehind(OnnxBuilder &b, const Angles &of, Value past,
                                             Type element) {
  Type f32 = b.raw().getF32Type();
  Value count = b.squeeze(b.size(past, 2), {0});
  Value places = b.reshape(b.cast(b.range(count), f32), {1, -1, 1});
  Value first = b.slice(of.rows, 1, 0, 1);
  Value before = b.maximum(b.add(places, b.subtract(first, b.cast(count, f32))), b.number(0, f32));
  return waves(b, b.concat({before, of.rows}, 1), of.values, element);
}

namespace {
/// Who reads a rotary embedding.
struct Readers {
  llm::AttentionOp attention;    ///< as its keys
  onnx::TensorScatterOp scatter; ///< into a cache of a fixed number of rows
  Operation *other = nullptr;    ///< neither, and not as queries
};
} // namespace

static Readers readersOf(llm::RopeOp op) {
  Readers readers;
  for (OpOperand &use : op->getUses()) {
    Operation *user = use.getOwner();
    if (auto attention = dyn_cast<llm::AttentionOp>(user)) {
      if (attention.getQuery() == use.get() && attention.getKey() != use.get())
        continue;
      if (attention.getKey() == use.get() && !readers.attention && !readers.scatter) {
        readers.attention = attention;
        continue;
      }
    }
    if (auto scatter = dyn_cast<onnx::TensorScatterOp>(user);
        scatter && scatter.getUpdate() == use.get() && !readers.attention && !readers.scatter) {
      readers.scatter = scatter;
      continue;
    }
    readers.other = user;
  }
  return readers;
}

/// Through operations that only change how rows lie, an attention without a past; its queries, or
/// its keys, which nobody else sees.
static bool reachesAttentionAlone(Operation *op) {
  return op->getNumResults() == 1 && llvm::all_of(op->getUsers(), [](Operation *user) {
           if (auto attention = dyn_cast<llm::AttentionOp>(user))
             return !attention.getPastKey() && attention.getPresentKey().use_empty();
           return isa<onnx::TransposeOp, onnx::ReshapeOp, onnx::IdentityOp, onnx::ExpandOp,
                      onnx::UnsqueezeOp, onnx::MulOp>(user) &&
                  reachesAttentionAlone(user);
         });
}

/// The attention that reads keys, through a cache or not; null: none does, they are queries. Fails
/// where somebody else sees them.
static FailureOr<llm::AttentionOp> attentionOver(const Readers &readers, std::string &reason) {
  if (readers.other && !reachesAttentionAlone(readers.other)) {
    reason = "keys are kept after they turned, through '" +
             readers.other->getName().getStringRef().str() +
             "', and frequencies that change with the length of the text need them before: expects "
             "a static method";
    return failure();
  }
  if (!readers.scatter)
    return readers.attention;
  onnx::TensorScatterOp scatter = readers.scatter;
  auto attention = dyn_cast<llm::AttentionOp>(*scatter->user_begin());
  if (scatter->hasOneUse() && attention && attention.getKey() == scatter->getResult(0))
    return attention;
  reason = "its keys are written into a cache that more than one attention reads: expects a static "
           "method";
  return failure();
}

/// An attention without a past whose keys and values are those of the past and the new ones: the
/// keys as they are kept.
static Value joinPast(OnnxBuilder &b, llm::AttentionOp op, Value raw) {
  Value keys = b.concat({op.getPastKey(), raw}, 2),
        values = b.concat({op.getPastValue(), op.getValue()}, 2);
  if (!op.getOffset())
    op.getOffsetMutable().assign(b.squeeze(b.size(op.getPastKey(), 2), {0}));
  op.getPresentValue().replaceAllUsesWith(values);
  op.getValueMutable().assign(values);
  op.getPresentValue().setType(cast<RankedTensorType>(values.getType()));
  op.getPastKeyMutable().clear();
  op.getPastValueMutable().clear();
  return keys;
}

/// Keys go into the cache as they were, and turn behind it.
LogicalResult RopeTables::turnWhenRead(llm::RopeOp op, const Angles &of, std::string &reason) {
  Readers readers = readersOf(op);
  FailureOr<llm::AttentionOp> found = attentionOver(readers, reason);
  if (failed(found) || !*found)
    return success(succeeded(found));
  llm::AttentionOp attention = *found;
  Value raw = op.getInput();
  if (!readers.scatter && !attention.getPastKey()) {
    // There is no cache but what others make of the present.
    attention.getPresentKey().replaceAllUsesWith(raw);
    return success();
  }
  OpBuilder builder(attention);
  OnnxBuilder b(builder, op.getLoc());
  Type element = typeOfTable(op);
  auto [known, isNew] = turned.insert({{of.rows.getAsOpaquePointer(), true}, {}});
  if (isNew && readers.scatter) {
    // Row n of the buffer is position n.
    Value count = b.squeeze(b.size(readers.scatter->getResult(0), 2), {0});
    Value places = b.reshape(b.cast(b.range(count), builder.getF32Type()), {1, -1, 1});
    known->second = waves(b, places, of.values, element);
  } else if (isNew) {
    known->second = columnsBehind(b, of, attention.getPastKey(), element);
  }
  Value kept = readers.scatter ? readers.scatter->getResult(0) : joinPast(b, attention, raw);
  if (readers.scatter)
    readers.scatter.getUpdateMutable().assign(raw);
  auto turnedKeys =
      llm::RopeOp::create(builder, op.getLoc(), kept.getType(), kept, known->second.cos,
                          known->second.sin, Value(), op.getInterleavedAttr());
  turnedKeys->setAttr(followsLengthAttr, builder.getUnitAttr());
  attention.getPresentKey().replaceAllUsesWith(kept);
  attention.getPresentKey().setType(cast<RankedTensorType>(kept.getType()));
  attention.getKeyMutable().assign(turnedKeys);
  if (op->use_empty())
    op->erase();
  return success();
}

LogicalResult RopeTables::rewriteDynamic(llm::RopeOp op, const RopeDescription &rope,
                                         const RopeMethod &method, const RopeScaling &scaling,
                                         std::string &reason) {
  Value positions = rope.positions;
  auto known = angles.find(positions.getAsOpaquePointer());
  OpBuilder builder(op);
  OnnxBuilder b(builder, op.getLoc());
  if (known == angles.end()) {
    Value rows = asRows(builder, op, positions, reason);
    if (!rows)
      return failure();
    Angles made{rows, method.build(b, rope.frequencies, scaling, tokensOf(b, rows))};
    if (rope.amplitude != 1) {
      Value before = b.number(rope.amplitude, builder.getF32Type());
      made.values.amplitude =
          made.values.amplitude ? b.multiply(made.values.amplitude, before) : before;
    }
    known = angles.emplace(positions.getAsOpaquePointer(), made).first;
  }
  const Angles &of = known->second;
  auto [tables, isNew] = turned.insert({{of.rows.getAsOpaquePointer(), false}, {}});
  Type element = typeOfTable(op);
  if (isNew)
    tables->second = waves(b, of.rows, of.values, element);
  Value oldCos = op.getCos(), oldSin = op.getSin();
  op.getCosMutable().assign(tables->second.cos);
  op.getSinMutable().assign(tables->second.sin);
  op.getPositionsMutable().clear();
  op->setAttr(followsLengthAttr, builder.getUnitAttr());
  for (Value value : {oldCos, oldSin})
    if (auto table = value.getDefiningOp<onnx::InitializerOp>(); table && value.use_empty())
      table.erase();
  return turnWhenRead(op, of, reason);
}
