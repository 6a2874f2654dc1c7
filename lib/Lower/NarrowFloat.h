// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Floating-point numbers of at most a byte. Compiled code holds their bits as integers, and reads
// and writes them by tables: whatever a format says, it has at most 256 values.
#ifndef RETORT_LIB_LOWER_NARROWFLOAT_H
#define RETORT_LIB_LOWER_NARROWFLOAT_H

#include "lib/Lower/Emitter.h"

namespace retort {

/// What becomes of numbers that a narrow format does not have.
struct Narrowing {
  /// Too large ones become the largest, else infinity or NaN.
  bool saturate = true;
  enum { Nearest, Up, Down } rounding = Nearest;

  /// As the attributes `saturate` and `round_mode` of an operation say.
  static Narrowing of(Operation *op, Type to);
};

bool isNarrowFloat(Type type);

/// The number in f32 that the bits (i8) stand for.
Value decode(Emitter &e, Value bits, mlir::FloatType type);
/// The bits of a number in f32; ties go to the even ones.
Value encode(Emitter &e, Value number, mlir::FloatType type, Narrowing narrowing);

} // namespace retort

#endif
