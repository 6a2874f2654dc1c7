// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tile instructions, and what they mean.
#include "lib/Codegen/Steps/Tiles/TileUnit.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace retort;

/// 32-bit words of a row.
static constexpr int64_t rowWords = TileUnit::rowBytes / 4;

MemRefType TileUnit::memoryType(bool isPortable, MLIRContext *context) {
  if (isPortable)
    return MemRefType::get({registers, rows, rowWords}, IntegerType::get(context, 32));
  return MemRefType::get({64}, IntegerType::get(context, 8));
}

MemRefType TileUnit::tilesOf(ArrayRef<int64_t> outer, Type element) {
  SmallVector<int64_t> shape(outer);
  shape.append({rows, rowBytes * 8 / element.getIntOrFloatBitWidth()});
  return MemRefType::get(shape, element);
}

Value TileUnit::number(int64_t tile) {
  return LLVM::ConstantOp::create(b, b.getI8Type(), b.getI8IntegerAttr(tile));
}

void TileUnit::call(StringRef intrinsic, ValueRange operands) {
  LLVM::CallIntrinsicOp::create(b, b.getStringAttr(intrinsic), operands);
}

/// Of an element of a buffer that is contiguous, and known but for its outermost size.
Value TileUnit::addressOf(Value buffer, ValueRange at) {
  auto type = cast<MemRefType>(buffer.getType());
  Value offset = b.index(0);
  for (auto [axis, place] : llvm::enumerate(at)) {
    int64_t stride = type.getElementTypeBitWidth() / 8;
    for (int64_t inner : type.getShape().drop_front(axis + 1))
      stride *= inner;
    offset = b.add(offset, b.multiply(place, stride));
  }
  Value base = memref::ExtractAlignedPointerAsIndexOp::create(b, buffer);
  Value address = arith::IndexCastOp::create(b, b.getI64Type(), b.add(base, offset));
  return LLVM::IntToPtrOp::create(b, LLVM::LLVMPointerType::get(b.getContext()), address);
}

/// Palette 1; bytes of each register's rows stand at 16, two each, their numbers at 48.
void TileUnit::configure() {
  if (b.isPortable)
    return;
  SmallVector<int8_t> bytes(64, 0);
  bytes[0] = 1;
  for (int64_t tile = 0; tile < registers; ++tile) {
    bytes[16 + 2 * tile] = rowBytes;
    bytes[48 + tile] = rows;
  }
  auto type = VectorType::get(64, b.getI8Type());
  Value whole = arith::ConstantOp::create(b, DenseElementsAttr::get(type, ArrayRef<int8_t>(bytes)));
  vector::StoreOp::create(b, whole, b.unit, ValueRange{b.index(0)});
  call("llvm.x86.ldtilecfg", addressOf(b.unit, {}));
}

void TileUnit::release() {
  if (!b.isPortable)
    call("llvm.x86.tilerelease", {});
}

Value TileUnit::loadRow(int64_t tile, Value row) {
  return vector::LoadOp::create(b, VectorType::get(rowWords, b.getI32Type()), b.unit,
                                ValueRange{b.index(tile), row, b.index(0)});
}

void TileUnit::storeRow(Value words, int64_t tile, Value row) {
  auto type = VectorType::get(rowWords, b.getI32Type());
  if (words.getType() != type)
    words = vector::BitCastOp::create(b, type, words);
  vector::StoreOp::create(b, words, b.unit, ValueRange{b.index(tile), row, b.index(0)});
}

void TileUnit::zero(int64_t tile) {
  if (!b.isPortable)
    return call("llvm.x86.tilezero", number(tile));
  auto type = VectorType::get(rowWords, b.getI32Type());
  Value zeros = arith::ConstantOp::create(b, b.getZeroAttr(type));
  b.loop(b.index(rows), [&](Value row) { storeRow(zeros, tile, row); });
}

static Value strideOf(ImplicitLocOpBuilder &b) {
  return LLVM::ConstantOp::create(b, b.getI64Type(), b.getI64IntegerAttr(TileUnit::rowBytes));
}

/// The type of a row of a tile in the buffer, and the indices of it.
static std::pair<VectorType, SmallVector<Value>> rowIn(BlockBuilder &b, Value buffer, ValueRange at,
                                                       Value row) {
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<Value> place(at);
  place.append({row, b.index(0)});
  return {VectorType::get(type.getShape().back(), type.getElementType()), place};
}

void TileUnit::load(int64_t tile, Value buffer, ValueRange at) {
  if (!b.isPortable)
    return call("llvm.x86.tileloadd64", {number(tile), addressOf(buffer, at), strideOf(b)});
  b.loop(b.index(rows), [&](Value row) {
    auto [type, place] = rowIn(b, buffer, at, row);
    storeRow(vector::LoadOp::create(b, type, buffer, place), tile, row);
  });
}

void TileUnit::store(int64_t tile, Value buffer, ValueRange at) {
  if (!b.isPortable)
    return call("llvm.x86.tilestored64", {number(tile), addressOf(buffer, at), strideOf(b)});
  b.loop(b.index(rows), [&](Value row) {
    auto [type, place] = rowIn(b, buffer, at, row);
    Value words = vector::BitCastOp::create(b, type, loadRow(tile, row));
    vector::StoreOp::create(b, words, buffer, place);
  });
}

/// The even or odd numbers of bf16 in words, as f32.
static Value halfOf(BlockBuilder &b, Value words, bool isOdd) {
  auto type = cast<VectorType>(words.getType());
  auto constant = [&](uint32_t value) -> Value {
    return arith::ConstantOp::create(b,
                                     DenseElementsAttr::get(type, llvm::bit_cast<int32_t>(value)));
  };
  Value bits = isOdd ? arith::AndIOp::create(b, words, constant(0xffff0000)).getResult()
                     : arith::ShLIOp::create(b, words, constant(16)).getResult();
  return arith::BitcastOp::create(b, VectorType::get(rowWords, b.getF32Type()), bits);
}

/// Products of two numbers of bf16 are exact in f32, so it does not matter whether they are fused.
void TileUnit::multiply(int64_t sum, int64_t left, int64_t right) {
  if (!b.isPortable)
    return call("llvm.x86.tdpbf16ps", {number(sum), number(left), number(right)});
  auto floats = VectorType::get(rowWords, b.getF32Type());
  auto words = VectorType::get(rowWords, b.getI32Type());
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(floats));
  b.loop(b.index(rows), [&](Value m) {
    auto parts = b.loop(b.index(rows), {zero, zero}, [&](Value k, ValueRange before) {
      Value pair = memref::LoadOp::create(b, b.unit, ValueRange{b.index(left), m, k});
      pair = vector::BroadcastOp::create(b, words, pair);
      Value row = loadRow(right, k);
      VectorBuilder::Values next;
      for (bool isOdd : {false, true}) {
        Value product = arith::MulFOp::create(b, halfOf(b, pair, isOdd), halfOf(b, row, isOdd));
        next.push_back(arith::AddFOp::create(b, before[isOdd], product));
      }
      return next;
    });
    Value both = arith::AddFOp::create(b, parts[0], parts[1]);
    Value before = arith::BitcastOp::create(b, floats, loadRow(sum, m));
    Value after = arith::AddFOp::create(b, before, both);
    storeRow(arith::BitcastOp::create(b, words, after), sum, m);
  });
}
