// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Dot products of four bytes (VNNI): codes of 2, 4 or 8 bits without sign, times rows in two planes
// of bytes.
//   for each chunk:  high = -zero * sum(x high), low alike
//     for each four rows of the weight:  high += dot(codes, x high), low += dot(codes, x low)
//     sums += (256 high + low) * (scale of x * scale of the weight)
#include "lib/Codegen/Steps/Planes/TwoPlanes.h"
#include "lib/Codegen/Steps/RegisterSteps.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace retort;
using Values = TileBuilder::Values;

/// A scale for fewer rows costs more than bytes save.
static constexpr int64_t leastGroup = 16;

namespace {
class DotProductInt8 : public MultiplyStep {
public:
  StringRef name() const override { return "dot-product-int8"; }
  Numerics numerics() const override { return Numerics::Accurate; }
  SmallVector<StringRef> features(TargetAttr target) const override {
    return {target.getVectorBits() == 512 ? "avx512vnni" : "avxvnni"};
  }
  std::string refusal(const StepWeight &weight) const override;

  StepOperand rows(const StepWeight &weight, MLIRContext *context) const override {
    return {IntegerType::get(context, 8), 2, planesOf(weight).placesInOrder()};
  }
  StepOperand columns(const StepWeight &weight, MLIRContext *context) const override {
    return {IntegerType::get(context, 8, IntegerType::Unsigned), 1,
            planesOf(weight).placesInOrder()};
  }
  Type accumulator(MLIRContext *context) const override { return IntegerType::get(context, 32); }
  int64_t depth() const override { return 4; }
  SmallVector<StepTile> tiles(TargetAttr target, const StepWeight &weight) const override;

  SmallVector<StepScratch> beside(const StepWeight &weight, MLIRContext *context) const override {
    return planesOf(weight).beside(context);
  }
  void packGroup(RowBuilder &b, const StepWeight &weight) const override {
    planesOf(weight).packGroup(b);
  }
  Values sumTile(TileBuilder &b, const StepWeight &weight, bool isPortable) const override;

private:
  static TwoPlanes planesOf(const StepWeight &weight) {
    return TwoPlanes(*weight.codes(), weight.depth);
  }
};

/// Builds the sums of one tile.
class CodeTile {
public:
  CodeTile(TileBuilder &b, const StepWeight &weight, bool isPortable)
      : b(b), codes(*weight.codes()), planes(codes, weight.depth), isPortable(isPortable) {}
  Values addGroup(Value group, ValueRange sums);

private:
  Values startChunk(Value chunkOfAll, ValueRange zeros);
  Values bytesOf(ValueRange words, int64_t quad);
  Value dot(Value sum, Value bytes, Value four);
  Values addWord(Value word, ValueRange before);
  Values addChunk(Value group, Value chunk, ValueRange zeros, ValueRange scales, ValueRange sums);

  TileBuilder &b;
  CodeParts codes;
  TwoPlanes planes;
  bool isPortable;
};
} // namespace

std::string DotProductInt8::refusal(const StepWeight &weight) const {
  auto codes = weight.codes();
  if (!codes)
    return "the weight is not made of codes";
  int64_t size = std::min(codes->size, weight.depth);
  if (size < leastGroup)
    return llvm::formatv("expects a scale for at least {0} rows (found {1})", leastGroup, size);
  return "";
}

/// Two vectors of columns, each with two integer sums and one of f32; as many rows, up to four, as
/// leave registers for bytes of both operands.
SmallVector<StepTile> DotProductInt8::tiles(TargetAttr target, const StepWeight &weight) const {
  CodeParts codes = *weight.codes();
  TwoPlanes planes(codes, weight.depth);
  double decode = codes.bits == 8 ? 1 : 1 + 3 * 8 / double(codes.bits) / 2, scaling = 6;
  auto tile = [&](int64_t fromRows, int64_t rows) {
    TileShape shape{rows, 2, target.lanes()};
    int64_t live = (3 * shape.rows + 1) * shape.vectors + 1;
    double cost = 2.0 / depth() + decode / double(codes.perWord() * shape.rows) +
                  scaling / double(planes.rowsOfChunk());
    return StepTile{fromRows, shape, live, cost};
  };
  StepTile four = tile(3, 4);
  return {tile(1, 1), four.registers <= target.getVectorRegisters() ? four : tile(2, 2)};
}

Values DotProductInt8::sumTile(TileBuilder &b, const StepWeight &weight, bool isPortable) const {
  CodeTile tile(b, weight, isPortable);
  int64_t groups = weight.codes()->order(weight.depth).groups();
  return b.loop(b.index(groups), b.zeros(),
                [&](Value group, ValueRange sums) { return tile.addGroup(group, sums); });
}

Values CodeTile::addGroup(Value group, ValueRange sums) {
  Values scales = b.load(b.weight[codes.scales], group), zeros;
  if (codes.zeros)
    for (Value zero : b.load(b.weight[*codes.zeros], group))
      zeros.push_back(arith::ExtUIOp::create(b, b.vectorOf(b.getI32Type()), zero));
  if (planes.chunksPerGroup() == 1)
    return addChunk(group, b.index(0), zeros, scales, sums);
  return b.loop(b.index(planes.chunksPerGroup()), sums, [&](Value chunk, ValueRange before) {
    return addChunk(group, chunk, zeros, scales, before);
  });
}

/// High and low of each row and vector: what zero points take away.
Values CodeTile::startChunk(Value chunkOfAll, ValueRange zeros) {
  Values start;
  for (int64_t r = 0; r < b.shape.rows; ++r)
    for (int64_t plane = 0; plane < 2; ++plane) {
      Value at = b.add(b.multiply(chunkOfAll, 2), b.index(plane));
      Value sum =
          memref::LoadOp::create(b, b.scratch[TwoPlanes::sums], ValueRange{b.tile, b.index(r), at});
      sum = b.broadcast(sum);
      for (int64_t v = 0; v < b.shape.vectors; ++v)
        start.push_back(zeros.empty() ? sum : arith::MulIOp::create(b, sum, zeros[v]).getResult());
    }
  return start;
}

/// The codes of four places of each column, a byte each.
Values CodeTile::bytesOf(ValueRange words, int64_t quad) {
  auto constant = [&](uint64_t value) {
    return b.splat(b.getIntegerAttr(b.getI32Type(), APInt(32, value)));
  };
  Values bytes(words);
  for (Value &word : bytes) {
    if (quad)
      word = arith::ShRUIOp::create(b, word, constant(quad * codes.bits));
    if (codes.bits < 8)
      word = arith::AndIOp::create(b, word, constant(((1 << codes.bits) - 1) * 0x01010101u));
  }
  return bytes;
}

/// Four bytes of i32 that have a sign, or have none.
static Value byteOf(VectorBuilder &b, Value four, int64_t i, bool isSigned) {
  auto constant = [&](int64_t value) { return b.splat(b.getI32IntegerAttr(int32_t(value))); };
  Value top = i == 3 ? four : arith::ShLIOp::create(b, four, constant(24 - 8 * i)).getResult();
  return isSigned ? arith::ShRSIOp::create(b, top, constant(24)).getResult()
                  : arith::ShRUIOp::create(b, top, constant(24)).getResult();
}

/// sum + the products of the four bytes in each lane of codes with four of a row.
Value CodeTile::dot(Value sum, Value bytes, Value four) {
  if (isPortable) {
    for (int64_t i = 0; i < 4; ++i)
      sum = arith::AddIOp::create(
          b, sum, arith::MulIOp::create(b, byteOf(b, bytes, i, false), byteOf(b, four, i, true)));
    return sum;
  }
  auto type = VectorType::get(4 * b.shape.lanes, b.getI8Type());
  std::string name = llvm::formatv("llvm.x86.avx512.vpdpbusd.{0}", 32 * b.shape.lanes);
  return LLVM::CallIntrinsicOp::create(b, sum.getType(), b.getStringAttr(name),
                                       ValueRange{sum, vector::BitCastOp::create(b, type, bytes),
                                                  vector::BitCastOp::create(b, type, four)})
      .getResult(0);
}

Values CodeTile::addWord(Value word, ValueRange before) {
  Values words = b.load(b.weight[codes.words], word), next(before);
  for (int64_t quad = 0; quad < 8 / codes.bits; ++quad) {
    Values bytes = bytesOf(words, quad);
    for (int64_t r = 0; r < b.shape.rows; ++r)
      for (int64_t plane = 0; plane < 2; ++plane) {
        Value four = b.broadcast(planes.load(b, r, word, plane, quad));
        for (int64_t v = 0; v < b.shape.vectors; ++v) {
          Value &sum = next[(2 * r + plane) * b.shape.vectors + v];
          sum = dot(sum, bytes[v], four);
        }
      }
  }
  return next;
}

Values CodeTile::addChunk(Value group, Value chunk, ValueRange zeros, ValueRange scales,
                          ValueRange sums) {
  Value chunkOfAll = planes.chunkOfAll(b, group, chunk), first = planes.firstWord(b, group, chunk);
  Values whole =
      b.loop(planes.countWords(b, chunk), startChunk(chunkOfAll, zeros),
             [&](Value w, ValueRange before) { return addWord(b.add(first, w), before); });
  Values result;
  Value eight = b.splat(b.getI32IntegerAttr(8));
  for (int64_t r = 0; r < b.shape.rows; ++r) {
    Value scale = memref::LoadOp::create(b, b.scratch[TwoPlanes::scales],
                                         ValueRange{b.tile, b.index(r), chunkOfAll});
    scale = b.broadcast(scale);
    for (int64_t v = 0; v < b.shape.vectors; ++v) {
      Value high = whole[2 * r * b.shape.vectors + v],
            low = whole[(2 * r + 1) * b.shape.vectors + v];
      Value sum = arith::AddIOp::create(b, arith::ShLIOp::create(b, high, eight), low);
      sum = arith::SIToFPOp::create(b, b.vectorOf(b.getF32Type()), sum);
      Value both = arith::MulFOp::create(b, scale, scales[v]);
      result.push_back(b.multiplyAdd(sum, both, sums[r * b.shape.vectors + v]));
    }
  }
  return result;
}

std::unique_ptr<MultiplyStep> retort::makeDotProductInt8Step() {
  return std::make_unique<DotProductInt8>();
}
