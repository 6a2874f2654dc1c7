// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What Resize makes of each axis of its data.
#ifndef RETORT_LIB_LOWER_RESIZEAXES_H
#define RETORT_LIB_LOWER_RESIZEAXES_H

#include "lib/Lower/Emitter.h"
#include "lib/Lower/Lowering.h"

namespace retort {

/// Scalar arithmetic in f32, in which places are computed: elsewhere too, and where one is rounded
/// it matters. Of constants it folds.
struct Reals {
  Emitter &e;

  Value of(double value) const { return e.real(value, e.getF32Type()); }
  Value of(Value index) const {
    return e.createOrFold<mlir::arith::SIToFPOp>(e.getF32Type(),
                                                 e.fromIndex(index, e.getI64Type()));
  }
  Value add(Value a, Value b) const { return e.createOrFold<mlir::arith::AddFOp>(a, b); }
  Value sub(Value a, Value b) const { return e.createOrFold<mlir::arith::SubFOp>(a, b); }
  Value mul(Value a, Value b) const { return e.createOrFold<mlir::arith::MulFOp>(a, b); }
  Value div(Value a, Value b) const { return e.createOrFold<mlir::arith::DivFOp>(a, b); }
  Value floor(Value a) const { return e.createOrFold<mlir::math::FloorOp>(a); }
  /// Halves are rounded away from zero.
  Value round(Value a) const { return e.createOrFold<mlir::math::RoundOp>(a); }
  Value less(Value a, Value b) const {
    return e.createOrFold<mlir::arith::CmpFOp>(mlir::arith::CmpFPredicate::OLT, a, b);
  }
  Value equal(Value a, Value b) const {
    return e.createOrFold<mlir::arith::CmpFOp>(mlir::arith::CmpFPredicate::OEQ, a, b);
  }
  Value choose(Value condition, Value a, Value b) const {
    return e.createOrFold<mlir::arith::SelectOp>(condition, a, b);
  }
  Value min(Value a, Value b) const { return choose(less(b, a), b, a); }
  Value max(Value a, Value b) const { return choose(less(a, b), b, a); }
  Value toIndex(Value a) const;
};

struct ResizedAxis {
  /// Sizes, as indices.
  Value from, to;
  /// As f32; `width` is `to` before it was rounded, `start` and `end` bound the region that is
  /// read, as parts of the data.
  Value scale, width, start, end;
  /// Whether nothing is done along it.
  bool isKept = true;
};

/// One for each axis of the data; failure after a diagnostic.
llvm::FailureOr<SmallVector<ResizedAxis>> readResizedAxes(Emitter &e, onnx::ResizeOp op);

} // namespace retort

#endif
