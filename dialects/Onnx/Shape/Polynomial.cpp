// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arithmetic of polynomials.
#include "dialects/Onnx/Shape/Polynomial.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace retort::onnx;

Polynomial::Polynomial(int64_t constant) { add({}, constant); }

Polynomial Polynomial::atom(Atom atom) {
  Polynomial result;
  result.add({atom}, 1);
  return result;
}

static bool leads(const Polynomial::Monomial &a, const Polynomial::Monomial &b) {
  return a.size() != b.size() ? a.size() > b.size() : a < b;
}

void Polynomial::add(const Monomial &monomial, int64_t coefficient) {
  if (coefficient == 0)
    return;
  auto term = llvm::lower_bound(
      terms, monomial, [](const Term &term, const Monomial &m) { return leads(term.first, m); });
  if (term == terms.end() || term->first != monomial)
    terms.insert(term, {monomial, coefficient});
  else if ((term->second = int64_t(uint64_t(term->second) + uint64_t(coefficient))) == 0)
    terms.erase(term);
}

std::optional<int64_t> Polynomial::constant() const {
  if (terms.empty())
    return 0;
  if (terms.size() == 1 && terms.begin()->first.empty())
    return terms.begin()->second;
  return std::nullopt;
}

std::optional<Polynomial::Atom> Polynomial::soleAtom() const {
  if (terms.size() == 1 && terms.begin()->first.size() == 1 && terms.begin()->second == 1)
    return terms.begin()->first.front();
  return std::nullopt;
}

int64_t Polynomial::constantTerm() const {
  return !terms.empty() && terms.back().first.empty() ? terms.back().second : 0;
}

bool Polynomial::isNonNegative(llvm::function_ref<bool(Atom)> nonNegative) const {
  return llvm::all_of(terms, [&](const auto &term) {
    return term.second > 0 && llvm::all_of(term.first, nonNegative);
  });
}

Polynomial Polynomial::operator+(const Polynomial &other) const {
  Polynomial result = *this;
  for (const auto &[monomial, coefficient] : other.terms)
    result.add(monomial, coefficient);
  return result;
}

Polynomial Polynomial::operator-(const Polynomial &other) const {
  return *this + other * Polynomial(-1);
}

static Polynomial::Monomial product(const Polynomial::Monomial &a, const Polynomial::Monomial &b) {
  Polynomial::Monomial result;
  std::merge(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result));
  return result;
}

Polynomial Polynomial::operator*(const Polynomial &other) const {
  Polynomial result;
  for (const auto &[a, x] : terms)
    for (const auto &[b, y] : other.terms)
      result.add(product(a, b), int64_t(uint64_t(x) * uint64_t(y)));
  return result;
}

std::optional<Polynomial> Polynomial::dividedBy(const Polynomial &divisor) const {
  if (divisor.isZero())
    return std::nullopt;
  const auto &[leading, coefficient] = *divisor.terms.begin();
  // The least int64 divided by -1 is a fault.
  if (coefficient < 0 && coefficient != INT64_MIN)
    return (*this * Polynomial(-1)).dividedBy(divisor * Polynomial(-1));
  Polynomial rest = *this, quotient;
  while (!rest.isZero()) {
    const auto &[monomial, x] = *rest.terms.begin();
    if (x % coefficient ||
        !std::includes(monomial.begin(), monomial.end(), leading.begin(), leading.end()))
      return std::nullopt;
    Polynomial term;
    Monomial left;
    std::set_difference(monomial.begin(), monomial.end(), leading.begin(), leading.end(),
                        std::back_inserter(left));
    term.add(left, x / coefficient);
    quotient = quotient + term;
    rest = rest - term * divisor;
  }
  return quotient;
}

std::optional<int64_t>
Polynomial::evaluate(llvm::function_ref<std::optional<int64_t>(Atom)> value) const {
  int64_t sum = 0;
  for (const auto &[monomial, coefficient] : terms) {
    int64_t term = coefficient;
    for (Atom atom : monomial) {
      std::optional<int64_t> x = value(atom);
      if (!x)
        return std::nullopt;
      term *= *x;
    }
    sum += term;
  }
  return sum;
}

std::string Polynomial::text(llvm::function_ref<std::string(Atom)> name) const {
  if (terms.empty())
    return "0";
  std::string result;
  for (const auto &[monomial, coefficient] : terms) {
    int64_t shown = coefficient;
    if (!result.empty()) {
      result += coefficient < 0 ? " - " : " + ";
      shown = coefficient < 0 ? -coefficient : coefficient;
    }
    std::string factors;
    if (shown != 1 || monomial.empty())
      factors = std::to_string(shown);
    for (Atom atom : monomial)
      factors += (factors.empty() ? "" : "*") + name(atom);
    result += factors;
  }
  return result;
}
