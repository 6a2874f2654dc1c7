// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/DecodeStep/StackedCaches.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Constants.h"

using namespace mlir;
using namespace retort;

static bool isConstant(Value value, int64_t number) {
  auto numbers = value ? integersOf(value) : std::nullopt;
  return numbers && numbers->size() == 1 && numbers->front() == number;
}

static std::optional<StackedPart> partOfAxis(Value stack, std::optional<int64_t> place) {
  auto argument = dyn_cast<BlockArgument>(stack);
  auto type = dyn_cast<RankedTensorType>(stack.getType());
  if (!argument || !type || type.getRank() != 5 || type.getDimSize(0) != 2 || !place)
    return std::nullopt;
  int64_t at = *place < 0 ? *place + 2 : *place;
  return at == 0 || at == 1 ? std::optional(StackedPart{argument, at}) : std::nullopt;
}

static std::optional<int64_t> numberOf(Value value) {
  auto numbers = integersOf(value);
  return numbers && numbers->size() == 1 ? std::optional(numbers->front()) : std::nullopt;
}

std::optional<StackedPart> retort::findStackedPart(Value value) {
  if (auto gather = value.getDefiningOp<onnx::GatherOp>()) {
    auto index = dyn_cast<RankedTensorType>(gather.getIndices().getType());
    return gather.getAxis() == 0 && index && index.getRank() == 0
               ? partOfAxis(gather.getData(), numberOf(gather.getIndices()))
               : std::nullopt;
  }
  auto squeeze = value.getDefiningOp<onnx::SqueezeOp>();
  Operation *part =
      squeeze && isConstant(squeeze.getAxes(), 0) ? squeeze.getData().getDefiningOp() : nullptr;
  if (auto split = dyn_cast_or_null<onnx::SplitOp>(part))
    return split.getAxis() == 0 && split->getNumResults() == 2
               ? partOfAxis(split.getInput(), cast<OpResult>(squeeze.getData()).getResultNumber())
               : std::nullopt;
  auto slice = dyn_cast_or_null<onnx::SliceOp>(part);
  auto start = slice ? numberOf(slice.getStarts()) : std::nullopt;
  return start && isConstant(slice.getAxes(), 0) && !slice.getSteps() &&
                 cast<RankedTensorType>(slice->getResult(0).getType()).getDimSize(0) == 1
             ? partOfAxis(slice.getData(), start)
             : std::nullopt;
}

void retort::readPartsOfStack(llm::AttentionOp op, CacheForms &forms) {
  Value pastKey = op.getPastKey(), pastValue = op.getPastValue();
  auto keys = pastKey ? findStackedPart(pastKey) : std::nullopt,
       values = pastValue ? findStackedPart(pastValue) : std::nullopt;
  if (!keys || !values || keys->stack != values->stack || keys->place == values->place)
    return;
  auto function = op->getParentOfType<func::FuncOp>();
  for (bool holdsKeys : {true, false}) {
    unsigned number = function.getNumArguments();
    (void)function.insertArgument(number, (holdsKeys ? pastKey : pastValue).getType(), {},
                                  op.getLoc());
    BlockArgument past = function.getArgument(number);
    forms.rows.push_back(
        {past, keys->stack, nullptr, op, holdsKeys, (holdsKeys ? *keys : *values).place});
    (holdsKeys ? op.getPastKeyMutable() : op.getPastValueMutable()).assign(past);
  }
}

/// What the attention hands on; a graph that joins past and rows itself may do so before it.
static bool isPresent(Value value, const BufferRows &rows) {
  llm::AttentionOp op = rows.attention;
  if (value == (rows.holdsKeys ? op.getPresentKey() : op.getPresentValue()))
    return true;
  auto joined = value.getDefiningOp<onnx::ConcatOp>();
  if (!joined || joined->getNumOperands() != 2 || (joined.getAxis() != 2 && joined.getAxis() != -2))
    return false;
  auto part = findStackedPart(joined->getOperand(0));
  return part && part->stack == rows.buffer && part->place == rows.place &&
         joined->getOperand(1) == (rows.holdsKeys ? op.getKey() : op.getValue());
}

bool retort::holdsNextOf(Value next, const BufferRows &rows) {
  auto stack = next.getDefiningOp<onnx::ConcatOp>();
  if (!stack || stack->getNumOperands() != 2 || (stack.getAxis() != 0 && stack.getAxis() != -5))
    return false;
  auto part = stack->getOperand(rows.place).getDefiningOp<onnx::UnsqueezeOp>();
  return part && isConstant(part.getAxes(), 0) && isPresent(part.getData(), rows);
}
