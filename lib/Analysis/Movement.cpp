// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Movement by value: the source holds its own indices, and the operations move them.
#include "lib/Analysis/Movement.h"

#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Evaluate/Evaluate.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Schema/TypedOp.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

static bool isWidening(Operation *op) {
  auto from = dyn_cast<FloatType>(getElementTypeOrSelf(op->getOperand(0).getType()));
  auto to = dyn_cast<FloatType>(getElementTypeOrSelf(op->getResult(0).getType()));
  return from && to && (from == to || from.getWidth() < to.getWidth());
}

/// Whether the axis of a Gather is fixed: rows that are chosen by number do not depend on sizes
/// then.
static bool gathersFixedAxis(Operation *op) {
  auto type = dyn_cast<RankedTensorType>(op->getOperand(0).getType());
  if (!type)
    return false;
  int64_t axis = frontAxis(intAttribute(op, "axis", 0), type.getRank());
  return axis >= 0 && !type.isDynamicDim(axis);
}

/// The operand that the operation moves, and the factor it applies; null where it is not movement.
static std::pair<Value, double> movedOperand(Operation *op, Samples &samples) {
  if (!op || op->getNumOperands() == 0)
    return {};
  Value first = op->getOperand(0);
  if (movesAll(op))
    return {first, 1};
  if (isa<CastOp>(op) && isWidening(op))
    return {first, 1};
  if (isa<GatherOp>(op) && gathersFixedAxis(op) && samples.hot().isCold(op->getOperand(1)))
    return {first, 1};
  if (isa<ConcatOp>(op) && llvm::all_equal(op->getOperands()))
    return {first, 1};
  if (!isa<MulOp, DivOp>(op))
    return {};
  Value second = op->getOperand(1);
  if (isa<MulOp>(op) && samples.hot().isCold(first))
    std::swap(first, second);
  if (samples.hot().isHot(second))
    return {};
  std::optional<double> number = samples.number(second);
  // A factor of more axes would change the shape.
  auto type = dyn_cast<RankedTensorType>(second.getType());
  auto own = dyn_cast<RankedTensorType>(first.getType());
  if (!number || *number == 0 || !type || !own || type.getRank() > own.getRank() ||
      first.getType() != op->getResult(0).getType())
    return {};
  return {first, isa<MulOp>(op) ? *number : 1 / *number};
}

SmallVector<Source> retort::sourcesOf(Value value, Samples &samples) {
  SmallVector<Source> sources{{value, 1, {}}};
  while (true) {
    const Source &last = sources.back();
    Operation *op = last.value.getDefiningOp();
    if (!op || !schemaOf(op->getName()))
      return sources;
    auto [operand, factor] = movedOperand(op, samples);
    if (!operand || samples.hot().isCold(operand))
      return sources;
    Source next{operand, last.scale * factor, last.operations};
    next.operations.insert(next.operations.begin(), op);
    sources.push_back(std::move(next));
  }
}

FailureOr<Tensor> retort::originOf(const Source &source, Samples &samples, Sample sample) {
  auto shape = samples.shape(source.value, sample);
  if (!shape)
    return failure();
  MLIRContext *context = source.value.getContext();
  Tensor at = Tensor::zeros(IntegerType::get(context, 64), *shape);
  if (!at)
    return failure();
  for (auto [i, cell] : llvm::enumerate(at.writable()))
    cell.i = i;
  Value moved = source.value;
  std::optional<Cone> cone;
  for (Operation *op : source.operations) {
    // What is element-wise leaves each where it is.
    if (!elementKindOf(op)) {
      SmallVector<Tensor> inputs;
      for (Value slot : operandSlots(op)) {
        if (!slot || slot == moved) {
          inputs.push_back(slot ? at : Tensor());
          continue;
        }
        if (!cone)
          cone.emplace(samples.cone(sample));
        FailureOr<Tensor> other = cone->evaluate(slot);
        if (failed(other))
          return failure();
        inputs.push_back(*other);
      }
      Evaluated results = onnx::evaluate(op, inputs);
      if (failed(results) || results->empty() || !results->front())
        return failure();
      at = results->front();
    }
    moved = op->getResult(0);
  }
  return at;
}
