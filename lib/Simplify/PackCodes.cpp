// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes codes that a graph unpacks by shifts and masks as codes, before they are folded to
// numbers.
//   %w = onnx.Mul(onnx.Cast(onnx.Sub(onnx.BitwiseAnd(onnx.BitShift(%words, ...)), %z)), %s)
//   ==>  %w = onnx.DequantizeLinear(%codes, %scales, %zeros) {axis = 0, block_size = 32}
#include "lib/Simplify/UnpackedCodes.h"

#include "dialects/Compress/WeightExpression.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"

#include "mlir/IR/PatternMatch.h"
#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL_PACKCODESPASS
#define GEN_PASS_DEF_PACKCODESPASS
#include "lib/Simplify/PackCodes.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
/// Puts codes in the place of one weight.
class Writer {
public:
  Writer(const UnpackedCodes &codes, const CodeSharing &sharing)
      : codes(codes), sharing(sharing), rewriter(codes.weight.getDefiningOp()),
        name(onnx::valueName(codes.weight).str()) {
    if (name.empty())
      name = "weight";
  }
  bool run();

private:
  int64_t placeOf(int64_t i) const;
  bool readsInOrder() const;
  unsigned bits() const;
  Value constant(StringRef suffix, Type element, bool isTable,
                 llvm::function_ref<double(int64_t place)> number);

  const UnpackedCodes &codes;
  const CodeSharing &sharing;
  IRRewriter rewriter;
  std::string name;
};
} // namespace

/// The element that stands at `i` once rows, or columns, are sorted by group.
int64_t Writer::placeOf(int64_t i) const {
  if (sharing.order.empty())
    return i;
  int64_t row = i / codes.columns, column = i % codes.columns;
  return sharing.axis == 0 ? sharing.order[row] * codes.columns + column
                           : row * codes.columns + sharing.order[column];
}

unsigned Writer::bits() const {
  bool isSigned = codes.zeros.empty();
  auto [low, high] = std::minmax_element(codes.codes.begin(), codes.codes.end());
  int least = *low, most = *high;
  if (!isSigned) {
    auto [lowZero, highZero] = std::minmax_element(codes.zeros.begin(), codes.zeros.end());
    least = std::min<int>(least, *lowZero);
    most = std::max<int>(most, *highZero);
  }
  for (unsigned width : {2u, 4u, 8u})
    if (isSigned ? least >= -(1 << (width - 1)) && most < 1 << (width - 1)
                 : least >= 0 && most < 1 << width)
      return width;
  return 0;
}

/// Inputs that are sorted by group are sorted in what the weight is multiplied with: a product that
/// sums along them.
bool Writer::readsInOrder() const {
  return sharing.order.empty() ||
         (sharing.axis == 0 && llvm::all_of(codes.weight.getUses(), [](OpOperand &use) {
            return isa<onnx::MatMulOp>(use.getOwner()) && use.getOperandNumber() == 1;
          }));
}

Value Writer::constant(StringRef suffix, Type element, bool isTable,
                       llvm::function_ref<double(int64_t)> number) {
  SmallVector<int64_t> shape{codes.rows, codes.columns};
  if (isTable)
    shape[sharing.axis] = llvm::divideCeil(shape[sharing.axis], sharing.size);
  auto type = RankedTensorType::get(shape, element);
  ElementsAttr value = onnx::makeConstant(type, name, [&](MutableArrayRef<char> bytes) {
    std::fill(bytes.begin(), bytes.end(), 0);
    for (int64_t i = 0; i < type.getNumElements(); ++i) {
      int64_t row = i / shape[1], column = i % shape[1];
      if (isTable)
        (sharing.axis == 0 ? row : column) *= sharing.size;
      double found = number(placeOf(row * codes.columns + column));
      if (auto code = dyn_cast<IntegerType>(element))
        onnx::storeBits(bytes.data(), code.getWidth(), i, unsigned(int(found)));
      else
        compress::encodeFloats(cast<FloatType>(element), float(found),
                               bytes.data() + i * (element.getIntOrFloatBitWidth() / 8));
    }
  });
  return onnx::InitializerOp::create(rewriter, codes.weight.getLoc(), type, name + suffix.str(),
                                     value, {});
}

/// The names of the constants behind a value.
static void collectNames(Value value, llvm::SmallSetVector<Attribute, 4> &names) {
  Operation *op = value.getDefiningOp();
  if (auto constant = dyn_cast<onnx::InitializerOp>(op))
    names.insert(constant.getNameAttr());
  for (Value operand : op->getOperands())
    if (operand)
      collectNames(operand, names);
}

static Value sorted(RewriterBase &rewriter, Value input, ArrayRef<int64_t> order) {
  auto type = RankedTensorType::get(int64_t(order.size()), rewriter.getI64Type());
  OperationState places(input.getLoc(), onnx::ConstantOp::getOperationName());
  places.addTypes(type);
  places.addAttribute("value", DenseElementsAttr::get(type, order));
  OperationState state(input.getLoc(), onnx::GatherOp::getOperationName());
  state.addOperands({input, rewriter.create(places)->getResult(0)});
  state.addTypes(input.getType());
  state.addAttribute("axis", rewriter.getI64IntegerAttr(-1));
  return rewriter.create(state)->getResult(0);
}

bool Writer::run() {
  unsigned width = bits();
  if (width == 0 || !readsInOrder())
    return false;
  bool hasZeros = !codes.zeros.empty();
  auto code = IntegerType::get(rewriter.getContext(), width,
                               hasZeros ? IntegerType::Unsigned : IntegerType::Signless);
  llvm::SmallSetVector<Attribute, 4> names;
  collectNames(codes.weight, names);
  Value quantized = constant("_quantized", code, false, [&](int64_t i) { return codes.codes[i]; });
  Value scales =
      constant("_scale", codes.element, true, [&](int64_t i) { return codes.scales[i]; });
  Value zeros = hasZeros
                    ? constant("_zero_point", code, true, [&](int64_t i) { return codes.zeros[i]; })
                    : Value();
  Value weight = compress::createDequantize(rewriter, codes.weight.getLoc(), quantized, scales,
                                            zeros, sharing.axis, sharing.size);
  weight.getDefiningOp()->setDiscardableAttr(onnx::sourcesKey,
                                             rewriter.getArrayAttr(names.getArrayRef()));
  if (!sharing.order.empty())
    for (OpOperand &use : codes.weight.getUses()) {
      rewriter.setInsertionPoint(use.getOwner());
      use.getOwner()->setOperand(0, sorted(rewriter, use.getOwner()->getOperand(0), sharing.order));
    }
  // Sorted, it is not the value that the model calls so.
  if (sharing.order.empty())
    onnx::replaceValue(rewriter, codes.weight, weight);
  else
    rewriter.replaceAllUsesWith(codes.weight, weight);
  return true;
}

namespace {
struct PackCodesPass : retort::impl::PackCodesPassBase<PackCodesPass> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<Operation *> products;
    getOperation().walk([&](onnx::MulOp op) {
      if (!compress::isKeptFromFolding(op))
        products.push_back(op);
    });
    for (Operation *product : products) {
      auto codes = UnpackedCodes::of(product);
      for (int64_t axis = 0; codes && axis < 2; ++axis)
        if (auto sharing = CodeSharing::of(*codes, axis))
          if (Writer(*codes, *sharing).run())
            break;
    }
  }
};
} // namespace
