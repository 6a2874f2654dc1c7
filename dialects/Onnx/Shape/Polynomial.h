// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sizes as polynomials with integer coefficients over atoms: symbols for the sizes of inputs, and
// what no polynomial expresses. AffineExpr is too weak: Reshape multiplies sizes, and divides the
// products.
#ifndef RETORT_DIALECTS_ONNX_SHAPE_POLYNOMIAL_H
#define RETORT_DIALECTS_ONNX_SHAPE_POLYNOMIAL_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>
#include <string>

namespace retort::onnx {

class Polynomial {
public:
  using Atom = unsigned;
  /// Atoms, sorted, with repetition.
  using Monomial = llvm::SmallVector<Atom, 2>;

  Polynomial(int64_t constant = 0);
  static Polynomial atom(Atom atom);

  /// The value where no atom occurs.
  std::optional<int64_t> constant() const;
  /// The atom where it is nothing else.
  std::optional<Atom> soleAtom() const;
  bool isZero() const { return terms.empty(); }
  /// Whether all coefficients are non-negative, and so is every atom by `nonNegative`: then it is
  /// at least constantTerm().
  bool isNonNegative(llvm::function_ref<bool(Atom)> nonNegative) const;
  int64_t constantTerm() const;

  Polynomial operator+(const Polynomial &other) const;
  Polynomial operator-(const Polynomial &other) const;
  Polynomial operator*(const Polynomial &other) const;
  bool operator==(const Polynomial &other) const { return terms == other.terms; }
  bool operator!=(const Polynomial &other) const { return terms != other.terms; }
  bool operator<(const Polynomial &other) const { return terms < other.terms; }

  /// The quotient where the division leaves no rest.
  std::optional<Polynomial> dividedBy(const Polynomial &divisor) const;
  std::optional<int64_t> evaluate(llvm::function_ref<std::optional<int64_t>(Atom)> value) const;
  std::string text(llvm::function_ref<std::string(Atom)> name) const;

private:
  using Term = std::pair<Monomial, int64_t>;
  void add(const Monomial &monomial, int64_t coefficient);

  /// The leading term first: by degree, then by the alphabet of atoms. No coefficient is 0. Most
  /// sizes are one term of at most one atom, and a graph has some for each value: these are held in
  /// place.
  llvm::SmallVector<Term, 1> terms;
};

} // namespace retort::onnx

#endif
