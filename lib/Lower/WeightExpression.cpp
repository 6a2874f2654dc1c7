// Finds constant matrices in the forms that kernels read.
#include "lib/Lower/WeightExpression.h"

#include "dialects/Linear/Linear.h"
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;

/// Weights of up to this size stay in the code, where the compiler sees their numbers.
static constexpr int64_t inlineBytes = 1024;

static bool isReal(Type type) { return type.isF32() || type.isF16() || type.isBF16(); }

static Attribute valueOf(Value value) { return value.getDefiningOp()->getAttr("value"); }

/// The constants and numbers that make a weight.
static Attribute makeKey(ArrayRef<Value> constants, ArrayRef<int64_t> numbers) {
  MLIRContext *context = constants.front().getContext();
  SmallVector<Attribute> parts;
  for (Value constant : constants)
    parts.push_back(constant ? valueOf(constant) : UnitAttr::get(context));
  parts.push_back(DenseI64ArrayAttr::get(context, numbers));
  return ArrayAttr::get(context, parts);
}

/// The matrix stored by rows, or (swapped) by columns.
static MatrixView viewMatrix(const onnx::ConstantView &values, bool isSwapped) {
  int64_t width = values.type().getDimSize(1);
  return isSwapped ? MatrixView{values, 1, width} : MatrixView{values, width, 1};
}

static std::optional<WeightExpression> findDense(Value matrix, bool isSwapped) {
  auto values = onnx::ConstantView::of(matrix);
  if (!values || values->isSplat() || values->type().getRank() != 2 ||
      !isReal(values->type().getElementType()) || int64_t(values->bytes().size()) <= inlineBytes)
    return std::nullopt;
  WeightExpression weight;
  weight.format = linear::DenseAttr::get(matrix.getContext());
  weight.depth = values->type().getDimSize(isSwapped);
  weight.columns = values->type().getDimSize(!isSwapped);
  weight.element = values->type().getElementType();
  weight.key = makeKey(matrix, isSwapped);
  weight.values = viewMatrix(*values, isSwapped);
  return weight;
}

/// The narrowest width of codes that holds integers of `bits`.
static int64_t codeBits(int64_t bits) { return bits <= 2 ? 2 : bits <= 4 ? 4 : 8; }

namespace {
/// A DequantizeLinear of constants.
struct Dequantize {
  Operation *op;
  bool isSwapped;
  std::optional<onnx::ConstantView> codes, scales, zeros;
  int64_t axis = 0, block = 0;

  bool read();
  bool isPerTensor() const { return scales->size() == 1; }
  /// The axis of the stored matrix that is summed over.
  int64_t depthAxis() const { return isSwapped ? 1 : 0; }
  MatrixView viewOf(const onnx::ConstantView &table) const;
};
} // namespace

bool Dequantize::read() {
  Value x = op->getOperand(0), scale = op->getOperand(1),
        zero = op->getNumOperands() > 2 ? op->getOperand(2) : Value();
  codes = onnx::ConstantView::of(x);
  scales = onnx::ConstantView::of(scale);
  zeros = zero ? onnx::ConstantView::of(zero) : std::nullopt;
  if (!codes || !scales || bool(zero) != zeros.has_value())
    return false;
  axis = onnx::frontAxis(onnx::intAttribute(op, "axis", 1), 2);
  block = onnx::intAttribute(op, "block_size", 0);
  auto integer = dyn_cast<IntegerType>(codes->type().getElementType());
  if (codes->type().getRank() != 2 || !integer || integer.getWidth() > 8 ||
      integer.getWidth() < 2 || !isReal(scales->type().getElementType()) ||
      int64_t(codes->bytes().size()) <= inlineBytes)
    return false;
  // A scale for each row, or blocks of columns: no sum of a column has one scale.
  bool alongDepth = axis == depthAxis();
  return isPerTensor() || (block > 0 ? alongDepth : !alongDepth);
}

/// Scales and zero points by group and column.
MatrixView Dequantize::viewOf(const onnx::ConstantView &table) const {
  if (table.size() == 1)
    return {table, 0, 0};
  return block > 0 ? viewMatrix(table, isSwapped) : MatrixView{table, 0, 1};
}

static std::optional<WeightExpression> findGroups(Operation *op, bool isSwapped) {
  Dequantize source{op, isSwapped, {}, {}, {}};
  if (!source.read())
    return std::nullopt;
  auto integer = cast<IntegerType>(source.codes->type().getElementType());
  WeightExpression weight;
  weight.depth = source.codes->type().getDimSize(isSwapped);
  weight.columns = source.codes->type().getDimSize(!isSwapped);
  int64_t bits = codeBits(integer.getWidth());
  int64_t size = source.block > 0 && !source.isPerTensor() ? source.block : weight.depth;
  weight.format = linear::GroupsAttr::get(op->getContext(), bits, size);
  weight.element = source.scales->type().getElementType();
  weight.key = makeKey(llvm::to_vector(op->getOperands()), {isSwapped, source.axis, source.block});
  // Integers with a sign are moved up, so that codes and zero points begin at 0.
  int64_t middle = integer.isUnsigned() ? 0 : int64_t(1) << (bits - 1);
  weight.code = [codes = viewMatrix(*source.codes, isSwapped), middle](int64_t k, int64_t n) {
    return codes.values.intAt(codes.at(k, n)) + middle;
  };
  weight.scale = [scales = source.viewOf(*source.scales)](int64_t group, int64_t n) {
    return scales.values.floatAt(scales.at(group, n));
  };
  if (source.zeros)
    weight.zero = [zeros = source.viewOf(*source.zeros), middle](int64_t group, int64_t n) {
      return zeros.values.intAt(zeros.at(group, n)) + middle;
    };
  else if (middle == 0)
    weight.zero = [](int64_t, int64_t) { return 0; };
  return weight;
}

std::optional<WeightExpression> retort::weightExpressionOf(Value matrix, bool isSwapped) {
  Operation *op = matrix.getDefiningOp();
  if (!op)
    return std::nullopt;
  if (isa<onnx::TransposeOp>(op)) {
    auto order = onnx::intsAttribute(op, "perm");
    auto type = dyn_cast<RankedTensorType>(matrix.getType());
    if (!type || type.getRank() != 2 || (order && *order != SmallVector<int64_t>{1, 0}))
      return std::nullopt;
    return weightExpressionOf(op->getOperand(0), !isSwapped);
  }
  // Kernels widen what they read.
  if (isa<onnx::CastOp>(op) && getElementTypeOrSelf(matrix.getType()).isF32() &&
      isReal(getElementTypeOrSelf(op->getOperand(0).getType())))
    return weightExpressionOf(op->getOperand(0), isSwapped);
  if (isa<onnx::DequantizeLinearOp>(op))
    return findGroups(op, isSwapped);
  return op->getNumOperands() == 0 ? findDense(matrix, isSwapped) : std::nullopt;
}

/// Number `i` of those of `bits` that lie packed, low bits first.
static int64_t packedAt(ArrayRef<char> bytes, int64_t bits, int64_t i) {
  return (uint8_t(bytes[i * bits / 8]) >> (i * bits % 8)) & ((1 << bits) - 1);
}

std::optional<WeightExpression> retort::weightExpressionOfNBits(Operation *op) {
  auto product = cast<onnx::MicrosoftMatMulNBitsOp>(op);
  auto codes = onnx::ConstantView::of(product.getB()),
       scales = onnx::ConstantView::of(product.getScales());
  Value zeroPoints = product.getZeroPoints();
  auto zeros = zeroPoints ? onnx::ConstantView::of(zeroPoints) : std::nullopt;
  int64_t bits = product.getBits(), size = product.getBlockSize();
  bool hasKnownZeros = !zeroPoints || (zeros && isa<IntegerType>(zeros->type().getElementType()));
  if (!codes || !scales || !hasKnownZeros || product.getGIdx() ||
      (bits != 2 && bits != 4 && bits != 8) || !isReal(scales->type().getElementType()))
    return std::nullopt;
  WeightExpression weight;
  weight.depth = product.getK();
  weight.columns = product.getN();
  weight.format = linear::GroupsAttr::get(op->getContext(), bits, size);
  weight.element = scales->type().getElementType();
  weight.key = makeKey({product.getB(), product.getScales(), zeroPoints}, {bits, size});
  int64_t groups = (weight.depth + size - 1) / size;
  weight.code = [=](int64_t k, int64_t n) {
    return packedAt(codes->bytes(), bits, n * groups * size + k);
  };
  weight.scale = [=](int64_t group, int64_t n) { return scales->floatAt(n * groups + group); };
  if (zeros)
    weight.zero = [=](int64_t group, int64_t n) {
      int64_t perByte = 8 / bits, rowBytes = (groups + perByte - 1) / perByte;
      return packedAt(zeros->bytes(), bits, n * rowBytes * perByte + group);
    };
  return weight;
}
