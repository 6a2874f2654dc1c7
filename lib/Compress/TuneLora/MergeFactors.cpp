// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What becomes of factors that were trained beside a weight.
#include "lib/Compress/TuneLora/MergeFactors.h"
#include "lib/Formats/Groups/QuantizedWeight.h"
#include "lib/Rounding/CodeForm.h"
#include "lib/Rounding/StoredCodes.h"

#include "dialects/Onnx/Evaluate/Attributes.h"

using namespace mlir;
using namespace retort;

bool retort::isPruned(const LinearWeight &weight) {
  int64_t zeros = 0;
  weight.values.forEachPiece(
      1, [&](int64_t, ArrayRef<float> piece) { zeros += llvm::count(piece, 0.0f); });
  return zeros * 64 >= weight.values.size();
}

int64_t retort::zeroGroupOf(const LinearWeight &weight, const ProductShape &shape) {
  auto values = QuantizedWeight::of(weight.op);
  int64_t depthAxis = shape.isSwapped ? 1 : 0;
  if (!values || values->scales().size() == 1 ||
      !isa<FloatType>(values->scales().type().getElementType()))
    return 0;
  int64_t size = values->groupSize(depthAxis);
  return std::min(size, shape.inputs);
}

std::string retort::whyNotMerged(const LinearWeight &weight, FactorMerge merge) {
  std::string why;
  Refusal refusal;
  auto shape = productsOf(weight.op->getResult(0), why);
  if (!shape)
    return why;
  switch (merge) {
  case FactorMerge::Keep:
    return "";
  case FactorMerge::Fold:
    if (!weight.values.isPlain())
      return "is no plain constant: merge=keep leaves the factors beside it";
    return isPruned(weight)
               ? "has zeros, which A B would fill: merge=keep leaves the factors beside it"
               : "";
  case FactorMerge::Requantize:
    if (StoredCodes::of(weight, refusal))
      return "";
    return refusal.reason + ": merge=keep leaves the factors beside it";
  case FactorMerge::ZeroPoints:
    return zeroGroupOf(weight, *shape)
               ? ""
               : "is not codes times scales of groups of inputs, which zero points would be of: "
                 "merge=keep leaves the factors beside it";
  }
  llvm_unreachable("a merge");
}

std::vector<float> retort::productOf(const Factors &factors, const ProductShape &shape) {
  int64_t columns = shape.outputs;
  std::vector<float> result(shape.inputs * columns);
  std::vector<double> row(columns);
  for (int64_t k = 0; k < shape.inputs; ++k) {
    std::fill(row.begin(), row.end(), 0);
    for (int64_t j = 0; j < factors.rank; ++j) {
      double a = factors.scale * factors.a[k / factors.group * factors.rank + j];
      for (int64_t n = 0; n < columns; ++n)
        row[n] += a * factors.b[j * columns + n];
    }
    for (int64_t n = 0; n < columns; ++n)
      result[shape.isSwapped ? n * shape.inputs + k : k * columns + n] = float(row[n]);
  }
  return result;
}

static std::vector<float> summed(const LinearWeight &weight, const ProductShape &shape,
                                 const Factors &factors) {
  std::vector<float> sum = weight.floats(), product = productOf(factors, shape);
  for (auto [value, add] : llvm::zip_equal(sum, product))
    value += add;
  return sum;
}

/// The scale is a part of B: what is left are two products.
static void keepBeside(LinearWeight &weight, const ProductShape &shape, const Factors &factors) {
  std::vector<float> b(factors.b);
  for (float &number : b)
    number = float(number * factors.scale);
  auto add = [&](StringRef suffix, ArrayRef<float> numbers, int64_t rows, int64_t columns) {
    return weight.addConstant(suffix, weight.type().clone({rows, columns}),
                              [&](MutableArrayRef<char> bytes) {
                                compress::encodeFloats(weight.element(), numbers, bytes.data());
                              });
  };
  Value first = add("_lora_a", factors.a, shape.inputs, factors.rank),
        second = add("_lora_b", b, factors.rank, shape.outputs);
  addBeside(weight.op->getResult(0), first, second, 1);
}

/// The form that codes and scales have.
static CodeForm formOf(const LinearWeight &weight, const StoredCodes &codes) {
  CodeForm form;
  form.code = {codes.matrix.numbers.bits(), !codes.matrix.numbers.isUnsigned()};
  form.groupSize = codes.matrix.groupSize;
  form.isLevels = codes.matrix.hasLadder;
  form.halfScales = !form.isLevels && storedScales(weight.op) != weight.op->getOperand(1);
  return form;
}

static void roundAgain(LinearWeight &weight, const ProductShape &shape, const Factors &factors) {
  Refusal refusal;
  auto codes = StoredCodes::of(weight, refusal);
  codes->matrix.weights = rowsOf(weight, summed(weight, shape, factors));
  codes->matrix.roundToNearest(/*search=*/true);
  formOf(weight, *codes).replace(weight, codes->matrix);
}

/// (q - z) s + d = (q - (z - d / s)) s
static void moveZeros(LinearWeight &weight, const ProductShape &shape, const Factors &factors) {
  Operation *op = weight.op;
  auto values = QuantizedWeight::of(op);
  std::vector<float> product = productOf(factors, shape);
  auto before = op->getNumOperands() > 2 ? onnx::ConstantView::of(op->getOperand(2)) : std::nullopt;
  std::vector<float> zeros(values->scales().size());
  for (int64_t i = 0; i < int64_t(product.size()); ++i) {
    int64_t entry = values->entryOf(i);
    double scale = values->scales().floatAt(entry);
    zeros[entry] = float((before ? before->floatAt(entry) : 0) -
                         (scale != 0 ? double(product[i]) / scale : 0));
  }
  FloatType element = weight.element();
  auto table = RankedTensorType::get(values->scales().type().getShape(), element);
  Value constant = weight.addConstant("_zero", table, [&](MutableArrayRef<char> bytes) {
    compress::encodeFloats(element, zeros, bytes.data());
  });
  OpBuilder builder(op);
  weight.replaceBy(compress::createDequantize(
      builder, op->getLoc(), op->getOperand(0), op->getOperand(1), constant,
      onnx::intAttribute(op, "axis", 1), onnx::intAttribute(op, "block_size", 0)));
}

void retort::mergeFactors(LinearWeight &weight, const ProductShape &shape, const Factors &factors,
                          FactorMerge merge) {
  switch (merge) {
  case FactorMerge::Keep:
    return keepBeside(weight, shape, factors);
  case FactorMerge::Fold:
    return weight.setFloats(summed(weight, shape, factors));
  case FactorMerge::Requantize:
    return roundAgain(weight, shape, factors);
  case FactorMerge::ZeroPoints:
    return moveZeros(weight, shape, factors);
  }
}
