// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element-wise operations on tensors of different shapes, as NumPy broadcasts.
#ifndef RETORT_LIB_LOWER_BROADCAST_H
#define RETORT_LIB_LOWER_BROADCAST_H

#include "lib/Lower/Emitter.h"

namespace retort {

/// How an operation's operands meet: the sizes of the result and where each operand is read.
class Broadcast {
public:
  /// `tensors` are lowered; `originals` what they were, for what is known of their sizes (may be
  /// empty); `result` is the type that is declared, if any.
  Broadcast(Emitter &e, Operation *op, ArrayRef<Value> tensors, ArrayRef<Value> originals,
            Type result);

  ArrayRef<Value> sizes() const { return resultSizes; }
  /// One element for each element of the result, from the first `count` tensors.
  Value map(Type element, Emitter::Body body, size_t count = SIZE_MAX);

private:
  void addAxis(Operation *op, int64_t axis, ArrayRef<Value> originals, Type result);

  Emitter &e;
  SmallVector<Value> tensors;
  SmallVector<Value> resultSizes;
  /// For each tensor and axis of the result: 1 where it is read at the index, 0 where at zero, null
  /// where it lacks the axis, a value where that is only known at run time.
  SmallVector<SmallVector<Value>> steps;
};

/// Checks that a tensor has these sizes, or 1 in their place; axes that it lacks are those in
/// front.
void requireFits(Emitter &e, Operation *op, Value tensor, ArrayRef<Value> sizes,
                 llvm::StringRef problem);
/// Checks that a tensor has these sizes, one for each axis.
void requireSizes(Emitter &e, Operation *op, Value tensor, ArrayRef<Value> sizes,
                  llvm::StringRef problem);

/// The element-wise operation on `op`'s operands: on scalars where they are small integers, else in
/// a loop nest.
using ScalarFunction = llvm::function_ref<Value(ValueRange)>;
Value lowerElementwise(Emitter &e, Operation *op, ValueRange operands, ScalarFunction compute);
inline Value lowerElementwise(Emitter &e, Operation *op, ScalarFunction compute) {
  return lowerElementwise(e, op, op->getOperands(), compute);
}

/// The element type in which the operation's first result is held.
inline Type resultElement(Operation *op, unsigned i = 0) {
  return storageType(elementType(op->getResult(i)));
}

} // namespace retort

#endif
