// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sizes, axes and positions that operations get as tensors.
#ifndef RETORT_LIB_LOWER_SHAPES_H
#define RETORT_LIB_LOWER_SHAPES_H

#include "lib/Lower/Emitter.h"

namespace retort {

/// The axis counted from the front.
inline int64_t frontAxis(int64_t axis, int64_t rank) { return axis < 0 ? axis + rank : axis; }

/// The elements of a one-dimensional integer tensor of known length as indices; an error where its
/// length is not known.
llvm::FailureOr<SmallVector<Value>> indicesFrom(Emitter &e, Operation *op, Value tensor);

/// The same where a shape is meant: sizes that the type of the result knows are taken from it, and
/// so is the rank.
llvm::FailureOr<SmallVector<Value>> sizesFrom(Emitter &e, Operation *op, Value tensor, Type result);

/// The element of a tensor that has to have exactly one; `what` it is called.
Value onlyElement(Emitter &e, Value tensor, llvm::StringRef what);

/// Stops the model unless the tensors have the same sizes at `axis` of the one and `other` of the
/// other.
void requireSameSize(Emitter &e, Value a, int64_t axis, Value b, int64_t other,
                     llvm::StringRef problem);

/// The axis as two, of which the inner has `block` places: a view that transformations of linalg
/// move through loops, as they do not with one through a flat tensor.
Value splitAxis(Emitter &e, Value data, int64_t axis, ArrayRef<Value> sizes);

/// The axes that an operand names, of which only the run may know; all of them where it is null.
/// What they say folds where they are constant.
class NamedAxes {
public:
  NamedAxes(Emitter &e, Operation *op, Value tensor, int64_t rank);

  int64_t rank() const { return named.size(); }
  /// Whether `axis`, counted from the front, is named.
  Value contains(int64_t axis) const { return named[axis]; }
  bool areConstant() const { return llvm::all_of(named, constantOf); }
  /// The named axes, in their order, where all are constant.
  SmallVector<int64_t> constants() const;
  /// Names all axes where `condition` holds.
  void nameAllIf(Value condition);
  /// Stops the model where one is named twice.
  void requireDistinct() const;

  /// Element `offset + k` of a list of indices, where name k is `axis`; else `otherwise`.
  Value pick(int64_t axis, Value list, Value offset, Value otherwise) const;
  /// How many names there are.
  Value count() const;

  /// Those of `sizes` that are not named: `kept` of them.
  SmallVector<Value> drop(ArrayRef<Value> sizes, int64_t kept) const;
  /// `sizes` with a 1 at each name.
  SmallVector<Value> add(ArrayRef<Value> sizes) const;

private:
  Value element(Value list, Value k) const;
  Value nameAt(Value k) const;
  /// Of the axes before `axis`, how many are not named.
  Value unnamedBefore(int64_t axis) const;

  Emitter &e;
  Value names;
  SmallVector<Value> named; // for each axis
};

} // namespace retort

#endif
