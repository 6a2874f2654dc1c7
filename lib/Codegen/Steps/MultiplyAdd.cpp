// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Multiply-adds of f32: any format, decoded row by row to vectors, on any target.
//   sums[r][v] += broadcast(x[r][k]) * w[k][v]
#include "lib/Codegen/Steps/RegisterSteps.h"

#include <cmath>

using namespace mlir;
using namespace retort;

namespace {
class MultiplyAdd : public MultiplyStep {
public:
  StringRef name() const override { return "multiply-add"; }
  Numerics numerics() const override { return Numerics::Exact; }
  std::string refusal(const StepWeight &) const override { return ""; }

  StepOperand rows(const StepWeight &weight, MLIRContext *context) const override;
  StepOperand columns(const StepWeight &, MLIRContext *context) const override {
    return {Float32Type::get(context)};
  }
  Type accumulator(MLIRContext *context) const override { return Float32Type::get(context); }
  int64_t depth() const override { return 1; }
  SmallVector<StepTile> tiles(TargetAttr target, const StepWeight &weight) const override;
  bool takesBlocks(const StepWeight &weight) const override { return weight.format.isPlain(); }

  SmallVector<StepScratch> beside(const StepWeight &weight, MLIRContext *context) const override;
  void packGroup(RowBuilder &b, const StepWeight &weight) const override;
  VectorBuilder::Values sumTile(TileBuilder &b, const StepWeight &weight, bool) const override;
};
} // namespace

StepOperand MultiplyAdd::rows(const StepWeight &weight, MLIRContext *context) const {
  int64_t perWord = weight.format ? weight.order().perWord : 1;
  return {Float32Type::get(context), 1, llvm::to_vector(llvm::seq<int64_t>(0, perWord))};
}

/// For one row a whole panel where its sums leave room for what is decoded: the panel is streamed
/// once. For many, two vectors of columns, and as many rows as leave registers for a row of both
/// operands and what is decoded; they are worth what rows missing in the last tile cost from four
/// rows on.
SmallVector<StepTile> MultiplyAdd::tiles(TargetAttr target, const StepWeight &weight) const {
  int64_t lanes = target.lanes(), registers = target.getVectorRegisters();
  double decode = weight.codes() ? 2 : 1;
  TileShape one{1, std::min(linear::panelWidth / lanes, registers / 4), lanes},
      many{registers >= 32 ? 12 : 6, 2, lanes};
  auto tile = [&](int64_t fromRows, TileShape shape) {
    int64_t live = (shape.rows + 1) * shape.vectors + 1;
    return StepTile{fromRows, shape, live, 1 + decode / double(shape.rows)};
  };
  return {tile(1, one), tile(4, many)};
}

SmallVector<StepScratch> MultiplyAdd::beside(const StepWeight &weight, MLIRContext *context) const {
  RowOrder order = weight.order();
  if (!order.sumFactor)
    return {};
  return {{Float32Type::get(context), order.groups()}};
}

/// The numbers of a word, scaled down where its codes are too large; returns their sum added to
/// `sum`, where there is one.
static Value packWord(RowBuilder &b, Value word, Value sum) {
  const RowOrder &order = b.order;
  Value wordOfAll = b.wordOfAll(word);
  for (int64_t place = 0; place < order.perWord; ++place) {
    Value element = b.read(word, place);
    if (sum)
      sum = arith::AddFOp::create(b, sum, element, arith::FastMathFlags::reassoc);
    if (order.bitsPerCode && place > 0 && place + 1 < order.perWord) {
      double scale = std::ldexp(1.0, -int(order.bitsPerCode * place));
      element =
          arith::MulFOp::create(b, element, arith::ConstantOp::create(b, b.getF32FloatAttr(scale)));
    }
    b.store(element, 0, b.add(b.multiply(wordOfAll, order.perWord), b.index(place)));
  }
  return sum;
}

void MultiplyAdd::packGroup(RowBuilder &b, const StepWeight &) const {
  Value words = b.index(b.order.wordsPerGroup());
  if (!b.order.sumFactor)
    return b.loop(words, [&](Value word) { packWord(b, word, {}); });
  Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
  Value sum = b.loop(words, zero, [&](Value word, ValueRange sum) {
                 return RowBuilder::Values{packWord(b, word, sum.front())};
               }).front();
  Value factor = arith::ConstantOp::create(b, b.getF32FloatAttr(b.order.sumFactor));
  b.store(arith::MulFOp::create(b, sum, factor), 1, b.group);
}

VectorBuilder::Values MultiplyAdd::sumTile(TileBuilder &b, const StepWeight &weight, bool) const {
  RowOrder order = weight.order();
  b.packed = b.scratch[0];
  if (order.sumFactor)
    b.groupSums = b.scratch[1];
  return weight.format.sumTile(b, order);
}

std::unique_ptr<MultiplyStep> retort::makeMultiplyAddStep() {
  return std::make_unique<MultiplyAdd>();
}
