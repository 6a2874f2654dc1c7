// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What differs from round to round of a loop, in tables.
//   args[7] in the first round, args[16] in the second   ->   args[table[%round]]
#include "lib/Codegen/RoundTables.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace retort;

/// The loads by which an entry point reads an argument (WrapEntryPoints).
static LLVM::GEPOp placeOfArgument(Value value) {
  auto cast = value.getDefiningOp<UnrealizedConversionCastOp>();
  if (!cast || cast.getNumOperands() != 1)
    return nullptr;
  auto descriptor = cast.getOperand(0).getDefiningOp<LLVM::LoadOp>();
  auto pointer = descriptor ? descriptor.getAddr().getDefiningOp<LLVM::LoadOp>() : nullptr;
  auto place = pointer ? pointer.getAddr().getDefiningOp<LLVM::GEPOp>() : nullptr;
  bool isArgument = place && isa<BlockArgument>(place.getBase()) &&
                    place.getRawConstantIndices().size() == 1 && place.getDynamicIndices().empty();
  return isArgument ? place : nullptr;
}

static std::optional<int32_t> argumentNumber(Value value) {
  if (LLVM::GEPOp place = placeOfArgument(value))
    return place.getRawConstantIndices()[0];
  return std::nullopt;
}

static std::optional<int32_t> constantNumber(Value value) {
  APInt number;
  if (!isa<IndexType>(value.getType()) || !matchPattern(value, m_ConstantInt(&number)) ||
      !number.isSignedIntN(32))
    return std::nullopt;
  return int32_t(number.getSExtValue());
}

/// What `read` says of each value, if it does of all.
template <typename Read>
static std::optional<SmallVector<int32_t>> readAll(ArrayRef<Value> values, Read read) {
  SmallVector<int32_t> numbers;
  for (Value value : values) {
    std::optional<int32_t> number = read(value);
    if (!number)
      return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

RoundTables::Source *RoundTables::find(const RoundOperand &operand) {
  for (Source &source : sources)
    if (llvm::all_of_zip(source.values, operand.operands,
                         [](Value value, OpOperand *each) { return value == each->get(); }))
      return &source;
  return nullptr;
}

void RoundTables::plan(const RoundOperand &operand) {
  if (find(operand))
    return;
  Source source{llvm::map_to_vector(operand.operands, [](OpOperand *each) { return each->get(); }),
                Kind::Stored};
  auto numbers = readAll(source.values, constantNumber);
  if (numbers) {
    source.kind = Kind::Number;
  } else {
    numbers = readAll(source.values, argumentNumber);
    source.kind = numbers ? Kind::Argument : Kind::Stored;
  }
  if (numbers) {
    source.column = columns.size();
    columns.push_back(std::move(*numbers));
  }
  sources.push_back(std::move(source));
}

size_t RoundTables::stored() const {
  return count * llvm::count_if(sources, [](const Source &s) { return s.kind == Kind::Stored; });
}

void RoundTables::fillNumbers() {
  SmallVector<int32_t> rows;
  for (unsigned i = 0; i < count; ++i)
    for (ArrayRef<int32_t> column : columns)
      rows.push_back(column[i]);
  auto module = b.getInsertionBlock()->getParentOp()->getParentOfType<ModuleOp>();
  SmallVector<int64_t> shape{count, int64_t(columns.size())};
  auto type = MemRefType::get(shape, b.getI32Type());
  auto values =
      DenseElementsAttr::get(RankedTensorType::get(shape, b.getI32Type()), ArrayRef<int32_t>(rows));
  OpBuilder detached(b.getContext());
  auto global = memref::GlobalOp::create(detached, b.getLoc(), "rounds", b.getStringAttr("private"),
                                         type, values,
                                         /*constant=*/true, /*alignment=*/IntegerAttr());
  SymbolTable(module).insert(global, module.getBody()->begin());
  numbers = memref::GetGlobalOp::create(b, type, global.getSymName());
}

void RoundTables::fill() {
  if (!columns.empty())
    fillNumbers();
  for (Source &source : sources) {
    if (source.kind != Kind::Stored)
      continue;
    source.table = make(source.values.front().getType());
    for (auto [i, value] : llvm::enumerate(source.values))
      store(value, source.table, arith::ConstantIndexOp::create(b, i));
  }
}

void RoundTables::enter(Value number) {
  round = number;
  for (Source &source : sources)
    source.loaded = nullptr;
}

Value RoundTables::numberOf(const Source &source) {
  Value column = arith::ConstantIndexOp::create(b, source.column);
  Value number = memref::LoadOp::create(b, numbers, ValueRange{round, column});
  return arith::IndexCastOp::create(b, b.getIndexType(), number);
}

/// The argument of that number, as the example reads one.
Value RoundTables::argumentAt(Value number, Value example) {
  LLVM::GEPOp place = placeOfArgument(example);
  Type pointer = place.getType();
  Value wide = arith::IndexCastOp::create(b, b.getI64Type(), number);
  Value slot = LLVM::GEPOp::create(b, pointer, pointer, place.getBase(), ValueRange{wide});
  Value descriptor = LLVM::LoadOp::create(b, pointer, slot);
  Value loaded = LLVM::LoadOp::create(b, types.convertType(example.getType()), descriptor);
  return cast(loaded, example.getType());
}

Value RoundTables::valueInRound(const RoundOperand &operand) {
  Source &source = *find(operand);
  if (source.loaded)
    return source.loaded;
  Value example = source.values.front();
  if (source.kind == Kind::Stored)
    return source.loaded = load(source.table, example.getType(), round);
  Value number = numberOf(source);
  return source.loaded = source.kind == Kind::Number ? number : argumentAt(number, example);
}

Value RoundTables::cast(Value value, Type type) {
  if (value.getType() == type)
    return value;
  return UnrealizedConversionCastOp::create(b, type, value).getResult(0);
}

/// In the entry block: memory of a loop's body would be taken anew in each round.
Value RoundTables::make(Type type) {
  OpBuilder::InsertionGuard guard(b);
  auto func = b.getInsertionBlock()->getParentOp();
  if (!isa<func::FuncOp>(func))
    func = func->getParentOfType<func::FuncOp>();
  b.setInsertionPointToStart(&func->getRegion(0).front());
  Value size = LLVM::ConstantOp::create(b, b.getI64Type(), b.getI64IntegerAttr(count));
  return LLVM::AllocaOp::create(b, LLVM::LLVMPointerType::get(b.getContext()),
                                types.convertType(type), size);
}

Value RoundTables::placeIn(Value table, Type type, Value number) {
  Value wide = arith::IndexCastOp::create(b, b.getI64Type(), number);
  return LLVM::GEPOp::create(b, table.getType(), type, table, ValueRange{wide});
}

void RoundTables::store(Value value, Value table, Value number) {
  Type type = types.convertType(value.getType());
  LLVM::StoreOp::create(b, cast(value, type), placeIn(table, type, number));
}

Value RoundTables::load(Value table, Type type, Value number) {
  Type stored = types.convertType(type);
  return cast(LLVM::LoadOp::create(b, stored, placeIn(table, stored, number)), type);
}
