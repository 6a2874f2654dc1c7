// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Codes of which n of each m rows in a column are kept, with a scale for each group of rows:
//   %w = compress.decode_sparse(%mask, onnx.DequantizeLinear(%codes, %scales)) {n = 2, m = 4}
//     ->   #linear.sparse_groups<n = 2, m = 4, bits = 4, size = 32>
#include "lib/Formats/RegisterFormats.h"
#include "lib/Formats/SparseGroups/SparseGroups.h"

#include "dialects/Onnx/Onnx.h"

using namespace mlir;
using namespace retort;

namespace {
/// Reads single numbers.
class NumberReader {
public:
  NumberReader(ImplicitLocOpBuilder &b, linear::SparseGroupsAttr format, ValueRange parts,
               Value column)
      : b(b), format(format), parts(parts), column(column) {}
  Value read(Value k);

private:
  Value index(int64_t i) { return arith::ConstantIndexOp::create(b, i); }
  Value add(Value a, Value other) { return b.createOrFold<arith::AddIOp>(a, other); }
  Value times(Value a, int64_t c) { return b.createOrFold<arith::MulIOp>(a, index(c)); }
  Value divide(Value a, int64_t c) { return b.createOrFold<arith::DivUIOp>(a, index(c)); }
  Value rest(Value a, int64_t c) { return b.createOrFold<arith::RemUIOp>(a, index(c)); }
  /// Code `slot` of the group, as a number with a sign.
  Value codeAt(Value group, Value slot);

  ImplicitLocOpBuilder &b;
  linear::SparseGroupsAttr format;
  ValueRange parts;
  Value column;
};
} // namespace

Value NumberReader::codeAt(Value group, Value slot) {
  int64_t bits = format.getBits();
  Value row = add(times(group, format.codeWords()), divide(slot, format.codesPerWord()));
  Value code = linear::unpackBits(b, linear::readInPanels(b, parts[0], row, column),
                                  rest(slot, format.codesPerWord()), bits);
  Value shift = arith::ConstantIntOp::create(b, 32 - bits, 32);
  return arith::ShRSIOp::create(b, arith::ShLIOp::create(b, code, shift), shift);
}

Value NumberReader::read(Value k) {
  Type i32 = b.getI32Type(), f32 = b.getF32Type();
  Value group = divide(k, format.getSize()), inGroup = rest(k, format.getSize());
  Value block = divide(inGroup, format.getM()), row = rest(inGroup, format.getM());
  Value word = add(times(group, format.placeWords()), divide(block, format.blocksPerWord()));
  Value places = linear::unpackBits(b, linear::readInPanels(b, parts[1], word, column),
                                    rest(block, format.blocksPerWord()), format.blockBits());
  Value zero = arith::ConstantIntOp::create(b, 0, 32);
  if (parts.size() == 4)
    zero = arith::ExtSIOp::create(b, i32, linear::readInPanels(b, parts[3], group, column));
  Value code = zero;
  for (int64_t i = 0; i < format.getN(); ++i) {
    Value place = linear::unpackBits(b, places, index(i), format.placeBits());
    Value isHere = arith::CmpIOp::create(
        b, arith::CmpIPredicate::eq, arith::IndexCastUIOp::create(b, b.getIndexType(), place), row);
    Value slot = add(times(block, format.getN()), index(i));
    code = arith::SelectOp::create(b, isHere, codeAt(group, slot), code);
  }
  Value centered = arith::SIToFPOp::create(b, f32, arith::SubIOp::create(b, code, zero));
  Value scale = linear::widen(b, linear::readInPanels(b, parts[2], group, column));
  return arith::MulFOp::create(b, centered, scale);
}

namespace {
struct Lowering : linear::LinearFormatLowering::ExternalModel<Lowering, linear::SparseGroupsAttr> {
  linear::TableUse getTableUse(Attribute) const { return linear::TableUse::Always; }

  Value readPacked(Attribute format, ImplicitLocOpBuilder &b, ValueRange parts, Value k,
                   Value n) const {
    return NumberReader(b, cast<linear::SparseGroupsAttr>(format), parts, n).read(k);
  }
};

struct Kernel : linear::LinearFormatKernel::ExternalModel<Kernel, linear::SparseGroupsAttr> {
  RowOrder getRowOrder(Attribute format, int64_t depth, unsigned) const {
    RowOrder order{depth, cast<linear::SparseGroupsAttr>(format).getSize(), 1};
    order.isDecodable = true;
    return order;
  }

  SmallVector<Value> sumTile(Attribute format, TileBuilder &b, const RowOrder &order) const {
    return sumSparseGroups(b, cast<linear::SparseGroupsAttr>(format), order);
  }
};
} // namespace

void retort::registerSparseGroupsFormat(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, linear::LinearDialect *) {
    linear::SparseGroupsAttr::attachInterface<Lowering, Kernel>(*context);
  });
}
