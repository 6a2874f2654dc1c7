// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations that hold graphs: how many values go in and come out.
//   'onnx.Loop' op expects a body of 3 arguments, found 2
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Schema/TypedOp.h"
#include "dialects/Onnx/Verify/Verify.h"

#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;
using namespace retort;

static LogicalResult expectBody(Operation *op, Region &region, unsigned arguments,
                                unsigned results) {
  if (region.getNumArguments() != arguments)
    return op->emitOpError() << "expects a body of " << arguments << " arguments, found "
                             << region.getNumArguments();
  if (region.front().empty() || !region.front().mightHaveTerminator())
    return success(); // told where blocks are verified
  unsigned found = region.front().getTerminator()->getNumOperands();
  if (found != results)
    return op->emitOpError() << "expects a body of " << results << " results, found " << found;
  return success();
}

/// Results are the states, then lists.
static LogicalResult expectStates(Operation *op, unsigned states) {
  if (states <= op->getNumResults())
    return success();
  return op->emitOpError() << "expects a result for each of " << states << " states, found "
                           << op->getNumResults();
}

/// A count and a condition, both of one element, come before the states.
static LogicalResult verifyLoop(Operation *op) {
  SmallVector<Value> slots = onnx::operandSlots(op);
  unsigned states = slots.size() - std::min<size_t>(2, slots.size());
  while (states > 0 && !slots[states + 1]) // an empty variadic operand
    --states;
  if (failed(expectStates(op, states)))
    return failure();
  return expectBody(op, op->getRegion(0), 2 + states, 1 + op->getNumResults());
}

static LogicalResult verifyScan(Operation *op) {
  int64_t lists = onnx::intAttribute(op, "num_scan_inputs", 0);
  if (lists > op->getNumOperands())
    return op->emitOpError() << "expects at most " << op->getNumOperands()
                             << " inputs to scan, found " << lists;
  if (failed(expectStates(op, op->getNumOperands() - lists)))
    return failure();
  return expectBody(op, op->getRegion(0), op->getNumOperands(), op->getNumResults());
}

LogicalResult onnx::verifyScanned(Operation *op) {
  if (op->getName().getStringRef() != "onnx.Scan")
    return success();
  int64_t lists = onnx::intAttribute(op, "num_scan_inputs", 0);
  for (Value list : op->getOperands().take_back(lists))
    if (auto type = dyn_cast<RankedTensorType>(list.getType()); type && type.getRank() == 0)
      return op->emitOpError() << "expects inputs to scan of rank 1 or more, found " << type;
  return success();
}

LogicalResult onnx::verifyBodies(Operation *op) {
  StringRef name = op->getName().getStringRef();
  if (name == "onnx.Loop")
    return verifyLoop(op);
  if (name == "onnx.Scan")
    return verifyScan(op);
  if (name == "onnx.If")
    for (Region &branch : op->getRegions())
      if (failed(expectBody(op, branch, 0, op->getNumResults())))
        return failure();
  return success();
}
