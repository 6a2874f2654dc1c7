// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What tile products of bf16 pack and multiply.
#include "lib/Codegen/Steps/Tiles/TileProduct.h"
#include "lib/Codegen/Steps/Tiles/SplitNumbers.h"
#include "lib/Codegen/Steps/Tiles/TileUnit.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace retort;
using Values = VectorBuilder::Values;

/// Registers: four sums, of two tiles of rows by two of columns; one of columns each, one of rows
/// each.
static constexpr int64_t firstSum = 0, firstColumn = 4, firstRow = 6;

StepOperand TileProduct::rows(const StepWeight &, MLIRContext *context) const {
  return {IntegerType::get(context, 16), planes};
}

StepOperand TileProduct::columns(const StepWeight &weight, MLIRContext *context) const {
  return {IntegerType::get(context, 16), weightOf(weight).planes};
}

Type TileProduct::accumulator(MLIRContext *context) const { return Float32Type::get(context); }

int64_t TileProduct::depth() const { return TileUnit::depth; }

MemRefType TileProduct::unitType(bool isPortable, MLIRContext *context) const {
  return TileUnit::memoryType(isPortable, context);
}

MemRefType TileProduct::sumsType(MLIRContext *context) const {
  return TileUnit::tilesOf({ShapedType::kDynamic, 4}, Float32Type::get(context));
}

void TileProduct::begin(BlockBuilder &b) const { TileUnit(b).configure(); }

void TileProduct::end(BlockBuilder &b) const { TileUnit(b).release(); }

void TileProduct::decode(BlockBuilder &b, const StepWeight &weight) const {
  decodeBlock(b, weight, weightOf(weight));
}

/// Two by two tiles. A product of tiles takes 16 cycles, of which the caches leave some half; what
/// decodes a block is shared by all rows of the product, and is worth it from two dozen on, or
/// where dot products of bytes take codes as they are, from 32 on.
SmallVector<StepTile> TileProduct::tiles(TargetAttr, const StepWeight &weight) const {
  TileShape shape{2 * TileUnit::rows, 2, TileUnit::rows};
  int64_t products = weightOf(weight).planes + planes - 1;
  bool isForDotProducts = weight.codes() && !weightOf(weight).hasCommonScales;
  return {{isForDotProducts ? 32 : 24, shape, TileUnit::registers, 0.12 * double(products)}};
}

/// Asked of the runtime: the system grants tiles to a process that asks for them.
Value TileProduct::isPermitted(VectorBuilder &b, ModuleOp module) const {
  constexpr StringLiteral name = "retort_permits_tiles";
  auto function = module.lookupSymbol<LLVM::LLVMFuncOp>(name);
  if (!function) {
    OpBuilder atStart = OpBuilder::atBlockBegin(module.getBody());
    function = LLVM::LLVMFuncOp::create(atStart, module.getLoc(), name,
                                        LLVM::LLVMFunctionType::get(b.getI32Type(), {}));
  }
  Value answer = LLVM::CallOp::create(b, function, ValueRange()).getResult();
  Value no = arith::ConstantOp::create(b, b.getI32IntegerAttr(0));
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, answer, no);
}

SmallVector<MemRefType> TileProduct::scratch(const StepWeight &weight, TileShape shape,
                                             MLIRContext *context) const {
  int64_t steps = llvm::divideCeil(weight.order().padded(), TileUnit::depth);
  Type half = IntegerType::get(context, 16), word = IntegerType::get(context, 32);
  return {TileUnit::tilesOf({ShapedType::kDynamic, steps, 2 * planes}, half),
          MemRefType::get({ShapedType::kDynamic, shape.rows}, word)};
}

/// Packs a row, and keeps its largest magnitude.
void TileProduct::packGroup(RowBuilder &b, const StepWeight &weight) const {
  auto floats = VectorType::get(TileUnit::depth, b.getF32Type());
  auto words = VectorType::get(TileUnit::depth, b.getI32Type());
  Type element = cast<MemRefType>(b.rows.getType()).getElementType();
  auto read = VectorType::get(TileUnit::depth, element);
  Value half = arith::DivUIOp::create(b, b.rowInTile, b.index(TileUnit::rows)),
        row = arith::RemUIOp::create(b, b.rowInTile, b.index(TileUnit::rows));
  Value signless = arith::ConstantOp::create(b, DenseElementsAttr::get(words, 0x7fffffff));
  Value none = arith::ConstantOp::create(b, b.getZeroAttr(words));
  int64_t steps = llvm::divideCeil(weight.order().padded(), TileUnit::depth);
  auto largest = b.loop(b.index(steps), none, [&](Value step, ValueRange before) {
    Value k = b.multiply(step, TileUnit::depth), numbers;
    if (weight.depth % TileUnit::depth == 0) {
      numbers = vector::LoadOp::create(b, read, b.rows, ValueRange{b.row, k});
    } else {
      Value mask = b.maskOf(arith::SubIOp::create(b, b.index(weight.depth), k), TileUnit::depth);
      Value zero = arith::ConstantOp::create(b, b.getZeroAttr(read));
      numbers = vector::MaskedLoadOp::create(b, read, b.rows, ValueRange{b.row, k}, mask, zero);
    }
    if (!element.isF32())
      numbers = arith::ExtFOp::create(b, floats, numbers);
    SplitNumber split = splitNumber(b, numbers, planes, /*isExact=*/false);
    Values parts{split.high, split.low};
    for (auto [plane, part] : llvm::enumerate(ArrayRef(parts).take_front(planes)))
      vector::StoreOp::create(
          b, upperHalves(b, part), b.scratch[0],
          ValueRange{b.tile, step, b.add(half, b.index(2 * plane)), row, b.index(0)});
    Value bits = arith::BitcastOp::create(b, words, numbers);
    Value magnitude = arith::AndIOp::create(b, bits, signless);
    return Values{arith::MaxSIOp::create(b, magnitude, before.front())};
  });
  Value most = vector::ReductionOp::create(b, vector::CombiningKind::MAXSI, largest.front());
  memref::StoreOp::create(b, most, b.scratch[1], ValueRange{b.tile, b.rowInTile});
}

/// An infinity would become no number: it has no second plane.
Value TileProduct::canMultiply(VectorBuilder &b, ValueRange scratch) const {
  auto type = VectorType::get(2 * TileUnit::rows, b.getI32Type());
  Value none = arith::ConstantOp::create(b, b.getZeroAttr(type));
  Value tiles = memref::DimOp::create(b, scratch[1], 0);
  Value most = b.loop(tiles, none, [&](Value tile, ValueRange before) {
                  Value rows =
                      vector::LoadOp::create(b, type, scratch[1], ValueRange{tile, b.index(0)});
                  return Values{arith::MaxSIOp::create(b, before.front(), rows)};
                }).front();
  most = vector::ReductionOp::create(b, vector::CombiningKind::MAXSI, most);
  Value limit = arith::ConstantOp::create(b, b.getI32IntegerAttr(leastUnsplittable));
  return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, most, limit);
}

MemRefType TileProduct::decodedType(const StepWeight &weight, MLIRContext *context) const {
  TileWeight tiles = weightOf(weight);
  return TileUnit::tilesOf({tiles.blockRows / TileUnit::depth, 2 * tiles.planes},
                           IntegerType::get(context, 16));
}

/// The sums of a block's products go on where those of the block before ended.
static void startSums(BlockBuilder &b, TileUnit &unit, int64_t halves) {
  auto each = [&](llvm::function_ref<void(int64_t)> start) {
    for (int64_t i = 0; i < 2 * halves; ++i)
      start(i);
  };
  auto zero = [&] { each([&](int64_t i) { unit.zero(firstSum + i); }); };
  if (!b.isFirst)
    return zero();
  auto choice = scf::IfOp::create(b, b.isFirst, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(choice.thenBlock());
  zero();
  b.setInsertionPointToStart(choice.elseBlock());
  each([&](int64_t i) { unit.load(firstSum + i, b.sums, {b.slot, b.index(i)}); });
}

/// A tile that has no more rows than one of the unit takes half of the products.
void TileProduct::multiply(BlockBuilder &b, const StepWeight &weight) const {
  Value isShort =
      arith::CmpIOp::create(b, arith::CmpIPredicate::ule, b.rowsInTile, b.index(TileUnit::rows));
  auto choice = scf::IfOp::create(b, isShort, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(choice.thenBlock());
  multiplyHalves(b, weight, 1);
  b.setInsertionPointToStart(choice.elseBlock());
  multiplyHalves(b, weight, 2);
}

/// Small products first: what they add is lost behind large sums.
void TileProduct::multiplyHalves(BlockBuilder &b, const StepWeight &weight, int64_t halves) const {
  TileUnit unit(b);
  startSums(b, unit, halves);
  int64_t planesOfWeight = weightOf(weight).planes;
  Value first = arith::DivUIOp::create(b, b.firstRow, b.index(TileUnit::depth));
  Value steps = arith::CeilDivUIOp::create(b, b.rowCount, b.index(TileUnit::depth));
  b.loop(steps, [&](Value step) {
    auto loadColumns = [&](int64_t plane) {
      for (int64_t v = 0; v < 2; ++v)
        unit.load(firstColumn + v, b.decoded, {step, b.index(2 * plane + v)});
    };
    auto loadRows = [&](int64_t plane) {
      for (int64_t r = 0; r < halves; ++r)
        unit.load(firstRow + r, b.scratch[0], {b.tile, b.add(first, step), b.index(2 * plane + r)});
    };
    auto products = [&] {
      for (int64_t r = 0; r < halves; ++r)
        for (int64_t v = 0; v < 2; ++v)
          unit.multiply(firstSum + 2 * r + v, firstRow + r, firstColumn + v);
    };
    loadColumns(planesOfWeight - 1);
    loadRows(0);
    products();
    if (planesOfWeight == 2) {
      loadColumns(0);
      products();
    }
    if (planes == 2) {
      loadRows(1);
      products();
    }
  });
  for (int64_t i = 0; i < 2 * halves; ++i)
    unit.store(firstSum + i, b.sums, {b.slot, b.index(i)});
}

Values TileProduct::sumsOfRow(BlockBuilder &b, Value row) const {
  Value half = arith::DivUIOp::create(b, row, b.index(TileUnit::rows)),
        inTile = arith::RemUIOp::create(b, row, b.index(TileUnit::rows));
  Values sums;
  for (int64_t v = 0; v < 2; ++v)
    sums.push_back(vector::LoadOp::create(
        b, b.vectorOf(b.getF32Type()), b.sums,
        ValueRange{b.slot, b.add(b.multiply(half, 2), b.index(v)), inTile, b.index(0)}));
  return sums;
}

Values TileProduct::columnScales(BlockBuilder &b, const StepWeight &weight) const {
  if (!weightOf(weight).hasCommonScales)
    return {};
  return b.load(b.weight[weight.codes()->scales], b.index(0));
}
