// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Codes of levels with scales that are codes:
//   %w = compress.decode_levels(%codes, %scales, %ladder)   ->   #linear.levels<bits = 3, size =
//   32>
#include "dialects/Compress/WeightForm.h"
#include "lib/Formats/Levels/Levels.h"
#include "lib/Formats/Levels/LevelsLookups.h"
#include "lib/Formats/RegisterFormats.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace retort;

namespace {
class LevelsForm : public compress::WeightForm {
public:
  StringRef name() const override { return "levels"; }

  std::shared_ptr<const compress::WeightReader> recognize(Value value) const override {
    return LevelsWeight::of(value.getDefiningOp());
  }

  bool keeps(Operation *op) const override {
    return isa<compress::DecodeLevelsOp>(op) || LevelsLookups::rootOf(op);
  }

  std::optional<compress::ConstantUse> useOf(OpOperand &use) const override {
    Operation *user = use.getOwner();
    if (isa<compress::DecodeLevelsOp>(user))
      return compress::ConstantUse{use.getOperandNumber() == 0, 0};
    Operation *root = LevelsLookups::rootOf(user);
    if (!root)
      return std::nullopt;
    // Codes are cast and looked up at once; scales are spread in between.
    bool isCodes = isa<onnx::CastOp>(user) && !user->use_empty() &&
                   llvm::is_contained(user->user_begin()->getUsers(), root);
    return compress::ConstantUse{isCodes, 0};
  }

  bool writeOnnx(Operation *op, StringRef) const override {
    auto decode = dyn_cast<compress::DecodeLevelsOp>(op);
    return decode && writeLookups(decode);
  }
};

struct Lowering : linear::LinearFormatLowering::ExternalModel<Lowering, linear::LevelsAttr> {
  linear::TableUse getTableUse(Attribute) const { return linear::TableUse::Always; }

  Value readPacked(Attribute attribute, ImplicitLocOpBuilder &b, ValueRange parts, Value k,
                   Value n) const {
    auto format = cast<linear::LevelsAttr>(attribute);
    Type i32 = b.getI32Type();
    auto index = [&](int64_t i) -> Value { return arith::ConstantIndexOp::create(b, i); };
    auto integer = [&](int64_t i) -> Value { return arith::ConstantIntOp::create(b, i, 32); };
    auto divide = [&](Value a, int64_t c) { return b.createOrFold<arith::DivUIOp>(a, index(c)); };
    auto rest = [&](Value a, int64_t c) { return b.createOrFold<arith::RemUIOp>(a, index(c)); };
    auto wide = [&](Value a) {
      return a.getType() == i32 ? a : arith::ExtUIOp::create(b, i32, a).getResult();
    };
    int64_t bits = format.getBits(), perWord = format.codesPerWord();
    Value block = divide(k, format.block()), inBlock = rest(k, format.block());
    Value row = b.createOrFold<arith::MulIOp>(block, index(bits));
    // Words of a spread code, which are read even where there is none, may be left out at the end.
    Value last = index(cast<ShapedType>(parts[0].getType()).getDimSize(1) - 1);
    auto word = [&](Value j) {
      Value at = b.createOrFold<arith::MinUIOp>(b.createOrFold<arith::AddIOp>(row, j), last);
      return wide(linear::readInPanels(b, parts[0], at, n));
    };
    // A spread code reads word 0 as well, in vain; which of the two it is, is selected.
    Value isSpread =
        arith::CmpIOp::create(b, arith::CmpIPredicate::uge, inBlock, index(format.wholeCodes()));
    Value j = arith::SelectOp::create(b, isSpread, index(0), divide(inBlock, perWord));
    Value code = linear::unpackBits(b, word(j), rest(inBlock, perWord), bits);
    if (format.wholeCodes() < format.block()) {
      Value place = arith::SelectOp::create(
          b, isSpread,
          arith::SubIOp::create(b, inBlock, index(format.wholeCodes() - perWord * bits)), index(0));
      Value spread;
      for (int64_t j = 0; j < bits; ++j) {
        Value bit = linear::unpackBits(b, word(index(j)), place, 1);
        bit = b.createOrFold<arith::ShLIOp>(bit, integer(j));
        spread = spread ? arith::OrIOp::create(b, spread, bit).getResult() : bit;
      }
      code = arith::SelectOp::create(b, isSpread, spread, code);
    }
    Value group = divide(k, format.getSize());
    auto field = [&](unsigned part, int64_t perByte) {
      Value byte = wide(linear::readInPanels(b, parts[part], divide(group, perByte), n));
      return linear::unpackBits(b, byte, rest(group, perByte), 8 / perByte);
    };
    Value scale =
        arith::OrIOp::create(b, field(1, 2), arith::ShLIOp::create(b, field(2, 4), integer(4)));
    auto ladder = [&](int64_t i) -> Value {
      return tensor::ExtractOp::create(b, parts[3], ValueRange{index(i)});
    };
    Value number = arith::AddIOp::create(b, arith::MulIOp::create(b, scale, ladder(1)), ladder(0));
    return arith::MulFOp::create(b, levelAt(b, bits, code),
                                 arith::BitcastOp::create(b, b.getF32Type(), number));
  }

private:
  static Value levelAt(ImplicitLocOpBuilder &b, int64_t bits, Value code) {
    std::vector<float> levels = compress::levelsOf(bits);
    auto type = RankedTensorType::get({int64_t(levels.size())}, b.getF32Type());
    Value table =
        arith::ConstantOp::create(b, DenseElementsAttr::get(type, llvm::ArrayRef(levels)));
    Value at = arith::IndexCastUIOp::create(b, b.getIndexType(), code);
    return tensor::ExtractOp::create(b, table, ValueRange{at});
  }
};

struct Kernel : linear::LinearFormatKernel::ExternalModel<Kernel, linear::LevelsAttr> {
  RowOrder getRowOrder(Attribute attribute, int64_t depth, unsigned) const {
    auto format = cast<linear::LevelsAttr>(attribute);
    RowOrder order{depth, format.getSize(), format.block()};
    order.isDecodable = true;
    if (compress::areEven(format.getBits()))
      order.sumFactor = -double((1 << format.getBits()) - 1) / 2;
    return order;
  }

  SmallVector<Value> sumTile(Attribute format, TileBuilder &b, const RowOrder &order) const {
    return sumLevels(b, cast<linear::LevelsAttr>(format), order);
  }
};
} // namespace

void retort::registerLevelsFormat(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, onnx::OnnxDialect *) {
    compress::addForm(*context, std::make_unique<LevelsForm>());
  });
  registry.addExtension(+[](MLIRContext *context, linear::LinearDialect *) {
    linear::LevelsAttr::attachInterface<Lowering, Kernel>(*context);
  });
}
