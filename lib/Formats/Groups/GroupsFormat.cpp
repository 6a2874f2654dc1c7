// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Codes with a scale for each group of rows:
//   %w = onnx.DequantizeLinear(%codes, %scales)   ->   #linear.groups<bits = 4, size = 32>
#include "dialects/Compress/WeightForm.h"
#include "lib/Analysis/Flow.h"
#include "lib/Formats/Groups/Groups.h"
#include "lib/Formats/Groups/QuantizedWeight.h"
#include "lib/Formats/RegisterFormats.h"

using namespace mlir;
using namespace retort;

namespace {
/// Where an operation takes codes.
struct Codes {
  int slot = 0;
  int64_t packedBits = 0;
  /// It does nothing but dequantize: its operands are codes and what serves them.
  bool isAlone = false;
};
} // namespace

static std::optional<Codes> codesOf(Operation *op) {
  if (isa<onnx::DequantizeLinearOp, compress::DequantizeOp>(op))
    return Codes{0, 0, true};
  if (auto product = dyn_cast<onnx::MicrosoftMatMulNBitsOp>(op))
    return Codes{1, product.getBits()};
  if (auto lookup = dyn_cast<onnx::MicrosoftGatherBlockQuantizedOp>(op)) {
    bool isPacked = getElementTypeOrSelf(lookup.getData().getType()).isUnsignedInteger(8);
    return Codes{0, isPacked ? int64_t(lookup.getBits()) : 0};
  }
  return std::nullopt;
}

namespace {
class GroupsForm : public compress::WeightForm {
public:
  StringRef name() const override { return "groups"; }

  std::shared_ptr<const compress::WeightReader> recognize(Value value) const override {
    return QuantizedWeight::of(value.getDefiningOp());
  }

  bool keeps(Operation *op) const override { return codesOf(op).has_value() || castsScales(op); }

  std::optional<WeightMatrix> factorOf(Operation *op) const override {
    auto product = dyn_cast<onnx::MicrosoftMatMulNBitsOp>(op);
    return product ? retort::factorOf(product) : std::nullopt;
  }

  bool expose(Operation *op) const override { return exposeCodes(op); }

  /// What is multiplied with the codes, or looks them up, stands before, between or behind them.
  std::optional<compress::ConstantUse> useOf(OpOperand &use) const override {
    auto codes = codesOf(use.getOwner());
    if (!codes)
      return castsScales(use.getOwner()) ? std::optional(compress::ConstantUse()) : std::nullopt;
    if (codes->isAlone)
      return compress::ConstantUse{use.getOperandNumber() == 0, 0};
    int slot = slotOf(use);
    if (slot == codes->slot)
      return compress::ConstantUse{true, codes->packedBits};
    return slot == 2 || slot == 3 ? std::optional(compress::ConstantUse()) : std::nullopt;
  }

  bool writeOnnx(Operation *op, StringRef weights) const override {
    if (auto codes = dyn_cast<compress::DequantizeOp>(op))
      return widenCodes(codes);
    auto codes = dyn_cast<onnx::DequantizeLinearOp>(op);
    return codes && writeMatMulNBits(codes, weights == "contrib");
  }
};

struct Lowering : linear::LinearFormatLowering::ExternalModel<Lowering, linear::GroupsAttr> {
  linear::TableUse getTableUse(Attribute) const { return linear::TableUse::Always; }

  Value readPacked(Attribute attribute, ImplicitLocOpBuilder &b, ValueRange parts, Value k,
                   Value n) const {
    auto format = cast<linear::GroupsAttr>(attribute);
    Type i32 = b.getI32Type(), f32 = b.getF32Type();
    auto index = [&](int64_t i) -> Value { return arith::ConstantIndexOp::create(b, i); };
    auto integer = [&](int64_t i) -> Value { return arith::ConstantIntOp::create(b, i, 32); };
    auto divide = [&](Value a, int64_t c) { return b.createOrFold<arith::DivUIOp>(a, index(c)); };
    auto rest = [&](Value a, int64_t c) { return b.createOrFold<arith::RemUIOp>(a, index(c)); };
    int64_t perWord = format.codesPerWord();
    Value group = divide(k, format.getSize()), inGroup = rest(k, format.getSize());
    Value first = b.createOrFold<arith::MulIOp>(group, index(format.wordsPerGroup()));
    Value word = b.createOrFold<arith::AddIOp>(first, divide(inGroup, perWord));
    Value code = linear::unpackBits(b, linear::readInPanels(b, parts[0], word, n),
                                    rest(inGroup, perWord), format.getBits());
    Value zero = integer(format.middle()), centered;
    if (format.getFloatZeros()) {
      zero = linear::widen(b, linear::readInPanels(b, parts[2], group, n));
      centered = arith::SubFOp::create(b, arith::SIToFPOp::create(b, f32, code), zero);
    } else {
      if (parts.size() == 3)
        zero = arith::ExtUIOp::create(b, i32, linear::readInPanels(b, parts[2], group, n));
      centered = arith::SIToFPOp::create(b, f32, arith::SubIOp::create(b, code, zero));
    }
    Value scale = linear::widen(b, linear::readInPanels(b, parts[1], group, n));
    return arith::MulFOp::create(b, centered, scale);
  }
};

struct Kernel : linear::LinearFormatKernel::ExternalModel<Kernel, linear::GroupsAttr> {
  RowOrder getRowOrder(Attribute attribute, int64_t depth, unsigned parts) const {
    auto format = cast<linear::GroupsAttr>(attribute);
    RowOrder order{depth, format.getSize(), format.codesPerWord(), format.getBits()};
    order.sumFactor = parts == 3 ? -1 : -double(format.middle());
    return order;
  }

  std::optional<CodeParts> getCodes(Attribute attribute, unsigned parts) const {
    auto format = cast<linear::GroupsAttr>(attribute);
    if (format.getFloatZeros())
      return std::nullopt;
    CodeParts codes{format.getBits(), format.getSize(), 0, 1, std::nullopt, format.middle()};
    if (parts == 3)
      codes.zeros = 2;
    return codes;
  }

  SmallVector<Value> sumTile(Attribute format, TileBuilder &b, const RowOrder &order) const {
    return sumGroups(b, cast<linear::GroupsAttr>(format), order);
  }
};
} // namespace

void retort::registerGroupsFormat(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, onnx::OnnxDialect *) {
    compress::addForm(*context, std::make_unique<GroupsForm>());
  });
  registry.addExtension(+[](MLIRContext *context, linear::LinearDialect *) {
    linear::GroupsAttr::attachInterface<Lowering, Kernel>(*context);
  });
}
