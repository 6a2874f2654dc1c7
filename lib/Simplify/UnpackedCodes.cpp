// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Codes that a graph unpacks from wider integers. A product of constants is evaluated with one
// factor, or a term of it, taken for ones or zeros: what comes out at the end is the other one, in
// the order of the matrix, whatever shifts, masks, lookups and reshapes lie between.
#include "lib/Simplify/UnpackedCodes.h"

#include "dialects/Onnx/Evaluate/Evaluate.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Schema/TypedOp.h"
#include "dialects/Onnx/Weights.h"

#include <cmath>
#include <map>
#include <numeric>

using namespace mlir;
using namespace retort;
using onnx::Tensor;

/// What unpacks a matrix takes a dozen operations.
static constexpr int mostOperations = 64;
/// Of a matrix in the evaluator, in its own type.
static constexpr int64_t mostBytes = int64_t(1) << 28;

namespace {
using Substitutes = llvm::SmallDenseMap<Value, Tensor, 4>;

/// A graph of constants behind a value.
class Cone {
public:
  /// Whether all leaves are constants, and a large one is of integers.
  bool collect(Value value);
  Tensor evaluate(Value value, const Substitutes &given);
  bool holdsCodes() const { return hasCodes; }

private:
  bool visit(Value value);
  llvm::SmallPtrSet<Operation *, 16> seen;
  bool hasCodes = false;
};
} // namespace

bool Cone::visit(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || op->getNumRegions() > 0 || op->getNumResults() != 1)
    return false;
  if (!seen.insert(op).second)
    return true;
  if (op->getNumOperands() == 0) {
    auto constant = onnx::ConstantView::of(value);
    hasCodes |= constant && isa<IntegerType>(constant->type().getElementType()) &&
                onnx::isLarge(constant->byteCount());
    return constant.has_value();
  }
  return seen.size() <= mostOperations && isa<onnx::Evaluation>(op) &&
         llvm::all_of(op->getOperands(), [&](Value operand) { return visit(operand); });
}

bool Cone::collect(Value value) { return visit(value) && hasCodes; }

Tensor Cone::evaluate(Value value, const Substitutes &given) {
  if (auto found = given.find(value); found != given.end())
    return found->second;
  Operation *op = value.getDefiningOp();
  if (op->getNumOperands() == 0)
    return Tensor::of(op->getAttr("value"));
  SmallVector<Tensor> inputs;
  for (Value slot : onnx::operandSlots(op)) {
    inputs.push_back(slot ? evaluate(slot, given) : Tensor());
    if (slot && !inputs.back())
      return {};
  }
  onnx::Evaluated results = onnx::evaluate(op, inputs);
  return failed(results) ? Tensor() : (*results)[0];
}

static Tensor filled(const Tensor &like, int64_t number) {
  Tensor result = Tensor::zeros(like.element(), like.shape());
  if (number != 0)
    for (onnx::Cell &cell : result.writable())
      like.isFloat() ? void(cell.f = double(number)) : void(cell.i = number);
  return result;
}

static bool areCodes(const Tensor &tensor) {
  for (int64_t i = 0; i < tensor.size(); ++i)
    if (double number = tensor.number(i);
        number != std::floor(number) || number < -255 || number > 255)
      return false;
  return true;
}

/// Converts or moves its first operand: the others are constants.
static bool isPassing(Operation *op) {
  return onnx::isReshape(op) || onnx::isConversion(op) || isa<onnx::TransposeOp>(op);
}

/// The value behind a product that what multiplies with it reads.
static Value endOf(Operation *product) {
  Value end = product->getResult(0);
  while (end.hasOneUse()) {
    OpOperand &use = *end.getUses().begin();
    if (use.getOperandNumber() != 0 || !isPassing(use.getOwner()) ||
        use.getOwner()->getNumResults() != 1)
      break;
    end = use.getOwner()->getResult(0);
  }
  return end;
}

/// Whether something reads the value as a weight: a mask is a product of constants too.
static bool isWeight(Value value) {
  return llvm::any_of(value.getUses(), [](OpOperand &use) {
    Operation *user = use.getOwner();
    return isa<onnx::MatMulOp, onnx::GemmOp, onnx::MicrosoftFusedMatMulOp>(user)
               ? use.getOperandNumber() < 2
               : isa<onnx::GatherOp>(user) && use.getOperandNumber() == 0;
  });
}

/// The difference that gives the codes, behind what passes them on; null where there is none.
static Operation *differenceBehind(Value codes) {
  Operation *op = codes.getDefiningOp();
  while (op && isPassing(op) && op->getNumOperands() > 0)
    op = op->getOperand(0).getDefiningOp();
  return isa_and_nonnull<onnx::SubOp>(op) ? op : nullptr;
}

template <typename Number> static bool copyNumbers(const Tensor &from, std::vector<Number> &to) {
  to.reserve(from.size());
  for (int64_t i = 0; i < from.size(); ++i)
    to.push_back(Number(from.number(i)));
  return from.rank() == 2;
}

std::optional<UnpackedCodes> UnpackedCodes::of(Operation *product) {
  Cone cone;
  Value end = endOf(product);
  if (!isa<onnx::MulOp>(product) || !isWeight(end) || !cone.collect(end))
    return std::nullopt;
  onnx::SizeLimit limit(mostBytes);
  Value codes = product->getOperand(0), scales = product->getOperand(1);
  Tensor codesAlone = cone.evaluate(codes, Substitutes()),
         scalesAlone = cone.evaluate(scales, Substitutes());
  if (!codesAlone || !scalesAlone)
    return std::nullopt;
  if (!areCodes(codesAlone)) {
    std::swap(codes, scales);
    std::swap(codesAlone, scalesAlone);
  }
  if (!areCodes(codesAlone) || areCodes(scalesAlone) || !scalesAlone.isFloat())
    return std::nullopt;
  UnpackedCodes result{end, {}, 0, 0, {}, {}, {}};
  Tensor numbers = cone.evaluate(end, Substitutes{{codes, filled(codesAlone, 1)}});
  result.element = numbers ? dyn_cast<FloatType>(numbers.element()) : FloatType();
  if (!result.element || !copyNumbers(numbers, result.scales))
    return std::nullopt;
  result.rows = numbers.dim(0);
  result.columns = numbers.dim(1);
  Substitutes given{{scales, filled(scalesAlone, 1)}};
  Tensor zeros;
  if (Operation *difference = differenceBehind(codes)) {
    Value left = difference->getOperand(0), right = difference->getOperand(1);
    Substitutes without = given;
    without[left] = filled(cone.evaluate(left, Substitutes()), 0);
    zeros = cone.evaluate(end, without);
    given[right] = filled(cone.evaluate(right, Substitutes()), 0);
  }
  Tensor ofElements = cone.evaluate(end, given);
  if (!ofElements || !areCodes(ofElements) || !copyNumbers(ofElements, result.codes) ||
      (zeros && (!areCodes(zeros) || !copyNumbers(zeros, result.zeros))))
    return std::nullopt;
  for (int16_t &zero : result.zeros)
    zero = int16_t(-zero);
  return result;
}

namespace {
/// Rows of one axis that have the same scales and zero points are of one class.
class Classes {
public:
  Classes(const UnpackedCodes &codes, int64_t axis) : codes(codes), axis(axis) {}
  std::vector<int64_t> run();

private:
  int64_t count() const { return axis == 0 ? codes.rows : codes.columns; }
  int64_t width() const { return axis == 0 ? codes.columns : codes.rows; }
  std::vector<float> key(int64_t k) const;

  const UnpackedCodes &codes;
  int64_t axis;
};
} // namespace

std::vector<float> Classes::key(int64_t k) const {
  std::vector<float> result;
  for (int64_t n = 0; n < width(); ++n) {
    int64_t i = axis == 0 ? k * codes.columns + n : n * codes.columns + k;
    result.push_back(codes.scales[i]);
    if (!codes.zeros.empty())
      result.push_back(codes.zeros[i]);
  }
  return result;
}

/// The class of each row, counted as they come.
std::vector<int64_t> Classes::run() {
  std::map<std::vector<float>, int64_t> known;
  std::vector<int64_t> result;
  for (int64_t k = 0; k < count(); ++k)
    result.push_back(known.try_emplace(key(k), int64_t(known.size())).first->second);
  return result;
}

std::optional<CodeSharing> CodeSharing::of(const UnpackedCodes &codes, int64_t axis) {
  std::vector<int64_t> classes = Classes(codes, axis).run();
  auto count = int64_t(classes.size()),
       kinds = 1 + *std::max_element(classes.begin(), classes.end());
  CodeSharing result{axis, std::count(classes.begin(), classes.end(), 0), {}};
  if (kinds * result.size < count || (kinds - 1) * result.size >= count)
    return std::nullopt;
  std::vector<int64_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return classes[a] < classes[b]; });
  for (int64_t i = 0; i < count; ++i)
    if (classes[order[i]] != i / result.size)
      return std::nullopt;
  if (!llvm::is_sorted(order))
    result.order = std::move(order);
  return result;
}
