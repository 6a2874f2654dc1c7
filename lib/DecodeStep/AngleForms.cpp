// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Angles of rotary embedding as rows of the text.
#include "lib/DecodeStep/CacheForms.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Weights.h"
#include "lib/Analysis/RopeDescription.h"

using namespace mlir;
using namespace retort;

static Value lookUp(llm::RopeOp op, Value table) {
  OpBuilder builder(op);
  auto places = cast<RankedTensorType>(op.getPositions().getType());
  auto rows = cast<RankedTensorType>(table.getType());
  auto type = RankedTensorType::get(
      {places.getDimSize(0), places.getDimSize(1), rows.getDimSize(1)}, rows.getElementType());
  return onnx::GatherOp::create(builder, op.getLoc(), type, table, op.getPositions(), int64_t(0));
}

SmallVector<TurnedKeys> retort::takeUnturnedKeys(func::FuncOp function) {
  SmallVector<TurnedKeys> found;
  for (auto op : function.getBody().front().getOps<llm::AttentionOp>()) {
    auto rope = op.getKey().getDefiningOp<llm::RopeOp>();
    if (!rope || !rope->hasAttr(followsLengthAttr) || rope.getPositions())
      continue;
    found.push_back({op, rope.getCos(), rope.getSin(), rope.getInterleaved()});
    op.getKeyMutable().assign(rope.getInput());
  }
  return found;
}

void retort::lookUpAngles(func::FuncOp function) {
  function.walk([](llm::RopeOp op) {
    if (!op.getPositions() || onnx::ConstantView::of(op.getCos()))
      return;
    op.getCosMutable().assign(lookUp(op, op.getCos()));
    op.getSinMutable().assign(lookUp(op, op.getSin()));
    op.getPositionsMutable().clear();
  });
}
