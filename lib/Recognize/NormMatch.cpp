// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the factor of a norm is found: the reduction of a square, a chain of element-wise operations
// on it, and a product or quotient with what was squared.
#include "lib/Recognize/NormMatch.h"

#include "dialects/Onnx/Constants.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"

#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Evaluate/Cone.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Schema/TypedOp.h"

#include <cmath>

using namespace mlir;
using namespace retort;

static Value slot(Operation *op, unsigned i) {
  SmallVector<Value> slots = onnx::operandSlots(op);
  return i < slots.size() ? slots[i] : Value();
}

static RankedTensorType typeOf(Value value) { return dyn_cast<RankedTensorType>(value.getType()); }

/// Whether a reduction runs over the last axis alone, and that has a known size.
static bool reducesLastAxis(Operation *op) {
  auto type = typeOf(op->getOperand(0));
  auto axes = integersOf(slot(op, 1));
  if (!type || type.getRank() == 0 || !isa<FloatType>(type.getElementType()))
    return false;
  int64_t last = type.getRank() - 1;
  return axes && axes->size() == 1 && onnx::frontAxis((*axes)[0], type.getRank()) == last &&
         !type.isDynamicDim(last);
}

/// a, where the value is a * a or a ^ 2.
static Value rootOfSquare(Value value) {
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<onnx::MulOp>(op) && op->getOperand(0) == op->getOperand(1))
    return op->getOperand(0);
  if (isa_and_nonnull<onnx::PowOp>(op) && scalarOf(op->getOperand(1)) == 2.0)
    return op->getOperand(0);
  return {};
}

/// a, where the operation reduces its square along the last axis.
static Value squaredBy(Operation *op) {
  if (isa<onnx::ReduceSumSquareOp, onnx::ReduceL2Op>(op))
    return reducesLastAxis(op) ? op->getOperand(0) : Value();
  if (isa<onnx::ReduceMeanOp, onnx::ReduceSumOp>(op))
    return reducesLastAxis(op) ? rootOfSquare(op->getOperand(0)) : Value();
  return {};
}

/// Whether the operation changes each element of `value` by constants alone, or puts an axis of
/// size 1 back.
static bool isStep(Operation *op, Value value) {
  if (isa<onnx::UnsqueezeOp>(op))
    return op->getOperand(0) == value;
  auto kind = onnx::elementKindOf(op);
  if (!kind || kind == onnx::ElementKind::Test || kind == onnx::ElementKind::Function)
    return false;
  return llvm::count(op->getOperands(), value) == 1 &&
         llvm::all_of(op->getOperands(),
                      [&](Value other) { return other == value || scalarOf(other); });
}

/// Whether `value` is what was squared, perhaps in a narrower type.
static bool isRoot(Value value, Value root) {
  auto cast = root.getDefiningOp<onnx::CastOp>();
  return value == root || (cast && cast->getOperand(0) == value);
}

namespace {
/// The function from the reduction's result to what multiplies or divides.
class Factor {
public:
  Factor(Operation *reduction, Value factor, bool divides)
      : reduction(reduction), factor(factor), divides(divides) {}

  /// Finds scale and epsilon; false where the function is another one.
  bool fit(NormMatch &match);

private:
  std::vector<double> sample(ArrayRef<double> means);
  double written(double epsilon, double tolerance);

  Operation *reduction;
  Value factor;
  bool divides;
};
} // namespace

/// The factors for some mean squares; empty where one cannot be computed.
std::vector<double> Factor::sample(ArrayRef<double> means) {
  auto operand = typeOf(reduction->getOperand(0));
  auto type = typeOf(reduction->getResult(0));
  if (!type || type.getRank() == 0)
    return {};
  double size = operand.getShape().back();
  std::vector<double> reduced;
  for (double mean : means)
    reduced.push_back(isa<onnx::ReduceMeanOp>(reduction) ? mean
                      : isa<onnx::ReduceL2Op>(reduction) ? std::sqrt(mean * size)
                                                         : mean * size);
  SmallVector<int64_t> shape(type.getRank(), 1);
  shape.front() = means.size();
  onnx::Cone cone;
  cone.bind(reduction->getResult(0),
            onnx::Tensor::floats(operand.getElementType(), shape, reduced).round());
  FailureOr<onnx::Tensor> result = cone.evaluate(factor);
  if (failed(result) || result->size() != int64_t(means.size()) || !result->isFloat())
    return {};
  std::vector<double> factors = result->numbers();
  for (double &each : factors)
    each = divides ? 1 / each : each;
  return factors;
}

/// The constant on the way that is `epsilon` up to rounding: sampling adds rounding errors of its
/// own.
double Factor::written(double epsilon, double tolerance) {
  SmallVector<Value> values{factor};
  while (!values.empty()) {
    Operation *op = values.pop_back_val().getDefiningOp();
    if (!op || op == reduction)
      continue;
    for (Value operand : op->getOperands()) {
      auto constant = scalarOf(operand);
      if (constant && std::abs(*constant - epsilon) <= 4 * tolerance * epsilon)
        return *constant;
      if (!constant)
        values.push_back(operand);
    }
  }
  return epsilon;
}

/// factor = scale / sqrt(mean + epsilon) means that 1 / factor^2 is a line over the mean.
bool Factor::fit(NormMatch &match) {
  const double means[] = {0, 1e-4, 0.01, 0.5, 1, 3, 50, 1000};
  std::vector<double> factors = sample(means);
  if (factors.size() != std::size(means))
    return false;
  auto element = cast<FloatType>(typeOf(factor).getElementType());
  double tolerance = element.getFPMantissaWidth() > 20 ? 1e-5 : 1e-2;
  double most = factors.back();
  match.scale = most * std::sqrt(means[std::size(means) - 1]);
  // Epsilon next to a large mean is lost in rounding; two rounds settle it.
  for (int round = 0; round < 2; ++round) {
    double scaled = match.scale / factors.front();
    match.epsilon = std::isfinite(factors.front()) ? scaled * scaled : 0;
    match.scale = most * std::sqrt(means[std::size(means) - 1] + match.epsilon);
  }
  for (auto [mean, factor] : llvm::zip(means, factors)) {
    double expected = match.scale / std::sqrt(mean + match.epsilon);
    bool same = std::isfinite(expected) ? std::abs(factor - expected) <= tolerance * expected
                                        : factor == expected;
    if (!(match.scale > 0) || !same)
      return false;
  }
  if (std::abs(match.scale - 1) <= tolerance)
    match.scale = 1;
  match.epsilon = written(match.epsilon, tolerance);
  return true;
}

/// x, where `root` is x minus its mean along the last axis.
static Value uncentered(Value root) {
  auto sub = root.getDefiningOp<onnx::SubOp>();
  auto mean = sub ? sub->getOperand(1).getDefiningOp<onnx::ReduceMeanOp>() : onnx::ReduceMeanOp();
  bool matches = mean && mean->getOperand(0) == sub->getOperand(0) && reducesLastAxis(mean) &&
                 onnx::intAttribute(mean, "keepdims", 1) == 1;
  return matches ? sub->getOperand(0) : Value();
}

/// 1. a = what is squared below the reduction.
/// 2. From its result, along operations with one user each, to the factor.
/// 3. Every user of the factor multiplies a by it, or divides a by it, and all do the same.
/// 4. The factor, sampled, is scale / sqrt(mean + epsilon).
NormSearch retort::searchNorm(Operation *reduction) {
  NormSearch search;
  Value root = squaredBy(reduction);
  if (!root)
    return search;
  Value factor = reduction->getResult(0);
  bool takesRoot = isa<onnx::ReduceL2Op>(reduction);
  while (factor.hasOneUse() && isStep(*factor.user_begin(), factor)) {
    Operation *step = *factor.user_begin();
    takesRoot |= isa<onnx::SqrtOp, onnx::PowOp>(step);
    factor = step->getResult(0);
  }
  search.isNorm = takesRoot;
  auto type = typeOf(factor), rootType = typeOf(root);
  if (!type || !rootType || !isa<FloatType>(type.getElementType()) ||
      type.getRank() != rootType.getRank() || type.getShape().back() != 1) {
    search.why = "the factor is not one number for each row";
    return search;
  }
  std::optional<bool> divides;
  Value centered = uncentered(root);
  for (Operation *user : factor.getUsers()) {
    bool quotient = isa<onnx::DivOp>(user) && user->getOperand(1) == factor;
    Value other = isa<onnx::MulOp>(user) && user->getOperand(0) == factor ? user->getOperand(1)
                                                                          : user->getOperand(0);
    if ((!quotient && !isa<onnx::MulOp>(user)) || !isRoot(other, root) ||
        divides.value_or(quotient) != quotient) {
      search.why = ("the factor is also used by " + user->getName().getStringRef()).str();
      return search;
    }
    divides = quotient;
    search.match.normalized.push_back({user, centered ? centered : other});
  }
  if (!divides)
    search.why = "the factor has no use";
  else if (!Factor(reduction, factor, *divides).fit(search.match))
    search.why = "the factor is not 1 / sqrt(mean square + epsilon)";
  search.match.centered = bool(centered);
  return search;
}

/// The first `size` of something of a known length, where there are so many: never more.
static bool isCutTo(onnx::SymbolicDims &dims, const onnx::Polynomial &cut,
                    const onnx::Polynomial &size) {
  return llvm::any_of(dims.cuts(), [&](const onnx::SymbolicDims::Cut &each) {
    return each.bound == size && dims.minimum(size, onnx::Polynomial(each.size)) == cut;
  });
}

bool retort::isKnownSkip(onnx::SymbolicDims &dims, Value skip, Value input) {
  auto own = dims.shape(skip), wanted = dims.shape(input);
  if (!own || !wanted || own->size() < 2 || own->size() > wanted->size())
    return false;
  size_t lead = wanted->size() - own->size();
  for (auto [axis, size] : llvm::enumerate(*own)) {
    const onnx::Polynomial &other = (*wanted)[lead + axis];
    bool isBatch = lead + axis + 2 < wanted->size();
    if (!(size == other) && !(isBatch && size.constant() == 1) && !isCutTo(dims, size, other))
      return false;
  }
  return true;
}
