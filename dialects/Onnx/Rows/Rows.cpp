// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What row rules share.
#include "dialects/Onnx/Rows/Rows.h"

#include "dialects/Onnx/Evaluate/Attributes.h"

using namespace mlir;
using namespace retort::onnx;

int64_t Rows::axis(StringRef name, int64_t otherwise) const {
  return front(intAttribute(op, name, otherwise));
}

bool Rows::isAligned(size_t i) const {
  return !row(i) || rank(op->getResult(0)) - result == rank(i) - *row(i);
}

bool Rows::areAligned() const {
  return llvm::all_of(llvm::seq(slots.size()), [&](size_t i) { return isAligned(i); });
}

bool Rows::areAlongResult() const {
  return llvm::all_of(axes, [&](auto axis) { return !axis || axis == result; });
}

bool retort::onnx::rowsAligned(Operation *, Rows &rows) { return rows.areAligned(); }
