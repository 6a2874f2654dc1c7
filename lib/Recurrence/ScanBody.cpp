// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Recurrence/ScanBody.h"

using namespace mlir;
using namespace retort;

ScanBody::ScanBody(onnx::ScanOp op) : op(op) {
  for (unsigned i = 0; i < numStates(); ++i)
    all.push_back({block().getArgument(i), op->getOperand(i), i, {}, {}, {}});
}

Value ScanBody::output(unsigned i) const {
  return block().getTerminator()->getOperand(numStates() + i);
}

unsigned ScanBody::addState(Value start, Type type, Value next) {
  BlockArgument value = block().addArgument(type, start.getLoc());
  Operation *end = block().getTerminator();
  all.push_back({value, start, end->getNumOperands(), {}, {}, {}});
  end->insertOperands(end->getNumOperands(), next);
  return all.size() - 1;
}

Value ScanBody::lastOf(unsigned state, OnnxBuilder &b) {
  if (!all[state].last && all[state].isParted()) {
    SmallVector<Value> parts;
    for (unsigned part : all[state].parts)
      parts.push_back(lastOf(part, b));
    all[state].last = all[state].join(b, parts);
  }
  return all[state].last;
}
