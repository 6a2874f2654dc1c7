// Reads a weight, plain or compressed, as the numbers that it stands for.
#include "dialects/Compress/WeightExpression.h"

#include "dialects/Onnx/Onnx.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace retort;
using namespace retort::compress;

static RankedTensorType staticTensor(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape() ? type : RankedTensorType();
}

static int64_t product(ArrayRef<int64_t> sizes) {
  int64_t result = 1;
  for (int64_t size : sizes)
    result *= size;
  return result;
}

static Groups groupsAlong(ArrayRef<int64_t> shape, int64_t axis, int64_t group) {
  return {product(shape.take_front(axis)), shape[axis], product(shape.drop_front(axis + 1)), group};
}

std::optional<WeightExpression> WeightExpression::of(Value value) {
  Operation *op = value.getDefiningOp();
  RankedTensorType type = op ? staticTensor(value) : RankedTensorType();
  if (!type)
    return std::nullopt;
  if (auto dequantize = dyn_cast<onnx::DequantizeLinearOp>(op))
    return quantized(op, op->getOperands(), dequantize.getAxis(), dequantize.getBlockSize());
  if (auto dequantize = dyn_cast<DequantizeOp>(op))
    return quantized(op, op->getOperands(), dequantize.getAxis(), dequantize.getBlockSize());
  if (auto decode = dyn_cast<DecodeSparseOp>(op))
    return sparse(decode);
  WeightExpression result;
  result.root = op;
  result.tensorType = type;
  result.leaf = onnx::ConstantView::of(value);
  if (!result.leaf || !isa<FloatType>(type.getElementType()))
    return std::nullopt;
  return result;
}

std::optional<WeightExpression> WeightExpression::quantized(Operation *op, ValueRange operands,
                                                            int64_t axis, int64_t block) {
  WeightExpression result;
  result.kind = Form::Quantized;
  result.root = op;
  result.leaf = onnx::ConstantView::of(operands[0]);
  result.scaleTable = onnx::ConstantView::of(operands[1]);
  result.tensorType = staticTensor(op->getResult(0));
  if (!result.leaf || !result.scaleTable || !isa<FloatType>(result.tensorType.getElementType()))
    return std::nullopt;
  if (operands.size() > 2) {
    result.zeroTable = onnx::ConstantView::of(operands[2]);
    if (!result.zeroTable || result.zeroTable->size() != result.scaleTable->size())
      return std::nullopt;
  }
  ArrayRef<int64_t> shape = result.leaf->type().getShape();
  if (result.scaleTable->size() == 1)
    return result;
  axis = axis < 0 ? axis + shape.size() : axis;
  if (axis < 0 || axis >= int64_t(shape.size()) || block < 0)
    return std::nullopt;
  result.groups = groupsAlong(shape, axis, std::max<int64_t>(block, 1));
  result.sharing = block ? Scales::PerGroup : Scales::PerPlace;
  int64_t expected = block ? result.groups.entries() : shape[axis];
  if (result.scaleTable->size() != expected)
    return std::nullopt;
  return result;
}

static constexpr int64_t blockBits = 512;

std::optional<WeightExpression> WeightExpression::sparse(DecodeSparseOp op) {
  auto values = of(op.getValues());
  WeightExpression result;
  result.kind = Form::Sparse;
  result.root = op;
  result.leaf = onnx::ConstantView::of(op.getMask());
  result.tensorType = staticTensor(op.getResult());
  if (!values || !result.leaf)
    return std::nullopt;
  result.inner = std::make_shared<WeightExpression>(std::move(*values));
  if (op.getM()) {
    int64_t axis = op.getAxis() < 0 ? op.getAxis() + result.tensorType.getRank() : op.getAxis();
    result.groups = groupsAlong(result.tensorType.getShape(), axis, *op.getM());
    result.kept = *op.getN();
    return result;
  }
  result.keptBefore = std::make_shared<std::vector<int64_t>>();
  int64_t count = 0, byte = 0;
  for (char bits : result.leaf->bytes()) {
    if (byte++ % (blockBits / 8) == 0)
      result.keptBefore->push_back(count);
    count += llvm::popcount(uint8_t(bits));
  }
  return result;
}

uint64_t WeightExpression::bytes() const {
  uint64_t sum = leaf->byteCount();
  if (scaleTable)
    sum += scaleTable->byteCount();
  if (zeroTable)
    sum += zeroTable->byteCount();
  return inner ? sum + inner->bytes() : sum;
}

bool WeightExpression::isQuantized() const {
  return kind == Form::Quantized || (inner && inner->isQuantized());
}

StringRef WeightExpression::name() const {
  Operation *op = kind == Form::Dense ? root : root->getOperand(0).getDefiningOp();
  auto attribute = op->getAttrOfType<StringAttr>("name");
  StringRef name = attribute ? attribute.getValue() : "";
  if (kind == Form::Quantized)
    name.consume_back("_quantized");
  if (kind == Form::Sparse)
    name.consume_back("_mask");
  return name;
}

int64_t WeightExpression::scaleOf(int64_t i) const {
  switch (sharing) {
  case Scales::One:
    return 0;
  case Scales::PerPlace:
    return i / groups.inner % groups.length;
  case Scales::PerGroup:
    return groups.entryOf(i);
  }
  llvm_unreachable("a way of sharing without a table");
}

bool WeightExpression::isKept(int64_t i) const { return (leaf->bytes()[i / 8] >> (i % 8)) & 1; }

int64_t WeightExpression::positionOf(int64_t i) const {
  if (!kept) {
    int64_t position = (*keptBefore)[i / blockBits];
    for (int64_t before = i / blockBits * blockBits; before < i; ++before)
      position += isKept(before);
    return position;
  }
  int64_t column = i % groups.inner, row = i / groups.inner, place = row % groups.length;
  int64_t position = place / groups.group * kept;
  for (int64_t back = 1; back <= place % groups.group; ++back)
    position += isKept(i - back * groups.inner);
  int64_t length = DecodeSparseOp::keptLength(groups.length, kept, groups.group);
  // Masks that keep more than n of a group would point behind it.
  position = std::min(position, length - 1);
  return (row / groups.length * length + position) * groups.inner + column;
}

float WeightExpression::at(int64_t i) const {
  if (kind == Form::Dense)
    return float(leaf->floatAt(i));
  if (kind == Form::Sparse)
    return isKept(i) ? inner->at(positionOf(i)) : 0.0f;
  int64_t entry = scaleOf(i);
  int64_t zero = zeroTable ? zeroTable->intAt(entry) : 0;
  return float(leaf->intAt(i) - zero) * float(scaleTable->floatAt(entry));
}

void WeightExpression::read(int64_t begin, MutableArrayRef<float> result) const {
  if (kind == Form::Dense) {
    leaf->readFloats(begin, result);
    return;
  }
  for (size_t i = 0; i < result.size(); ++i)
    result[i] = at(begin + i);
}

void WeightExpression::forEachPiece(
    int64_t slab, llvm::function_ref<void(int64_t, MutableArrayRef<float>)> visit) const {
  constexpr int64_t preferred = 1 << 16;
  int64_t step = llvm::divideCeil(preferred, slab) * slab;
  std::vector<float> piece;
  for (int64_t begin = 0; begin < size(); begin += piece.size()) {
    piece.resize(std::min(size() - begin, step));
    read(begin, piece);
    visit(begin, piece);
  }
}

void compress::encodeFloats(FloatType type, ArrayRef<float> numbers, char *bytes) {
  if (type.isF32()) {
    std::memcpy(bytes, numbers.data(), numbers.size() * 4);
    return;
  }
  size_t width = type.getWidth() / 8;
  for (float value : numbers) {
    APFloat number(value);
    bool inexact;
    number.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven, &inexact);
    uint64_t bits = number.bitcastToAPInt().getZExtValue();
    std::memcpy(bytes, &bits, width); // little endian, as ONNX
    bytes += width;
  }
}

ElementsAttr compress::expand(const WeightExpression &weight) {
  if (weight.form() == WeightExpression::Form::Dense)
    return cast<ElementsAttr>(weight.op()->getAttr("value"));
  auto element = cast<FloatType>(weight.type().getElementType());
  return onnx::makeConstant(weight.type(), weight.name(), [&](MutableArrayRef<char> bytes) {
    weight.forEachPiece(1, [&](int64_t begin, ArrayRef<float> piece) {
      encodeFloats(element, piece, bytes.data() + begin * (element.getWidth() / 8));
    });
  });
}

Value compress::createConstantBefore(Operation *op, ElementsAttr value, StringRef name) {
  OpBuilder builder(op);
  return onnx::InitializerOp::create(builder, op->getLoc(), value.getType(), name, value, {});
}

StringRef compress::nameOfConstant(Value constant) {
  auto name = constant.getDefiningOp()->getAttrOfType<StringAttr>("name");
  return name ? name.getValue() : "weight";
}

void compress::eraseExpression(Operation *op) {
  if (!op || !op->use_empty())
    return;
  SmallVector<Value> operands(op->getOperands());
  op->erase();
  for (Value operand : operands)
    eraseExpression(operand.getDefiningOp());
}

void compress::replaceExpression(Operation *expression, Value by) {
  expression->getResult(0).replaceAllUsesExcept(by, by.getDefiningOp());
  eraseExpression(expression);
}
