// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What packed weights are made of, and what their parts mean: the formats of this dialect, and what
// all formats share.
#include "dialects/Compress/Levels.h"
#include "dialects/Linear/Linear.h"
#include "dialects/Linear/PanelColumn.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace retort;
using linear::WeightPart;

#include "dialects/Linear/LinearFormat.cpp.inc"

/// On the sum that columnInPanel makes.
static constexpr StringLiteral inPanelMark = "in_panel";

bool linear::isReal(Type type) { return type.isF32() || type.isF16() || type.isBF16(); }

static constexpr StringLiteral realTypes = "f32, f16 or bf16";

WeightPart WeightPart::panels(StringRef name, int64_t rows, int64_t columns,
                              std::function<bool(Type)> holds, StringRef elements) {
  return {name, {panelsFor(columns), rows, panelWidth}, std::move(holds), elements};
}

LogicalResult linear::verifyParts(function_ref<InFlightDiagnostic()> emitError,
                                  ArrayRef<WeightPart> expected, TypeRange parts) {
  size_t required = llvm::count_if(expected, [](auto &part) { return !part.isOptional; });
  if (parts.size() < required || parts.size() > expected.size())
    return emitError() << "expects " << required << " parts of the weight, found " << parts.size();
  for (auto [type, part] : llvm::zip(parts, expected)) {
    auto shaped = cast<ShapedType>(type);
    if (part.holds(shaped.getElementType()) && shaped.getShape() == ArrayRef(part.shape))
      continue;
    InFlightDiagnostic diagnostic = emitError() << "expects '" << part.name << "' of shape ";
    llvm::interleave(
        part.shape, [&](int64_t size) { diagnostic << size; }, [&] { diagnostic << "x"; });
    return diagnostic << " and " << part.elements << ", found " << type;
  }
  return success();
}

int64_t linear::bytesOf(ArrayRef<WeightPart> parts, FloatType numbers) {
  int64_t bytes = 0;
  for (const WeightPart &part : parts) {
    int64_t width = 8;
    if (part.holds(numbers))
      width = numbers.getWidth();
    else
      while (width < 64 && !part.holds(IntegerType::get(numbers.getContext(), width)))
        width *= 2;
    bytes += llvm::product_of(part.shape) * width / 8;
  }
  return bytes;
}

int64_t linear::placeInPanels(const onnx::ConstantView &part, int64_t row, int64_t n) {
  int64_t rows = part.type().getDimSize(1);
  return (n / panelWidth * rows + row) * panelWidth + n % panelWidth;
}

/// Panel and lane of a column that columnInPanel made.
static std::optional<std::pair<Value, Value>> takenApart(Value n) {
  auto sum = n.getDefiningOp<arith::AddIOp>();
  if (!sum || !sum->hasAttr(inPanelMark))
    return std::nullopt;
  return std::pair(sum.getLhs().getDefiningOp<arith::MulIOp>().getLhs(), sum.getRhs());
}

Value linear::columnInPanel(ImplicitLocOpBuilder &b, Value panel, Value lane) {
  Value first = arith::MulIOp::create(b, panel, arith::ConstantIndexOp::create(b, panelWidth));
  auto column = arith::AddIOp::create(b, first, lane);
  column->setAttr(inPanelMark, b.getUnitAttr());
  return column;
}

Value linear::readInPanels(ImplicitLocOpBuilder &b, Value part, Value row, Value n) {
  if (auto place = takenApart(n))
    return tensor::ExtractOp::create(b, part, ValueRange{place->first, row, place->second});
  Value width = arith::ConstantIndexOp::create(b, panelWidth);
  Value panel = b.createOrFold<arith::DivUIOp>(n, width),
        lane = b.createOrFold<arith::RemUIOp>(n, width);
  return tensor::ExtractOp::create(b, part, ValueRange{panel, row, lane});
}

Value linear::unpackBits(ImplicitLocOpBuilder &b, Value word, Value i, int64_t width) {
  Type type = word.getType();
  auto number = [&](int64_t bits) -> Value {
    return arith::ConstantOp::create(b, b.getIntegerAttr(type, bits));
  };
  Value place = b.createOrFold<arith::IndexCastOp>(type, i);
  Value shift = b.createOrFold<arith::MulIOp>(place, number(width));
  Value low = b.createOrFold<arith::ShRUIOp>(word, shift);
  return b.createOrFold<arith::AndIOp>(low, number((int64_t(1) << width) - 1));
}

Value linear::widen(ImplicitLocOpBuilder &b, Value number) {
  return number.getType().isF32() ? number
                                  : arith::ExtFOp::create(b, b.getF32Type(), number).getResult();
}

SmallVector<WeightPart> linear::DenseAttr::getParts(int64_t depth, int64_t columns) const {
  return {WeightPart::panels("values", depth, columns, isReal, realTypes)};
}

double linear::DenseAttr::read(ArrayRef<onnx::ConstantView> parts, int64_t k, int64_t n) const {
  return parts[0].floatAt(placeInPanels(parts[0], k, n));
}

SmallVector<WeightPart> linear::GroupsAttr::getParts(int64_t depth, int64_t columns) const {
  int64_t count = groups(depth);
  auto is = [](unsigned width) { return [width](Type type) { return type.isInteger(width); }; };
  SmallVector<WeightPart> parts{
      WeightPart::panels("codes", count * wordsPerGroup(), columns, is(32), "i32"),
      WeightPart::panels("scales", count, columns, isReal, realTypes),
      WeightPart::panels("zeros", count, columns, is(8), "i8")};
  if (getFloatZeros())
    parts.back() = WeightPart::panels("zeros", count, columns, isReal, realTypes);
  parts.back().isOptional = !getFloatZeros();
  return parts;
}

double linear::GroupsAttr::read(ArrayRef<onnx::ConstantView> parts, int64_t k, int64_t n) const {
  int64_t group = k / getSize(), inGroup = k % getSize();
  int64_t word = group * wordsPerGroup() + inGroup / codesPerWord();
  uint64_t codes = parts[0].bitsAt(placeInPanels(parts[0], word, n));
  int64_t code = codes >> (inGroup % codesPerWord() * getBits()) & ((1 << getBits()) - 1);
  double zero = double(middle());
  if (parts.size() == 3 && getFloatZeros())
    zero = parts[2].floatAt(placeInPanels(parts[2], group, n));
  else if (parts.size() == 3)
    zero = double(parts[2].bitsAt(placeInPanels(parts[2], group, n)));
  return (double(code) - zero) * parts[1].floatAt(placeInPanels(parts[1], group, n));
}

SmallVector<WeightPart> linear::LevelsAttr::getParts(int64_t depth, int64_t columns) const {
  int64_t count = groups(depth);
  auto is = [](unsigned width) { return [width](Type type) { return type.isInteger(width); }; };
  return {WeightPart::panels("codes", wordRows(depth), columns, is(block()),
                             "integers as wide as a block has rows"),
          WeightPart::panels("low", (count + 1) / 2, columns, is(8), "i8"),
          WeightPart::panels("high", (count + 3) / 4, columns, is(8), "i8"),
          WeightPart{"ladder", {2}, is(32), "i32"}};
}

double linear::LevelsAttr::read(ArrayRef<onnx::ConstantView> parts, int64_t k, int64_t n) const {
  auto bitsOf = [&](int part, int64_t row) {
    return parts[part].bitsAt(placeInPanels(parts[part], row, n));
  };
  int64_t inBlock = k % block(), row = k / block() * getBits();
  uint64_t code = 0, mask = (1 << getBits()) - 1;
  if (inBlock < wholeCodes())
    code =
        bitsOf(0, row + inBlock / codesPerWord()) >> (inBlock % codesPerWord() * getBits()) & mask;
  else
    for (int64_t j = 0; j < getBits(); ++j)
      code |= (bitsOf(0, row + j) >> (codesPerWord() * getBits() + inBlock - wholeCodes()) & 1)
              << j;
  int64_t group = k / getSize();
  uint64_t scale = bitsOf(1, group / 2) >> (group % 2 * 4) & 15;
  scale |= (bitsOf(2, group / 4) >> (group % 4 * 2) & 3) << 4;
  compress::ScaleLadder ladder{int32_t(parts[3].intAt(0)), int32_t(parts[3].intAt(1))};
  return double(compress::levelsOf(getBits())[code]) * ladder.at(scale);
}

SmallVector<WeightPart> linear::SparseAttr::getParts(int64_t depth, int64_t columns) const {
  unsigned bits = wordBits();
  return {WeightPart::panels("values", blocks(depth) * getN(), columns, isReal, realTypes),
          WeightPart::panels(
              "places", blocks(depth), columns, [bits](Type type) { return type.isInteger(bits); },
              "integers that hold them")};
}

double linear::SparseAttr::read(ArrayRef<onnx::ConstantView> parts, int64_t k, int64_t n) const {
  int64_t block = k / getM();
  uint64_t places = parts[1].bitsAt(placeInPanels(parts[1], block, n));
  double number = 0; // the last that stands there: those that a block lacks come first
  for (int64_t i = 0; i < getN(); ++i)
    if (int64_t(places >> (i * placeBits()) & (getM() - 1)) == k % getM())
      number = parts[0].floatAt(placeInPanels(parts[0], block * getN() + i, n));
  return number;
}

SmallVector<WeightPart> linear::SparseGroupsAttr::getParts(int64_t depth, int64_t columns) const {
  int64_t count = groups(depth);
  auto is = [](unsigned width) { return [width](Type type) { return type.isInteger(width); }; };
  SmallVector<WeightPart> parts{
      WeightPart::panels("codes", count * codeWords(), columns, is(32), "i32"),
      WeightPart::panels("places", count * placeWords(), columns, is(32), "i32"),
      WeightPart::panels("scales", count, columns, isReal, realTypes),
      WeightPart::panels("zeros", count, columns, is(8), "i8")};
  parts.back().isOptional = true;
  return parts;
}

double linear::SparseGroupsAttr::read(ArrayRef<onnx::ConstantView> parts, int64_t k,
                                      int64_t n) const {
  auto bitsOf = [&](int part, int64_t row) {
    return parts[part].bitsAt(placeInPanels(parts[part], row, n));
  };
  int64_t group = k / getSize(), block = k % getSize() / getM();
  uint64_t places = bitsOf(1, group * placeWords() + block / blocksPerWord()) >>
                    (block % blocksPerWord() * blockBits());
  int64_t zero = parts.size() == 4 ? int8_t(bitsOf(3, group)) : 0;
  double number = 0; // the last that stands there: those that a block lacks come first
  for (int64_t i = 0; i < getN(); ++i) {
    if (int64_t(places >> (i * placeBits()) & (getM() - 1)) != k % getM())
      continue;
    int64_t slot = block * getN() + i;
    uint64_t word = bitsOf(0, group * codeWords() + slot / codesPerWord());
    int64_t code =
        llvm::SignExtend64(word >> (slot % codesPerWord() * getBits()), unsigned(getBits()));
    number = double(code - zero) * parts[2].floatAt(placeInPanels(parts[2], group, n));
  }
  return number;
}
