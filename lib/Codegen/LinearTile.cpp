// The sums of a tile, by the format of the weight.
#include "lib/Codegen/LinearTile.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace retort;
using Values = TileBuilder::Values;

Value TileBuilder::splat(TypedAttr value) {
  return arith::ConstantOp::create(*this, DenseElementsAttr::get(vectorOf(value.getType()), value));
}

Value TileBuilder::broadcast(Value scalar) {
  return vector::BroadcastOp::create(*this, vectorOf(scalar.getType()), scalar);
}

Value TileBuilder::multiplyAdd(Value a, Value b, Value c) {
  auto fuse = arith::FastMathFlags::contract;
  return arith::AddFOp::create(*this, arith::MulFOp::create(*this, a, b, fuse), c, fuse);
}

Values TileBuilder::loop(Value count, ValueRange start,
                         function_ref<Values(Value, ValueRange)> body) {
  auto loop = scf::ForOp::create(*this, index(0), count, index(1), start);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(loop.getBody());
  Values next = body(loop.getInductionVar(), loop.getRegionIterArgs());
  if (!start.empty())
    scf::YieldOp::create(*this, next);
  return Values(loop.getResults());
}

Values TileBuilder::load(Value part, Value row) {
  Type element = cast<MemRefType>(part.getType()).getElementType();
  Values result;
  for (int64_t v = 0; v < shape.vectors; ++v) {
    Value at = add(column, index(v * shape.lanes));
    Value value =
        vector::LoadOp::create(*this, vectorOf(element), part, ValueRange{panel, row, at});
    if (isa<FloatType>(element) && !element.isF32())
      value = arith::ExtFOp::create(*this, vectorOf(getF32Type()), value);
    result.push_back(value);
  }
  return result;
}

Values TileBuilder::accumulate(ValueRange sums, Value position,
                               function_ref<Value(int64_t)> columns) {
  Values result, known(shape.vectors);
  for (int64_t r = 0; r < shape.rows; ++r) {
    Value x = memref::LoadOp::create(*this, packed, ValueRange{tile, index(r), position});
    x = broadcast(x);
    for (int64_t v = 0; v < shape.vectors; ++v) {
      if (!known[v])
        known[v] = columns(v);
      result.push_back(multiplyAdd(x, known[v], sums[r * shape.vectors + v]));
    }
  }
  return result;
}

Values TileBuilder::accumulate(ValueRange sums, Value position, ValueRange columns) {
  return accumulate(sums, position, [&](int64_t v) { return columns[v]; });
}

Values TileBuilder::zeros() {
  return Values(shape.rows * shape.vectors, splat(getF32FloatAttr(0)));
}

static Values sumDense(TileBuilder &b, const RowOrder &order) {
  if (!b.firstRow)
    return b.loop(b.index(order.depth), b.zeros(), [&](Value k, ValueRange sums) {
      return b.accumulate(sums, k, b.load(b.weight[0], k));
    });
  return b.loop(b.rowCount, b.start, [&](Value i, ValueRange sums) {
    Value k = b.add(b.firstRow, i);
    return b.accumulate(sums, k, b.load(b.weight[0], k));
  });
}

/// Place `i` of a word, as f32: times 2^(bits i) but at the last place, which is shifted down
/// because its top bit is the sign.
static Value decodePlace(TileBuilder &b, Value word, int64_t i, int64_t bits) {
  int64_t last = 32 / bits - 1;
  auto constant = [&](uint64_t value) {
    return b.splat(b.getIntegerAttr(b.getI32Type(), APInt(32, value)));
  };
  Value code = i == last
                   ? arith::ShRUIOp::create(b, word, constant(32 - bits)).getResult()
                   : arith::AndIOp::create(b, word, constant(((1ull << bits) - 1) << (bits * i)));
  return arith::SIToFPOp::create(b, b.vectorOf(b.getF32Type()), code);
}

/// What the sums of a group start with: minus the zero point times the sum of the group's rows.
static Values startGroup(TileBuilder &b, Value group) {
  Values zeros;
  if (b.weight.size() == 3)
    for (Value zero : b.load(b.weight[2], group)) {
      zero = arith::ExtUIOp::create(b, b.vectorOf(b.getI32Type()), zero);
      zeros.push_back(arith::SIToFPOp::create(b, b.vectorOf(b.getF32Type()), zero));
    }
  Values start;
  for (int64_t r = 0; r < b.shape.rows; ++r) {
    Value sum = memref::LoadOp::create(b, b.groupSums, ValueRange{b.tile, b.index(r), group});
    sum = b.broadcast(sum);
    for (int64_t v = 0; v < b.shape.vectors; ++v)
      start.push_back(zeros.empty() ? sum : arith::MulFOp::create(b, sum, zeros[v]).getResult());
  }
  return start;
}

/// The sums of one group: of codes times rows. A multiply-add waits for the one before it, and one
/// row has few sums, so it gets two of each: of the places in a word with even and with odd
/// numbers.
static Values sumGroup(TileBuilder &b, linear::GroupsAttr format, const RowOrder &order,
                       Value group) {
  int64_t words = order.wordsPerGroup(), places = order.perWord,
          count = b.shape.rows * b.shape.vectors, sets = b.shape.rows == 1 ? 2 : 1;
  Values start = startGroup(b, group);
  if (sets == 2)
    llvm::append_range(start, b.zeros());
  Value first = b.multiply(group, words);
  Values sums = b.loop(b.index(words), start, [&](Value w, ValueRange before) {
    Value word = b.add(first, w), position = b.multiply(word, places);
    Values codes = b.load(b.weight[0], word), next(before);
    for (int64_t i = 0; i < places; ++i) {
      auto set = MutableArrayRef<Value>(next).slice(i % sets * count, count);
      llvm::copy(
          b.accumulate(set, b.add(position, b.index(i)),
                       [&](int64_t v) { return decodePlace(b, codes[v], i, format.getBits()); }),
          set.begin());
    }
    return next;
  });
  for (int64_t i = 0; sets == 2 && i < count; ++i)
    sums[i] = arith::AddFOp::create(b, sums[i], sums[count + i]);
  sums.resize(count);
  return sums;
}

/// The sums of all groups, each times its scales.
static Values sumGroups(TileBuilder &b, linear::GroupsAttr format, const RowOrder &order) {
  return b.loop(b.index(order.groups()), b.zeros(), [&](Value group, ValueRange whole) {
    Values part = sumGroup(b, format, order, group), scales = b.load(b.weight[1], group), result;
    for (auto [i, sum] : llvm::enumerate(part))
      result.push_back(b.multiplyAdd(scales[i % b.shape.vectors], sum, whole[i]));
    return result;
  });
}

RowOrder retort::rowOrderOf(linear::ProductOp product) {
  int64_t depth = product.depth();
  return TypeSwitch<Attribute, RowOrder>(product.getFormat())
      .Case([&](linear::GroupsAttr format) {
        RowOrder order{depth, format.getSize(), format.codesPerWord(), format.getBits()};
        bool hasZeros = product.getWeight().size() == 3;
        order.sumFactor = hasZeros ? -1 : -double(1 << (format.getBits() - 1));
        return order;
      })
      .Case([&](linear::SparseAttr format) { return RowOrder{depth, format.getM(), 1}; })
      .Default([&](Attribute) { return RowOrder{depth, depth, 1}; });
}

Values retort::sumTile(TileBuilder &b, Attribute format, const RowOrder &order) {
  return TypeSwitch<Attribute, Values>(format)
      .Case([&](linear::GroupsAttr groups) { return sumGroups(b, groups, order); })
      .Case([&](linear::SparseAttr sparse) { return sumSparse(b, sparse, order); })
      .Default([&](Attribute) { return sumDense(b, order); });
}
