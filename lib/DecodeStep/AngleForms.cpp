// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Angles of rotary embedding as rows of the text.
#include "lib/DecodeStep/CacheForms.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Weights.h"

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

void retort::lookUpAngles(func::FuncOp function) {
  function.walk([](llm::RopeOp op) {
    if (!op.getPositions() || onnx::ConstantView::of(op.getCos()))
      return;
    op.getCosMutable().assign(lookUp(op, op.getCos()));
    op.getSinMutable().assign(lookUp(op, op.getSin()));
    op.getPositionsMutable().clear();
  });
}
