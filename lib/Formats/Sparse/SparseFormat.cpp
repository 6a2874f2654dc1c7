// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A matrix of which n of each m rows in a column are kept:
//   %w = compress.decode_sparse(%mask, %values) {n = 2, m = 4}   ->   #linear.sparse<n = 2, m = 4>
#include "lib/Formats/RegisterFormats.h"
#include "lib/Formats/Sparse/Sparse.h"

#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;

namespace {
class SparseForm : public compress::WeightForm {
public:
  StringRef name() const override { return "sparse"; }

  std::shared_ptr<const compress::WeightReader> recognize(Value value) const override {
    auto op = value.getDefiningOp<compress::DecodeSparseOp>();
    return op ? SparseWeight::of(op) : nullptr;
  }

  bool keeps(Operation *op) const override { return isa<compress::DecodeSparseOp>(op); }

  bool writeOnnx(Operation *op, StringRef) const override {
    auto decode = dyn_cast<compress::DecodeSparseOp>(op);
    return decode && fillUp(decode);
  }
};

struct Lowering : linear::LinearFormatLowering::ExternalModel<Lowering, linear::SparseAttr> {
  linear::TableUse getTableUse(Attribute) const { return linear::TableUse::Never; }

  /// The last of a block that stands in the row.
  Value readPacked(Attribute attribute, ImplicitLocOpBuilder &b, ValueRange parts, Value k,
                   Value n) const {
    auto format = cast<linear::SparseAttr>(attribute);
    auto index = [&](int64_t i) -> Value { return arith::ConstantIndexOp::create(b, i); };
    Value block = arith::DivUIOp::create(b, k, index(format.getM())),
          row = arith::RemUIOp::create(b, k, index(format.getM()));
    Value places = linear::readInPanels(b, parts[1], block, n);
    Value first = arith::MulIOp::create(b, block, index(format.getN()));
    Value number = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
    for (int64_t i = 0; i < format.getN(); ++i) {
      Value place = linear::unpackBits(b, places, index(i), format.placeBits());
      Value isHere =
          arith::CmpIOp::create(b, arith::CmpIPredicate::eq,
                                arith::IndexCastUIOp::create(b, b.getIndexType(), place), row);
      Value at = arith::AddIOp::create(b, first, index(i));
      Value value = linear::widen(b, linear::readInPanels(b, parts[0], at, n));
      number = arith::SelectOp::create(b, isHere, value, number);
    }
    return number;
  }
};

struct Kernel : linear::LinearFormatKernel::ExternalModel<Kernel, linear::SparseAttr> {
  RowOrder getRowOrder(Attribute format, int64_t depth, unsigned) const {
    RowOrder order{depth, cast<linear::SparseAttr>(format).getM(), 1};
    order.isDecodable = true;
    return order;
  }

  SmallVector<Value> sumTile(Attribute format, TileBuilder &b, const RowOrder &order) const {
    return sumSparse(b, cast<linear::SparseAttr>(format), order);
  }
};
} // namespace

void retort::registerSparseFormat(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, onnx::OnnxDialect *) {
    compress::addForm(*context, std::make_unique<SparseForm>());
  });
  registry.addExtension(+[](MLIRContext *context, linear::LinearDialect *) {
    linear::SparseAttr::attachInterface<Lowering, Kernel>(*context);
  });
}
