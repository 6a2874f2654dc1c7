// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What Loop and Scan are made of: a loop that carries states, and lists that grow.
#ifndef RETORT_LIB_LOWER_ITERATION_H
#define RETORT_LIB_LOWER_ITERATION_H

#include "lib/Lower/Lowering.h"

namespace retort {

/// How a value of this type is held.
RankedTensorType heldType(Type type);
/// The list with one more element at its end, which has the sizes of those before.
Value append(Emitter &e, Operation *op, Value list, Value element);
/// A list of no elements that has the type of a result, but for its length.
Value emptyList(Emitter &e, Type type);

/// A loop at work: `carried` are index, condition, states and lists of scanned outputs, in this
/// order.
struct LoopBuilder {
  Emitter &e;
  Operation *op;
  SmallVector<Value> start;
  /// Builds an iteration's next values; null on failure.
  using Body = llvm::function_ref<llvm::FailureOr<SmallVector<Value>>(ValueRange carried)>;

  llvm::FailureOr<SmallVector<Value>> run(Value limit, Body body);
  /// What an iteration carries on: `values` are the new states, then an element for each list.
  SmallVector<Value> next(ValueRange carried, Value condition, ArrayRef<Value> values,
                          unsigned states);
  /// States and lists are the results of the operation.
  llvm::LogicalResult finish(const llvm::FailureOr<SmallVector<Value>> &results);
};

void addScanLowerings(Lowering &);

} // namespace retort

#endif
