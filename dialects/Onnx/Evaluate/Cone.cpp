// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The evaluation of backward slices, without recursion: graphs are deep.
#include "dialects/Onnx/Evaluate/Cone.h"

#include "dialects/Onnx/Evaluate/Evaluate.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Ops.h"
#include "dialects/Onnx/Schema/TypedOp.h"
#include "dialects/Onnx/Weights.h"

using namespace mlir;
using namespace retort;
using namespace retort::onnx;

/// Whether the value needs no operands: given before, or a constant.
bool Cone::computed(Value value) {
  if (values.count(value))
    return true;
  auto view = ConstantView::of(value);
  if (!view)
    return false;
  Operation *op = value.getDefiningOp();
  auto attribute = op->getAttrOfType<ElementsAttr>("value");
  Tensor tensor = attribute ? Tensor::of(attribute) : Tensor();
  if (tensor)
    values[value] = tensor;
  return bool(tensor);
}

/// Operands that must be known before.
static SmallVector<Value> needs(Operation *op, const Cone::Shapes &shapes) {
  SmallVector<Value> result;
  for (Value operand : op->getOperands()) {
    auto type = dyn_cast<RankedTensorType>(operand.getType());
    if (!asksShape(op) || (!shapes.count(operand) && !(type && type.hasStaticShape())))
      result.push_back(operand);
  }
  return result;
}

LogicalResult Cone::compute(Operation *op) {
  if (op->getNumRegions() == 0 && !isa<Evaluation>(op)) {
    why = ("no evaluator for " + op->getName().getStringRef()).str();
    return failure();
  }
  SmallVector<Tensor> inputs;
  for (Value slot : operandSlots(op)) {
    Tensor tensor = slot ? values.lookup(slot) : Tensor();
    if (slot && !tensor) {
      // Only the shape is asked for: a tensor without elements of its own would not do, so answer
      // here.
      ArrayRef<int64_t> shape;
      if (auto found = shapes.find(slot); found != shapes.end())
        shape = found->second;
      else
        shape = cast<RankedTensorType>(slot.getType()).getShape();
      int64_t rank = shape.size(), start = 0, end = rank;
      auto clamp = [&](int64_t at) {
        return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank);
      };
      if (auto given = op->getAttrOfType<IntegerAttr>("start"))
        start = clamp(given.getInt());
      if (auto given = op->getAttrOfType<IntegerAttr>("end"))
        end = clamp(given.getInt());
      values[op->getResult(0)] =
          isa<SizeOp>(op) ? Tensor::ints(op->getContext(), {llvm::product_of(shape)}).reshaped({})
                          : Tensor::ints(op->getContext(),
                                         shape.slice(start, std::max<int64_t>(0, end - start)));
      return success();
    }
    inputs.push_back(tensor);
  }
  Evaluated results = onnx::evaluate(op, inputs);
  if (failed(results)) {
    why = ("cannot evaluate " + op->getName().getStringRef()).str();
    return failure();
  }
  unsigned next = 0;
  for (Value slot : resultSlots(op)) {
    if (slot && next < results->size() && (*results)[next])
      values[slot] = (*results)[next];
    ++next;
  }
  return success();
}

FailureOr<Tensor> Cone::evaluate(Value root) {
  SmallVector<Value> stack{root};
  while (!stack.empty()) {
    Value value = stack.back();
    if (computed(value)) {
      stack.pop_back();
      continue;
    }
    Operation *op = value.getDefiningOp();
    if (!op || (!schemaOf(op->getName()) && !isa<Evaluation>(op))) {
      why =
          op ? ("no evaluator for " + op->getName().getStringRef()).str() : "an input is not given";
      return failure();
    }
    // An If hands over what the branch yields that its condition chooses.
    SmallVector<Value> wanted = needs(op, shapes);
    if (auto branch = dyn_cast<IfOp>(op); branch && computed(op->getOperand(0))) {
      bool holds = values[op->getOperand(0)].integer(0);
      Region &region = holds ? branch.getThenBranch() : branch.getElseBranch();
      wanted = {
          region.front().getTerminator()->getOperand(cast<OpResult>(value).getResultNumber())};
      if (computed(wanted.front())) {
        values[value] = Tensor(values[wanted.front()]);
        continue;
      }
    }
    size_t before = stack.size();
    for (Value operand : wanted)
      if (!computed(operand))
        stack.push_back(operand);
    if (stack.size() != before)
      continue;
    if (failed(compute(op)))
      return failure();
    if (!values.count(value)) {
      why = ("cannot evaluate a result of " + op->getName().getStringRef()).str();
      return failure();
    }
  }
  return values[root];
}

FailureOr<Tensor> onnx::evaluateCone(Value root, const DenseMap<Value, Tensor> &bindings,
                                     const Cone::Shapes &shapes, std::string *reason) {
  Cone cone;
  for (auto &[value, tensor] : bindings)
    cone.bind(value, tensor);
  cone.bindShapes(shapes);
  FailureOr<Tensor> result = cone.evaluate(root);
  if (failed(result) && reason)
    *reason = cone.reason().str();
  return result;
}
