// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// If and Loop.
#include "lib/Lower/Iteration.h"

using namespace mlir;
using namespace retort;

/// The one element of a tensor.
static Value onlyElement(Emitter &e, Operation *op, Value tensor) {
  e.require(e.equal(e.product(e.dims(tensor)), e.index(1)), op,
            "a count or condition is not one element");
  return e.extract(tensor, SmallVector<Value>(rankOf(tensor), e.index(0)));
}

/// Lowers a branch, whose values take the types of the operation's results.
static LogicalResult lowerBranch(Emitter &e, const Lowering &lowering, Region &region,
                                 TypeRange types) {
  auto values = lowering.lowerBlock(e, region.front());
  if (failed(values))
    return failure();
  SmallVector<Value> results;
  for (auto [value, type] : llvm::zip(*values, types))
    results.push_back(e.castTo(value, type));
  scf::YieldOp::create(e, results);
  return success();
}

static LogicalResult lowerIf(Emitter &e, const Lowering &lowering, onnx::IfOp op) {
  Value condition = onlyElement(e, op, e.get(op.getCond()));
  if (auto known = constantOf(condition)) {
    auto values =
        lowering.lowerBlock(e, (*known ? op.getThenBranch() : op.getElseBranch()).front());
    if (failed(values))
      return failure();
    for (auto [result, value] : llvm::zip(op->getResults(), *values))
      e.set(result, value);
    return success();
  }
  SmallVector<Type> types =
      llvm::map_to_vector(op->getResultTypes(), [](Type type) -> Type { return heldType(type); });
  auto branch =
      scf::IfOp::create(e, types, condition, /*addThenBlock=*/true, /*addElseBlock=*/true);
  for (auto [block, region] : {std::pair(branch.thenBlock(), &op.getThenBranch()),
                               {branch.elseBlock(), &op.getElseBranch()}}) {
    Emitter::Nested nested(e);
    e.setInsertionPointToStart(block);
    if (failed(lowerBranch(e, lowering, *region, types)))
      return failure();
  }
  for (auto [result, value] : llvm::zip(op->getResults(), branch.getResults()))
    e.set(result, value);
  return success();
}

static LogicalResult lowerLoop(Emitter &e, const Lowering &lowering, onnx::LoopOp op) {
  Block &body = op.getBody().front();
  unsigned states = op.getVInitial().size();
  Value limit = op.getM() ? e.toIndex(onlyElement(e, op, e.get(op.getM()))) : Value();
  Value condition =
      op.getCond() ? onlyElement(e, op, e.get(op.getCond())) : e.integer(1, e.getI1Type());
  LoopBuilder loop{e, op, {e.index(0), condition}};
  for (auto [i, value] : llvm::enumerate(op.getVInitial()))
    loop.start.push_back(e.castTo(e.get(value), heldType(op->getResult(i).getType())));
  for (Value result : op->getResults().drop_front(states))
    loop.start.push_back(emptyList(e, result.getType()));
  auto results = loop.run(limit, [&](ValueRange carried) -> FailureOr<SmallVector<Value>> {
    e.set(body.getArgument(0), e.fromScalars(RankedTensorType::get({}, e.getI64Type()),
                                             e.fromIndex(carried[0], e.getI64Type())));
    e.set(body.getArgument(1), e.fromScalars(RankedTensorType::get({}, e.getI1Type()), carried[1]));
    for (unsigned i = 0; i < states; ++i)
      e.set(body.getArgument(2 + i), carried[2 + i]);
    auto values = lowering.lowerBlock(e, body);
    if (failed(values))
      return failure();
    return loop.next(carried, onlyElement(e, op, values->front()),
                     ArrayRef<Value>(*values).drop_front(), states);
  });
  return loop.finish(results);
}

void retort::addControlFlowLowerings(Lowering &lowering) {
  lowering.add(lowerIf);
  lowering.add(lowerLoop);
  addScanLowerings(lowering);
}
