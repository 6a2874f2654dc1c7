// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The nearest numbers that codes stand for: one loop nest, which fuses like other element-wise
// ones.
//
//   %y = compress.fake_quantize(%x, %s) {axis = 0, bits = 3, block_size = 32} : 64x96, 2x96
//   ==> a map over 2x32x96, in which %s is read at (d0, d2)
#include "dialects/Compress/Compress.h"
#include "dialects/Compress/Levels.h"
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Shapes.h"

using namespace mlir;
using namespace retort;
using compress::FakeQuantizeOp;

static Value clamp(Emitter &e, Value x, double low, double high) {
  x = arith::MaxNumFOp::create(e, x, e.real(low, x.getType()));
  return arith::MinNumFOp::create(e, x, e.real(high, x.getType()));
}

/// As it will be stored: the largest number where it is beyond all of them.
static Value asStored(Emitter &e, Value scale, std::optional<Type> type) {
  if (!type)
    return scale;
  double largest =
      APFloat::getLargest(cast<FloatType>(*type).getFloatSemantics()).convertToDouble();
  Value narrow = arith::TruncFOp::create(e, *type, clamp(e, scale, -largest, largest));
  return arith::ExtFOp::create(e, scale.getType(), narrow);
}

/// The nearest scale of a ladder: its bits, read as an integer, are a whole number of steps above
/// those of the first.
static Value onLadder(Emitter &e, Value scale, ArrayRef<int32_t> ladder) {
  Type i32 = IntegerType::get(scale.getContext(), 32), f32 = scale.getType();
  int32_t first = ladder[0], step = ladder[1];
  if (step == 0)
    return arith::BitcastOp::create(e, f32, e.integer(first, i32));
  Value bits = arith::BitcastOp::create(e, i32, scale), lowest = e.integer(first, i32);
  Value steps = arith::SubIOp::create(e, arith::MaxSIOp::create(e, bits, lowest), lowest);
  steps = arith::DivUIOp::create(e, steps, e.integer(step, i32));
  steps = arith::MinUIOp::create(e, steps, e.integer(compress::ScaleLadder::count - 2, i32));
  Value below =
      arith::AddIOp::create(e, arith::MulIOp::create(e, steps, e.integer(step, i32)), lowest);
  Value above = arith::AddIOp::create(e, below, e.integer(step, i32));
  below = arith::BitcastOp::create(e, f32, below);
  above = arith::BitcastOp::create(e, f32, above);
  Value isAbove =
      arith::CmpFOp::create(e, arith::CmpFPredicate::OGT, arith::SubFOp::create(e, scale, below),
                            arith::SubFOp::create(e, above, scale));
  return e.choose(isAbove, above, below);
}

/// The level nearest to v. Of evenly spaced ones by arithmetic, else by comparison with what lies
/// between two neighbours.
static Value level(Emitter &e, unsigned bits, Value v) {
  auto real = [&](double number) { return e.real(number, v.getType()); };
  if (compress::areEven(bits)) {
    double last = double((1 << bits) - 1);
    Value one = real(1);
    Value code = arith::MulFOp::create(e, arith::AddFOp::create(e, v, one), real(last / 2));
    code = clamp(e, math::RoundEvenOp::create(e, code), 0, last);
    Value place = arith::SubFOp::create(e, arith::AddFOp::create(e, code, code), real(last));
    return arith::DivFOp::create(e, place, real(last));
  }
  std::vector<float> levels = compress::levelsOf(bits), middles = compress::middlesOf(levels);
  Value result = real(levels[0]);
  for (auto [middle, above] : llvm::zip(middles, ArrayRef(levels).drop_front())) {
    Value isAbove = arith::CmpFOp::create(e, arith::CmpFPredicate::OGT, v, real(middle));
    result = e.choose(isAbove, real(above), result);
  }
  return result;
}

/// Of numbers of any width; `zero` may be null.
static Value nearest(Emitter &e, FakeQuantizeOp op, Value x, Value scale, Value zero) {
  if (std::optional<ArrayRef<int32_t>> ladder = op.getLadder()) {
    scale = onLadder(e, scale, *ladder);
    Value v = arith::DivFOp::create(e, x, scale);
    return arith::MulFOp::create(e, level(e, unsigned(op.getBits()), v), scale);
  }
  double low = double(op.lowest()), high = double(op.highest());
  x = e.widen(x);
  scale = asStored(e, e.widen(scale), op.getScaleType());
  Value code = math::RoundEvenOp::create(e, arith::DivFOp::create(e, x, scale));
  if (zero) {
    zero = clamp(e, math::RoundEvenOp::create(e, e.widen(zero)), low, high);
    code = arith::AddFOp::create(e, code, zero);
  }
  code = clamp(e, code, low, high);
  if (zero)
    code = arith::SubFOp::create(e, code, zero);
  return e.narrow(arith::MulFOp::create(e, code, scale), resultElement(op));
}

/// Scales have the input's sizes, but where they have 1, or blocks, which are checked already.
static void requireScales(Emitter &e, FakeQuantizeOp op, Value input, Value scale) {
  int64_t lead = rankOf(input) - rankOf(scale);
  for (int64_t i = 0; i < rankOf(scale); ++i)
    if (tensorType(scale).getDimSize(i) != 1 && lead + i != op.blockedAxis())
      e.require(e.equal(e.dim(scale, i), e.dim(input, lead + i)), op,
                "the scales do not fit the data");
}

/// Blocks of which the last is shorter: each element looks its scale up.
static Value lowerWithLookups(Emitter &e, FakeQuantizeOp op, Value input, Value scale, Value zero) {
  int64_t lead = rankOf(input) - rankOf(scale);
  auto at = [&](Value table, ValueRange indices) {
    SmallVector<Value> place(indices.drop_front(lead));
    for (auto [i, index] : llvm::enumerate(place)) {
      if (tensorType(table).getDimSize(i) == 1)
        index = e.index(0);
      else if (lead + int64_t(i) == op.blockedAxis())
        index = e.createOrFold<arith::DivUIOp>(index, e.index(op.getBlockSize()));
    }
    return e.extract(table, place);
  };
  return e.mapIndexed(e.dims(input), resultElement(op), Access{input, e.identity(rankOf(input))},
                      [&](ValueRange indices, ValueRange x) {
                        return nearest(e, op, x[0], at(scale, indices),
                                       zero ? at(zero, indices) : Value());
                      });
}

static Value lowerFakeQuantize(Emitter &e, FakeQuantizeOp op) {
  Value input = e.get(op.getInput()), scale = e.get(op.getScale()), zero = e.get(op.getZeroPoint());
  requireScales(e, op, input, scale);
  if (zero)
    requireScales(e, op, input, zero);
  int64_t rank = rankOf(input), blocked = op.blockedAxis(), block = op.getBlockSize();
  SmallVector<Value> sizes = e.dims(input);
  if (blocked >= 0 && tensorType(input).getDimSize(blocked) % block != 0)
    return lowerWithLookups(e, op, input, scale, zero);
  if (blocked >= 0) {
    sizes[blocked] = e.index(tensorType(input).getDimSize(blocked) / block);
    sizes.insert(sizes.begin() + blocked + 1, e.index(block));
    input = splitAxis(e, input, blocked, sizes);
  }
  int64_t loops = int64_t(sizes.size());
  // Without the axes of size 1: what is left is read at a projection of the loops.
  auto access = [&](Value table) {
    SmallVector<Value> kept;
    SmallVector<int64_t> places;
    int64_t lead = rank - rankOf(table);
    for (int64_t i = 0; i < rankOf(table); ++i) {
      if (tensorType(table).getDimSize(i) == 1)
        continue;
      kept.push_back(e.dim(table, i));
      places.push_back(lead + i + (blocked >= 0 && lead + i > blocked));
    }
    return Access{e.reshape(table, kept), e.project(loops, places)};
  };
  SmallVector<Access> reads{{input, e.identity(loops)}, access(scale)};
  if (zero)
    reads.push_back(access(zero));
  Value result = e.map(sizes, resultElement(op), reads, [&](ValueRange x) {
    return nearest(e, op, x[0], x[1], zero ? x[2] : Value());
  });
  return e.reshape(result, e.dims(e.get(op.getInput())));
}

void retort::addFakeQuantizeLowerings(Lowering &lowering) { lowering.add(lowerFakeQuantize); }
