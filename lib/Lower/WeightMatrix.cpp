// Finds constant matrices, and the form in which kernels read them.
#include "lib/Lower/WeightMatrix.h"

#include "dialects/Compress/WeightExpression.h"
#include "dialects/Linear/Linear.h"
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;
using compress::WeightExpression;

static bool isReal(Type type) { return type.isF32() || type.isF16() || type.isBF16(); }

/// The constants that make a value, and how.
static Attribute keyOf(Value value) {
  Operation *op = value.getDefiningOp();
  Builder builder(value.getContext());
  if (Attribute constant = op->getNumOperands() == 0 ? op->getAttr("value") : Attribute())
    return constant;
  SmallVector<Attribute> parts{builder.getStringAttr(op->getName().getStringRef())};
  if (Attribute properties = op->getPropertiesAsAttribute())
    parts.push_back(properties);
  for (Value operand : op->getOperands())
    parts.push_back(operand ? keyOf(operand) : builder.getUnitAttr());
  return builder.getArrayAttr(parts);
}

namespace {
/// A weight expression of two axes, read by row and column.
class Finder {
public:
  Finder(const WeightExpression &source, bool isSwapped) : source(source), isSwapped(isSwapped) {}
  WeightMatrix find();

private:
  bool findGroups();
  bool findSparse();
  bool findSparseGroups(compress::DecodeSparseOp op);
  void findDense();
  /// The attributes of codes: the groups that share a scale along the axis that is summed over, 0
  /// where no group does.
  static int64_t groupSize(const WeightExpression &codes, int64_t depthAxis, int64_t depth);

  int64_t depthAxis() const { return isSwapped ? 1 : 0; }

  WeightExpression source;
  bool isSwapped;
  WeightMatrix weight;
  std::function<int64_t(int64_t k, int64_t n)> at; // the element in row-major order
};
} // namespace

/// The narrowest width of codes that holds integers of `bits`.
static int64_t codeBits(int64_t bits) { return bits <= 2 ? 2 : bits <= 4 ? 4 : 8; }

/// What is added to integers with a sign so that codes and zero points begin at 0.
static int64_t offsetOf(IntegerType type) {
  return type.isUnsigned() ? 0 : int64_t(1) << (codeBits(type.getWidth()) - 1);
}

static IntegerType codeType(const WeightExpression &codes) {
  auto type = dyn_cast<IntegerType>(codes.constant().type().getElementType());
  return type && type.getWidth() >= 2 && type.getWidth() <= 8 ? type : IntegerType();
}

int64_t Finder::groupSize(const WeightExpression &codes, int64_t depthAxis, int64_t depth) {
  if (!codeType(codes) || !isReal(codes.scales().type().getElementType()) ||
      codes.type().getRank() != 2)
    return 0;
  if (codes.scales().size() == 1)
    return depth;
  int64_t axis = onnx::frontAxis(onnx::intAttribute(codes.op(), "axis", 1), 2);
  int64_t block = onnx::intAttribute(codes.op(), "block_size", 0);
  // A scale for each row, or for blocks of columns: no sum of a column has one.
  if (block > 0)
    return axis == depthAxis ? block : 0;
  return axis == depthAxis ? 0 : depth;
}

bool Finder::findGroups() {
  int64_t size = groupSize(source, depthAxis(), weight.depth);
  if (size == 0)
    return false;
  IntegerType type = codeType(source);
  weight.format = linear::GroupsAttr::get(type.getContext(), codeBits(type.getWidth()), size);
  weight.element = cast<FloatType>(source.scales().type().getElementType());
  auto shared = std::make_shared<WeightExpression>(source);
  auto place = at;
  int64_t offset = offsetOf(type);
  weight.code = [=](int64_t k, int64_t n) {
    return shared->constant().intAt(place(k, n)) + offset;
  };
  auto entry = [=](int64_t group, int64_t n) { return shared->scaleOf(place(group * size, n)); };
  weight.scale = [=](int64_t group, int64_t n) {
    return shared->scales().floatAt(entry(group, n));
  };
  if (source.zeroPoints())
    weight.zero = [=](int64_t group, int64_t n) {
      return shared->zeroPoints()->intAt(entry(group, n)) + offset;
    };
  else if (offset == 0)
    weight.zero = [](int64_t, int64_t) { return 0; };
  return true;
}

/// n:m codes: what is not kept is the zero point, which takes fewer bits than a number and its
/// place.
bool Finder::findSparseGroups(compress::DecodeSparseOp op) {
  auto values = std::make_shared<WeightExpression>(source.values());
  int64_t n = *op.getN(), m = *op.getM(), kept = values->type().getDimSize(depthAxis());
  int64_t size = groupSize(*values, depthAxis(), kept);
  if (size == 0 || (size != kept && size % n != 0))
    return false;
  IntegerType type = codeType(*values);
  int64_t dense = size == kept ? weight.depth : size / n * m, offset = offsetOf(type);
  weight.format = linear::GroupsAttr::get(type.getContext(), codeBits(type.getWidth()), dense);
  weight.element = cast<FloatType>(values->scales().type().getElementType());
  auto shared = std::make_shared<WeightExpression>(source);
  auto place = at;
  int64_t width = values->type().getDimSize(1);
  bool swapped = isSwapped;
  auto entry = [=](int64_t group, int64_t column) {
    return values->scaleOf(swapped ? column * width + group * size : group * size * width + column);
  };
  auto zero = [=](int64_t group, int64_t column) -> int64_t {
    auto &zeros = values->zeroPoints();
    return (zeros ? zeros->intAt(entry(group, column)) : 0) + offset;
  };
  weight.code = [=](int64_t k, int64_t column) {
    int64_t i = place(k, column);
    if (!shared->isKept(i))
      return zero(k / dense, column);
    return values->constant().intAt(shared->positionOf(i)) + offset;
  };
  weight.scale = [=](int64_t group, int64_t column) {
    return values->scales().floatAt(entry(group, column));
  };
  weight.zero = zero;
  return true;
}

bool Finder::findSparse() {
  auto op = dyn_cast<compress::DecodeSparseOp>(source.op());
  if (!op || !op.getN() || !op.getM() || onnx::frontAxis(op.getAxis(), 2) != depthAxis())
    return false;
  if (source.values().form() == WeightExpression::Form::Quantized)
    return findSparseGroups(op);
  int64_t n = *op.getN(), m = *op.getM();
  Type element = source.values().type().getElementType();
  // A place takes its bits too: where most are kept, plain numbers are read faster.
  if (!llvm::isPowerOf2_64(m) || m < 2 || m > 16 || 2 * n > m ||
      source.values().form() != WeightExpression::Form::Dense || !isReal(element))
    return false;
  weight.format = linear::SparseAttr::get(op.getContext(), n, m);
  weight.element = cast<FloatType>(element);
  auto shared = std::make_shared<WeightExpression>(source);
  auto place = at;
  weight.number = [=](int64_t k, int64_t n) { return shared->at(place(k, n)); };
  weight.isKept = [=](int64_t k, int64_t n) { return shared->isKept(place(k, n)); };
  return true;
}

void Finder::findDense() {
  Type element = source.type().getElementType();
  weight.format = linear::DenseAttr::get(element.getContext());
  weight.element =
      isReal(element) ? cast<FloatType>(element) : Float32Type::get(element.getContext());
  if (source.form() == WeightExpression::Form::Dense && weight.element == element)
    weight.data = source.constant();
  auto shared = std::make_shared<WeightExpression>(source);
  auto place = at;
  weight.number = [=](int64_t k, int64_t n) { return shared->at(place(k, n)); };
}

WeightMatrix Finder::find() {
  int64_t width = source.type().getDimSize(1);
  weight.depth = source.type().getDimSize(depthAxis());
  weight.columns = source.type().getDimSize(1 - depthAxis());
  weight.isSwapped = isSwapped;
  Builder builder(source.type().getContext());
  weight.key =
      builder.getArrayAttr({keyOf(source.op()->getResult(0)), builder.getBoolAttr(isSwapped)});
  at = [width, swapped = isSwapped](int64_t k, int64_t n) {
    return swapped ? n * width + k : k * width + n;
  };
  bool isFound = source.form() == WeightExpression::Form::Quantized ? findGroups()
                 : source.form() == WeightExpression::Form::Sparse  ? findSparse()
                                                                    : false;
  if (!isFound)
    findDense();
  return weight;
}

std::optional<WeightMatrix> retort::weightMatrixOf(Value matrix, bool isSwapped) {
  Operation *op = matrix.getDefiningOp();
  auto type = dyn_cast<RankedTensorType>(matrix.getType());
  if (!op || !type || type.getRank() != 2)
    return std::nullopt;
  if (isa<onnx::TransposeOp>(op)) {
    auto order = onnx::intsAttribute(op, "perm");
    if (order && *order != SmallVector<int64_t>{1, 0})
      return std::nullopt;
    return weightMatrixOf(op->getOperand(0), !isSwapped);
  }
  // Kernels widen what they read.
  if (isa<onnx::CastOp>(op) && type.getElementType().isF32() &&
      isReal(getElementTypeOrSelf(op->getOperand(0).getType())))
    return weightMatrixOf(op->getOperand(0), isSwapped);
  auto source = WeightExpression::of(matrix);
  if (!source || !onnx::isLarge(type) || !isReal(type.getElementType()) ||
      (source->form() == WeightExpression::Form::Dense && source->constant().isSplat()))
    return std::nullopt;
  return Finder(*source, isSwapped).find();
}

std::optional<WeightMatrix> retort::weightMatrixOfNBits(Operation *op) {
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
  int64_t depth = product.getK(), columns = product.getN(), groups = llvm::divideCeil(depth, size);
  auto holds = [](const onnx::ConstantView &bytes, int64_t count) {
    return bytes.type().getElementTypeBitWidth() == 8 && bytes.size() == count;
  };
  if (!holds(*codes, columns * groups * size * bits / 8) || scales->size() != columns * groups ||
      (zeros && !holds(*zeros, columns * llvm::divideCeil(groups * bits, 8))))
    return std::nullopt;
  WeightMatrix weight;
  weight.depth = depth;
  weight.columns = columns;
  weight.format = linear::GroupsAttr::get(op->getContext(), bits, size);
  weight.element = cast<FloatType>(scales->type().getElementType());
  Builder builder(op->getContext());
  weight.key =
      builder.getArrayAttr({keyOf(product.getB()), keyOf(product.getScales()),
                            zeroPoints ? keyOf(zeroPoints) : builder.getUnitAttr(), weight.format});
  weight.code = [=](int64_t k, int64_t n) { return codes->packedAt(bits, n * groups * size + k); };
  weight.scale = [=](int64_t group, int64_t n) { return scales->floatAt(n * groups + group); };
  if (zeros)
    weight.zero = [=](int64_t group, int64_t n) {
      return zeros->packedAt(bits, n * llvm::alignTo(groups, 8 / bits) + group);
    };
  return weight;
}
