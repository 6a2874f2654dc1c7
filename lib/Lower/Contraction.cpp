// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// MatMul, Gemm and their kin.
#include "lib/Lower/Activation.h"
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Contract.h"
#include "lib/Lower/Linear.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Scalars.h"

#include <cmath>

using namespace mlir;
using namespace retort;

/// A matrix whose last axes a transposition swaps, before it does: products read either order.
static std::pair<Value, bool> withoutSwap(Emitter &e, Value matrix) {
  auto transpose = matrix.getDefiningOp<onnx::TransposeOp>();
  auto type = dyn_cast<RankedTensorType>(matrix.getType());
  if (!transpose || !type || type.getRank() < 2)
    return {e.get(matrix), false};
  int64_t rank = type.getRank();
  std::optional<ArrayRef<int64_t>> order = transpose.getPerm();
  for (int64_t i = 0; i < rank; ++i) {
    int64_t swapped = i < rank - 2 ? i : 2 * rank - 3 - i;
    if ((order ? (*order)[i] : rank - 1 - i) != swapped)
      return {e.get(matrix), false};
  }
  return {e.get(transpose.getData()), true};
}

/// Vectors become matrices of one row or column, and the result loses the axis again.
static Value multiply(Emitter &e, Operation *op, Value a, Value b, Type element) {
  bool rowOnly = rankOf(a) == 1, columnOnly = rankOf(b) == 1;
  MatrixProduct product{a, b, false, false, op->getOperand(0), op->getOperand(1)};
  if (rowOnly)
    product.a = e.reshape(a, {e.index(1), e.dim(a, 0)});
  if (columnOnly)
    product.b = e.reshape(b, {e.dim(b, 0), e.index(1)});
  if (rowOnly || columnOnly)
    product.originalA = product.originalB = {};
  Value result = multiplyMatrices(e, op, product, element);
  SmallVector<Value> sizes = e.dims(result);
  if (columnOnly)
    sizes.pop_back();
  if (rowOnly)
    sizes.erase(sizes.end() - (columnOnly ? 1 : 2));
  return rowOnly || columnOnly ? e.reshape(result, sizes) : result;
}

static Value lowerMatMul(Emitter &e, onnx::MatMulOp op) {
  if (Value product = multiplyByConstant(e, op, e.get(op.getA()), op.getB(), /*isSwapped=*/false,
                                         resultElement(op)))
    return product;
  auto [a, swapA] = withoutSwap(e, op.getA());
  auto [b, swapB] = withoutSwap(e, op.getB());
  if (!swapA && !swapB)
    return multiply(e, op, a, b, resultElement(op));
  if (rankOf(a) < 2 || rankOf(b) < 2)
    return multiply(e, op, e.get(op.getA()), e.get(op.getB()), resultElement(op));
  return multiplyMatrices(e, op, {a, b, swapA, swapB}, resultElement(op));
}

static Value lowerFusedMatMul(Emitter &e, onnx::MicrosoftFusedMatMulOp op) {
  if (op.getTransBatchA() || op.getTransBatchB())
    return op.emitOpError("with transBatchA or transBatchB has no lowering to CPU code"), Value();
  if (!op.getTransA())
    if (Value product = multiplyByConstant(e, op, e.get(op.getA()), op.getB(), op.getTransB(),
                                           resultElement(op)))
      return scale(e, product, op.getAlpha());
  MatrixProduct product{e.get(op.getA()),     e.get(op.getB()), bool(op.getTransA()),
                        bool(op.getTransB()), op.getA(),        op.getB()};
  return scale(e, multiplyMatrices(e, op, product, resultElement(op)), op.getAlpha());
}

static bool isWhole(double number) { return number == std::trunc(number); }

/// alpha A B + beta C, and the activation of a fused one. Integers with factors that are not are
/// scaled as numbers; then the whole part counts.
template <typename OpT>
static Value gemm(Emitter &e, OpT op, const std::optional<Activation> &activation) {
  MatrixProduct operands{e.get(op.getA()), e.get(op.getB()), bool(op.getTransA()),
                         bool(op.getTransB())};
  Type element = resultElement(op);
  Value product;
  if (!op.getTransA())
    product = multiplyByConstant(e, op, operands.a, op.getB(), op.getTransB(), element);
  if (!product)
    product = multiplyMatrices(e, op, operands, element);
  Value bias = e.get(op.getC());
  bool hasBias = bias && op.getBeta() != 0;
  if (hasBias)
    requireFits(e, op, bias, e.dims(product), "the summand does not fit the product");
  bool isRounded = isa<IntegerType>(element) && !(isWhole(op.getAlpha()) && isWhole(op.getBeta()));
  if (!hasBias && !activation && !isRounded)
    return scale(e, product, op.getAlpha());
  SmallVector<Value> terms{product};
  if (hasBias)
    terms.push_back(bias);
  Broadcast broadcast(e, op, terms, {}, op->getResult(0).getType());
  return broadcast.map(element, [&](ValueRange x) {
    auto times = [&](Value y, double factor) {
      Value wide = isRounded ? scalar::convert(e, y, element, e.getF64Type()) : e.widen(y);
      return factor == 1 ? wide
                         : scalar::multiply(e, wide, scalar::number(e, factor, wide.getType()));
    };
    Value sum = times(x[0], op.getAlpha());
    if (hasBias)
      sum = scalar::add(e, sum, times(x[1], op.getBeta()));
    if (isRounded)
      return scalar::convert(e, sum, e.getF64Type(), element);
    if (activation)
      sum = (*activation)(e, sum);
    return isa<FloatType>(element) ? e.narrow(sum, element) : sum;
  });
}

static Value lowerGemm(Emitter &e, onnx::GemmOp op) { return gemm(e, op, std::nullopt); }

static Value lowerFusedGemm(Emitter &e, onnx::MicrosoftFusedGemmOp op) {
  StringRef name = op.getActivation().value_or("");
  auto activation = Activation::find(name, op, "activation_");
  if (!activation && !name.empty())
    return op.emitOpError() << "with activation '" << name << "' has no lowering to CPU code",
           Value();
  return gemm(e, op, activation);
}

/// The integers as i32 with their zero point taken away: one number, one for each row (column), or
/// a tensor of such in each batch.
static Value centered(Emitter &e, Operation *op, Value tensor, Value zeroPoint, Type type,
                      int64_t axisFromBack) {
  int64_t rank = rankOf(tensor);
  bool isList = zeroPoint && rankOf(zeroPoint) == 1;
  if (isList && rank >= axisFromBack)
    requireFits(e, op, zeroPoint, e.dim(tensor, rank - axisFromBack),
                "the zero points do not fit the matrix");
  else if (zeroPoint)
    requireFits(e, op, zeroPoint, isList ? SmallVector<Value>{e.index(1)} : e.dims(tensor),
                "the zero points do not fit the matrix");
  return e.mapIndexed(
      e.dims(tensor), e.getI32Type(), Access{tensor, e.identity(rank)},
      [&](ValueRange at, ValueRange x) {
        Value wide = scalar::convert(e, x[0], type, e.getI32Type());
        if (!zeroPoint)
          return wide;
        SmallVector<Value> place(rankOf(zeroPoint), e.index(0));
        for (int64_t i = 0; i < rankOf(zeroPoint); ++i) {
          int64_t axis = isList ? rank - axisFromBack : rank - rankOf(zeroPoint) + i;
          Value isOne = e.equal(e.dim(zeroPoint, i), e.index(1));
          if (axis >= 0)
            place[i] = e.mul(at[axis], e.choose(isOne, e.index(0), e.index(1)));
        }
        return e.sub(wide, scalar::convert(e, e.extract(zeroPoint, place), type, e.getI32Type()));
      });
}

static Value lowerMatMulInteger(Emitter &e, onnx::MatMulIntegerOp op) {
  Value a = centered(e, op, e.get(op.getA()), e.get(op.getAZeroPoint()), elementType(op.getA()), 2);
  Value b = centered(e, op, e.get(op.getB()), e.get(op.getBZeroPoint()), elementType(op.getB()), 1);
  return multiply(e, op, a, b, e.getI32Type());
}

void retort::addContractionLowerings(Lowering &lowering) {
  addConvolutionLowerings(lowering);
  addEinsumLowerings(lowering);
  lowering.add(lowerMatMul);
  lowering.add(lowerFusedMatMul);
  lowering.add(lowerGemm);
  lowering.add(lowerFusedGemm);
  lowering.add(lowerMatMulInteger);
}
