// Computes compressed weights, or writes them in ONNX's own forms.
//
//   %w = compress.decode_sparse(%mask, %values) {axis = 0 : i64, m = 4 : i64, n = 2 : i64}
//   ==> compress-expand
//   %w = onnx.initializer "w" ...
#include "dialects/Compress/WeightExpression.h"
#include "dialects/Onnx/Evaluate/Evaluate.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Schema/TypedOp.h"

#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_EXPANDPASS
#include "lib/Compress/Expand/Expand.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;
using compress::WeightExpression;

static void replace(Operation *op, Value by) {
  op->getResult(0).replaceAllUsesWith(by);
  SmallVector<Value> operands(op->getOperands());
  op->erase();
  for (Value operand : operands)
    if (Operation *before = operand.getDefiningOp(); before && before->use_empty())
      before->erase();
}

static Value constantBefore(Operation *op, ElementsAttr value, StringRef name) {
  OpBuilder builder(op);
  return onnx::InitializerOp::create(builder, op->getLoc(), value.getType(), name, value, {});
}

static StringRef nameOf(Value constant) {
  auto name = constant.getDefiningOp()->getAttrOfType<StringAttr>("name");
  return name ? name.getValue() : "weight";
}

/// Codes of the narrowest width that ONNX has.
static void widenCodes(compress::DequantizeOp op) {
  OpBuilder builder(op);
  auto widen = [&](Value codes) -> Value {
    auto view = codes ? onnx::ConstantView::of(codes) : std::nullopt;
    if (!view)
      return {};
    auto code = cast<IntegerType>(view->type().getElementType());
    unsigned bits = code.getWidth() <= 4 ? 4 : 8;
    auto type = view->type().clone(IntegerType::get(op.getContext(), bits, code.getSignedness()));
    auto fill = [&](MutableArrayRef<char> bytes) {
      std::fill(bytes.begin(), bytes.end(), 0);
      for (int64_t i = 0; i < view->size(); ++i)
        onnx::storeBits(bytes.data(), bits, i, unsigned(view->intAt(i)));
    };
    return constantBefore(op, onnx::makeConstant(type, nameOf(codes), fill), nameOf(codes));
  };
  Value codes = widen(op.getCodes()), zeros = widen(op.getZeroPoints());
  if (!codes || (op.getZeroPoints() && !zeros))
    return;
  replace(op, compress::createDequantize(builder, op.getLoc(), codes, op.getScales(), zeros,
                                         op.getAxis(), op.getBlockSize()));
}

/// The block size of the dense codes whose kept ones have that of `values`; nullopt where scales do
/// not follow the pattern.
static std::optional<int64_t> denseBlock(compress::DecodeSparseOp op, Operation *values) {
  auto integer = [&](StringRef name) {
    auto attribute = values->getAttrOfType<IntegerAttr>(name);
    return attribute ? attribute.getInt() : 0;
  };
  auto scales = cast<RankedTensorType>(values->getOperand(1).getType());
  int64_t rank = op.getType().getRank(), block = integer("block_size");
  bool isSameAxis = (integer("axis") + rank) % rank == (int64_t(op.getAxis()) + rank) % rank;
  if (scales.getNumElements() == 1 || !isSameAxis)
    return block;
  if (!op.getM() || block == 0 || block % *op.getN() != 0)
    return std::nullopt;
  return block / *op.getN() * *op.getM();
}

/// The codes of a sparse weight with those of zero between them.
static bool fillCodes(compress::DecodeSparseOp op, const WeightExpression &weight) {
  const WeightExpression &values = weight.values();
  auto block = denseBlock(op, values.op());
  if (!block || !op.getM())
    return false;
  Value codes = values.op()->getOperand(0);
  const onnx::ConstantView &kept = values.constant();
  auto code = cast<IntegerType>(kept.type().getElementType());
  auto type = weight.type().clone(code);
  Value scales = values.op()->getOperand(1);
  Value zeros = values.op()->getNumOperands() > 2 ? values.op()->getOperand(2) : Value();
  auto axis = values.op()->getAttrOfType<IntegerAttr>("axis");
  // What the expression of the dense codes says of their scales.
  OpBuilder builder(op);
  std::optional<WeightExpression> dense;
  auto fill = [&](MutableArrayRef<char> bytes) {
    std::fill(bytes.begin(), bytes.end(), 0);
    for (int64_t i = 0; i < weight.size(); ++i) {
      int64_t raw = 0;
      if (weight.isKept(i))
        raw = kept.intAt(weight.positionOf(i));
      else if (zeros)
        raw = dense->zeroPoints()->intAt(dense->scaleOf(i));
      onnx::storeBits(bytes.data(), code.getWidth(), i, unsigned(raw));
    }
  };
  auto build = [&](Value codes) {
    return compress::createDequantize(builder, op.getLoc(), codes, scales, zeros,
                                      axis ? axis.getInt() : 1, *block);
  };
  if (zeros) { // of which group is element i: a weight of the same shape knows
    Value blank = constantBefore(op, DenseElementsAttr::get(type, APInt(code.getWidth(), 0)), "");
    Value trial = build(blank);
    dense = WeightExpression::of(trial);
    trial.getDefiningOp()->erase();
    blank.getDefiningOp()->erase();
  }
  replace(op,
          build(constantBefore(op, onnx::makeConstant(type, nameOf(codes), fill), nameOf(codes))));
  return true;
}

static void expandToDense(const WeightExpression &weight) {
  Operation *op = weight.op();
  std::string name = weight.name().str();
  replace(op, constantBefore(op, compress::expand(weight), name));
}

static void fillUp(compress::DecodeSparseOp op) {
  auto weight = WeightExpression::of(op.getResult());
  if (!weight)
    return;
  bool isQuantized = weight->values().form() == WeightExpression::Form::Quantized;
  if (!isQuantized || !fillCodes(op, *weight))
    expandToDense(*weight);
}

/// Other operations on constants, such as the sum of a quantized weight and its correction, by the
/// reference evaluator.
static void evaluate(Operation *op) {
  auto result =
      op->getNumResults() == 1 ? dyn_cast<RankedTensorType>(op->getResult(0).getType()) : nullptr;
  if (!isa<onnx::Evaluation>(op) || op->getNumOperands() == 0 || !result ||
      !isa<FloatType>(result.getElementType()))
    return;
  SmallVector<onnx::Tensor> inputs;
  onnx::SizeLimit limit(std::numeric_limits<int64_t>::max());
  for (Value slot : onnx::operandSlots(op)) {
    Operation *constant = slot ? slot.getDefiningOp() : nullptr;
    bool isConstant = constant && onnx::ConstantView::of(slot).has_value();
    if (slot && !isConstant)
      return;
    inputs.push_back(slot ? onnx::Tensor::of(constant->getAttr("value")) : onnx::Tensor());
    if (slot && !inputs.back())
      return;
  }
  onnx::Evaluated results = onnx::evaluate(op, inputs);
  if (failed(results) || !results->front())
    return;
  replace(op,
          constantBefore(op, results->front().attribute("expanded"), nameOf(op->getOperand(0))));
}

namespace {
struct ExpandPass : retort::impl::ExpandPassBase<ExpandPass> {
  using Base::Base;

  void runOnOperation() override {
    if (to != "dense" && to != "onnx") {
      getOperation().emitError() << "expects 'to' to be dense or onnx, found '" << to << "'";
      return signalPassFailure();
    }
    to == "dense" ? toDense() : toOnnx();
    onnx::releaseUnusedBlobs(getOperation());
  }

  void toDense() {
    SmallVector<Operation *> operations;
    getOperation().walk([&](Operation *op) { operations.push_back(op); });
    // Operands come first: what is left of an expression is one of constants.
    for (Operation *op : operations) {
      if (isa<onnx::DequantizeLinearOp, compress::DequantizeOp, compress::DecodeSparseOp>(op)) {
        if (auto weight = WeightExpression::of(op->getResult(0)))
          expandToDense(*weight);
      } else if (op->getNumOperands() > 0 && !isa<onnx::ConstantOp>(op)) {
        evaluate(op);
      }
    }
  }

  void toOnnx() {
    getOperation().walk([](compress::DecodeSparseOp op) { fillUp(op); });
    getOperation().walk([](compress::DequantizeOp op) { widenCodes(op); });
  }
};
} // namespace
