// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Formulas over tensors, as rules write them: dy * (1 - y * y).
#ifndef RETORT_LIB_DIFFERENTIATE_TERM_H
#define RETORT_LIB_DIFFERENTIATE_TERM_H

#include "dialects/Onnx/Onnx.h"
#include "dialects/Retort/Backward.h"

#include "mlir/IR/TypeUtilities.h"

namespace retort {

/// A value of floats, and the place where operations on it are made. Operations broadcast as ONNX
/// has it; a number takes the type of the other side.
class Term {
public:
  Term(mlir::Value value, OnnxBuilder &build) : value(value), build(&build) {}
  operator mlir::Value() const { return value; }

  mlir::Type element() const { return mlir::getElementTypeOrSelf(value.getType()); }
  Term number(double x) const { return {build->number(x, element()), *build}; }
  /// An operation of one operand, and of its type.
  template <typename Op> Term apply() const {
    mlir::OpBuilder &raw = build->raw();
    return {Op::create(raw, build->location(), value.getType(), value), *build};
  }

  friend Term operator+(Term a, Term b) { return {a.build->add(a, b), *a.build}; }
  friend Term operator-(Term a, Term b) { return {a.build->subtract(a, b), *a.build}; }
  friend Term operator*(Term a, Term b) { return {a.build->multiply(a, b), *a.build}; }
  friend Term operator/(Term a, Term b) { return {a.build->divide(a, b), *a.build}; }
  friend Term operator+(Term a, double b) { return a + a.number(b); }
  friend Term operator-(Term a, double b) { return a - a.number(b); }
  friend Term operator*(Term a, double b) { return a * a.number(b); }
  friend Term operator/(Term a, double b) { return a / a.number(b); }
  friend Term operator+(double a, Term b) { return b.number(a) + b; }
  friend Term operator-(double a, Term b) { return b.number(a) - b; }
  friend Term operator*(double a, Term b) { return b.number(a) * b; }
  friend Term operator/(double a, Term b) { return b.number(a) / b; }
  Term operator-() const { return {build->negate(value), *build}; }

  /// Conditions, of booleans.
  Term isBelow(Term other) const { return {build->less(value, other), *build}; }
  Term isBelow(double other) const { return isBelow(number(other)); }
  Term isAbove(double other) const { return number(other).isBelow(*this); }
  Term equals(Term other) const { return {build->equal(value, other), *build}; }
  Term operator!() const { return {build->invert(value), *build}; }
  /// Of a condition.
  Term choose(Term yes, Term no) const { return {build->choose(value, yes, no), *build}; }

  Term sumAlong(llvm::ArrayRef<int64_t> axes) const {
    return {build->reduceSum(value, axes), *build};
  }

  mlir::Value value;
  OnnxBuilder *build;
};

inline Term exp(Term x) { return x.apply<onnx::ExpOp>(); }
inline Term log(Term x) { return x.apply<onnx::LogOp>(); }
inline Term sin(Term x) { return x.apply<onnx::SinOp>(); }
inline Term cos(Term x) { return x.apply<onnx::CosOp>(); }
inline Term tanh(Term x) { return x.apply<onnx::TanhOp>(); }
inline Term sqrt(Term x) { return x.apply<onnx::SqrtOp>(); }
inline Term sign(Term x) { return x.apply<onnx::SignOp>(); }
inline Term sigmoid(Term x) { return x.apply<onnx::SigmoidOp>(); }

} // namespace retort

#endif
