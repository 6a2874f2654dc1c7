// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products with constant weights: what becomes a linear operation that reads packed bytes.
#include "lib/Lower/Linear.h"
#include "lib/Lower/Contract.h"

#include "dialects/Linear/Linear.h"
#include "dialects/Linear/PanelColumn.h"
#include "dialects/Onnx/Onnx.h"
#include "lib/Lower/Scalars.h"

using namespace mlir;
using namespace retort;

/// Rows in all axes but the last, of known depth.
static Value flattenRows(Emitter &e, Operation *op, Value x, int64_t depth) {
  SmallVector<Value> sizes = e.dims(x);
  Value last = sizes.pop_back_val();
  e.require(e.equal(last, e.index(depth)), op, "the matrices do not fit");
  Value rows = e.product(sizes);
  if (rankOf(x) == 2)
    return e.castTo(x, RankedTensorType::get({tensorType(x).getDimSize(0), depth}, elementType(x)));
  return e.reshape(x, {rows, e.index(depth)});
}

Value retort::multiplyByWeight(Emitter &e, Operation *op, Value x, const WeightMatrix &weight,
                               Type element) {
  SmallVector<Value> sizes = e.dims(x);
  Value rows = flattenRows(e, op, x, weight.depth);
  SmallVector<Value> matrix{e.dim(rows, 0), e.index(weight.columns)};
  Value init = e.empty(matrix, e.getF32Type());
  SmallVector<Value> parts = e.packedWeight(weight);
  Value result =
      linear::ProductOp::create(e, init.getType(), weight.format, rows, parts, init).getResult();
  e.setDims(result, matrix);
  if (!element.isF32())
    result = e.map(matrix, element, Access{result, e.identity(2)},
                   [&](ValueRange x) { return e.narrow(x[0], element); });
  sizes.back() = matrix.back();
  return e.reshape(result, sizes);
}

/// Whether kernels take the value as a weight: itself, or what it is made of.
static bool isWeight(Value matrix, bool isSwapped) {
  if (weightMatrixOf(matrix, isSwapped))
    return true;
  Operation *op = matrix.getDefiningOp();
  if (isa_and_nonnull<onnx::TransposeOp>(op) &&
      cast<RankedTensorType>(matrix.getType()).getRank() == 2)
    return isWeight(op->getOperand(0), !isSwapped);
  if (isa_and_nonnull<onnx::MatMulOp>(op) ||
      (isa_and_nonnull<onnx::AddOp>(op) &&
       op->getOperand(0).getType() == op->getOperand(1).getType()))
    return llvm::all_of(op->getOperands(),
                        [&](Value operand) { return isWeight(operand, isSwapped); });
  return false;
}

/// Whether a product multiplies with the matrix itself, or with its transpose.
static bool feedsProduct(Value matrix, bool isSwapped) {
  return llvm::any_of(matrix.getUses(), [&](OpOperand &use) {
    Operation *user = use.getOwner();
    if (auto transpose = dyn_cast<onnx::TransposeOp>(user))
      return llvm::any_of(transpose->getUses(), [&](OpOperand &inner) {
        return isSwapped && isa<onnx::MatMulOp>(inner.getOwner()) && inner.getOperandNumber() == 1;
      });
    if (use.getOperandNumber() != 1)
      return false;
    auto reads = [&](auto gemm) {
      return bool(gemm.getTransB()) == isSwapped && !gemm.getTransA();
    };
    if (auto gemm = dyn_cast<onnx::GemmOp>(user))
      return reads(gemm);
    if (auto gemm = dyn_cast<onnx::MicrosoftFusedGemmOp>(user))
      return reads(gemm);
    return isa<onnx::MatMulOp>(user) && !isSwapped;
  });
}

/// Decoding costs what a few rows of a product cost.
static constexpr int64_t rowsThatPayDecoding = 64;

static bool hasManyRows(Value x) {
  ArrayRef<int64_t> rows = tensorType(x).getShape().drop_back();
  return !ShapedType::isDynamicShape(rows) &&
         ShapedType::getNumElements(rows) >= rowsThatPayDecoding;
}

/// The weight as products in its own direction read it, for one in the other: where that is
/// smaller, or lies in memory anyway. So a gradient needs no second copy.
static std::optional<WeightMatrix> turnedWeight(Value matrix, bool isSwapped) {
  while (auto transpose = matrix.getDefiningOp<onnx::TransposeOp>()) {
    if (cast<RankedTensorType>(matrix.getType()).getRank() != 2)
      return std::nullopt;
    matrix = transpose.getData();
    isSwapped = !isSwapped;
  }
  if (!feedsProduct(matrix, !isSwapped))
    return std::nullopt;
  auto weight = weightMatrixOf(matrix, isSwapped), turned = weightMatrixOf(matrix, !isSwapped);
  if (!weight || !turned)
    return std::nullopt;
  FloatType numbers = cast<FloatType>(getElementTypeOrSelf(matrix.getType()));
  int64_t bytes = weight->bytes(numbers), others = turned->bytes(numbers);
  return others < bytes || (others == bytes && isSwapped) ? turned : std::nullopt;
}

/// Bytes of rows that are decoded at once, and how many rows those are at least: what is decoded is
/// to be in a cache when the product reads it, and threads are to share the product.
static constexpr int64_t bytesOfDecoded = 2 << 20, leastDecoded = 128;

/// Rows first ... first + count - 1 of a packed weight, panel by panel.
static Value decodeRows(Emitter &e, const WeightMatrix &weight, ArrayRef<Value> parts, Value first,
                        int64_t count) {
  int64_t panels = linear::panelsFor(weight.columns);
  Value wide = e.generate({e.index(count), e.index(panels), e.index(linear::panelWidth)},
                          e.getF32Type(), [&](ValueRange at) {
                            return readPacked(e, weight, parts, e.add(first, at[0]),
                                              linear::columnInPanel(e, at[1], at[2]));
                          });
  wide = e.reshape(wide, {e.index(count), e.index(panels * linear::panelWidth)});
  if (weight.columns % linear::panelWidth == 0)
    return wide;
  return e.slice(wide, {e.index(0), e.index(0)}, {e.index(count), e.index(weight.columns)});
}

/// Decodes the weight for this product alone, some rows after the others: each gives columns of the
/// result. The last ones overlap those before.
static Value multiplyTurned(Emitter &e, Operation *op, Value x, const WeightMatrix &weight,
                            Type element) {
  SmallVector<Value> parts = e.packedWeight(weight), sizes = e.dims(x);
  x = flattenRows(e, op, x, weight.columns);
  int64_t most = std::max(bytesOfDecoded / (4 * weight.columns), leastDecoded),
          count = llvm::divideCeil(weight.depth, llvm::divideCeil(weight.depth, most));
  auto multiplyRows = [&](Value first) {
    Value decoded = decodeRows(e, weight, parts, first, count);
    return multiplyMatrices(e, op, {x, decoded, /*swapA=*/false, /*swapB=*/true}, element);
  };
  Value result;
  if (count == weight.depth) {
    result = multiplyRows(e.index(0));
  } else {
    Value start = e.empty({e.dim(x, 0), e.index(weight.depth)}, element);
    result = e.forEach(
        {e.index(llvm::divideCeil(weight.depth, count))}, start, [&](ValueRange at, Value whole) {
          Value first = e.min(e.mul(at[0], e.index(count)), e.index(weight.depth - count));
          return e.insert(multiplyRows(first), whole, {e.index(0), first});
        });
  }
  sizes.back() = e.index(weight.depth);
  return e.reshape(result, sizes);
}

/// x (A B) = (x A) B, x (A + B) = x A + x B: what is kept is what is read.
static Value multiply(Emitter &e, Operation *op, Value x, Value matrix, bool isSwapped,
                      Type element) {
  if (hasManyRows(x))
    if (auto turned = turnedWeight(matrix, isSwapped))
      return multiplyTurned(e, op, x, *turned, element);
  if (auto weight = weightMatrixOf(matrix, isSwapped))
    return multiplyByWeight(e, op, x, *weight, element);
  Operation *made = matrix.getDefiningOp();
  if (isa<onnx::TransposeOp>(made))
    return multiply(e, op, x, made->getOperand(0), !isSwapped, element);
  Value first = made->getOperand(isSwapped ? 1 : 0), second = made->getOperand(isSwapped ? 0 : 1);
  if (isa<onnx::MatMulOp>(made))
    return multiply(e, op, multiply(e, op, x, first, isSwapped, e.getF32Type()), second, isSwapped,
                    element);
  Value left = multiply(e, op, x, first, isSwapped, element),
        right = multiply(e, op, x, second, isSwapped, element);
  int64_t rank = rankOf(left);
  return e.map(e.dims(left), element, {{left, e.identity(rank)}, {right, e.identity(rank)}},
               [&](ValueRange x) {
                 return e.narrow(scalar::add(e, e.widen(x[0]), e.widen(x[1])), element);
               });
}

Value retort::multiplyByConstant(Emitter &e, Operation *op, Value x, Value matrix, bool isSwapped,
                                 Type element) {
  Type from = elementType(x);
  bool isReal = from.isF32() || from.isF16() || from.isBF16();
  if (!isReal || !isa<FloatType>(element) || rankOf(x) == 0 || !e.packedWeight ||
      !isWeight(matrix, isSwapped))
    return {};
  return multiply(e, op, x, matrix, isSwapped, element);
}

std::optional<WeightMatrix> retort::packedTableOf(Value table) {
  auto weight = weightMatrixOf(table, /*isSwapped=*/true);
  auto format = weight ? dyn_cast<linear::LinearFormatLowering>(weight->format) : nullptr;
  if (!format)
    return std::nullopt;
  switch (format.getTableUse()) {
  case linear::TableUse::Never:
    return std::nullopt;
  case linear::TableUse::WhereShared:
    return feedsProduct(table, /*isSwapped=*/true) ? weight : std::nullopt;
  case linear::TableUse::Always:
    return weight;
  }
  llvm_unreachable("a use of tables that is none");
}

Value retort::readPacked(Emitter &e, const WeightMatrix &weight, ArrayRef<Value> parts, Value k,
                         Value n) {
  return cast<linear::LinearFormatLowering>(weight.format).readPacked(e, parts, k, n);
}
