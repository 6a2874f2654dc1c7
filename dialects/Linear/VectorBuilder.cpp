// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loops over tiles that stay in vector registers.
#include "dialects/Linear/VectorBuilder.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace retort;
using Values = VectorBuilder::Values;

Value VectorBuilder::splat(TypedAttr value) {
  return arith::ConstantOp::create(*this, DenseElementsAttr::get(vectorOf(value.getType()), value));
}

Value VectorBuilder::broadcast(Value scalar) {
  return vector::BroadcastOp::create(*this, vectorOf(scalar.getType()), scalar);
}

Value VectorBuilder::multiplyAdd(Value a, Value b, Value c) {
  auto fuse = arith::FastMathFlags::contract;
  return arith::AddFOp::create(*this, arith::MulFOp::create(*this, a, b, fuse), c, fuse);
}

Value VectorBuilder::maskOf(Value count, int64_t lanes) {
  auto type = VectorType::get(lanes, getI32Type());
  SmallVector<int32_t> places = llvm::to_vector(llvm::seq<int32_t>(0, lanes));
  Value numbers =
      arith::ConstantOp::create(*this, DenseElementsAttr::get(type, ArrayRef<int32_t>(places)));
  Value limit = arith::IndexCastOp::create(*this, getI32Type(), count);
  limit = vector::BroadcastOp::create(*this, type, limit);
  return arith::CmpIOp::create(*this, arith::CmpIPredicate::slt, numbers, limit);
}

Values VectorBuilder::loop(Value count, ValueRange start,
                           function_ref<Values(Value, ValueRange)> body) {
  auto loop = scf::ForOp::create(*this, index(0), count, index(1), start);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(loop.getBody());
  Values next = body(loop.getInductionVar(), loop.getRegionIterArgs());
  if (!start.empty())
    scf::YieldOp::create(*this, next);
  return Values(loop.getResults());
}

void VectorBuilder::loop(Value count, function_ref<void(Value)> body) {
  loop(count, {}, [&](Value i, ValueRange) {
    body(i);
    return Values();
  });
}

Value VectorBuilder::loadVector(Value buffer, ValueRange at, Value mask) {
  auto type = vectorOf(getF32Type());
  if (!mask)
    return vector::LoadOp::create(*this, type, buffer, at);
  return vector::MaskedLoadOp::create(*this, type, buffer, at, mask, splat(getF32FloatAttr(0)));
}

void VectorBuilder::storeVector(Value vector, Value buffer, ValueRange at, Value mask) {
  if (mask)
    vector::MaskedStoreOp::create(*this, buffer, at, mask, vector);
  else
    vector::StoreOp::create(*this, vector, buffer, at);
}

Values VectorBuilder::loadTile(Value buffer, PlaceOf placeOf) {
  Values tile;
  for (int64_t r = 0; r < shape.rows; ++r)
    for (int64_t v = 0; v < shape.vectors; ++v) {
      Place place = placeOf(r, v);
      tile.push_back(loadVector(buffer, place.at, place.mask));
    }
  return tile;
}

void VectorBuilder::storeTile(ValueRange tile, Value buffer, PlaceOf placeOf) {
  for (int64_t r = 0; r < shape.rows; ++r)
    for (int64_t v = 0; v < shape.vectors; ++v) {
      Place place = placeOf(r, v);
      storeVector(tile[r * shape.vectors + v], buffer, place.at, place.mask);
    }
}

Values VectorBuilder::addProducts(int64_t rows, ValueRange sums, function_ref<Value(int64_t)> left,
                                  function_ref<Value(int64_t)> columns) {
  Values result, known(shape.vectors);
  for (int64_t r = 0; r < rows; ++r) {
    Value x = broadcast(left(r));
    for (int64_t v = 0; v < shape.vectors; ++v) {
      if (!known[v])
        known[v] = columns(v);
      result.push_back(multiplyAdd(x, known[v], sums[r * shape.vectors + v]));
    }
  }
  return result;
}

/// Each round interleaves the vectors of the upper half with those of the lower.
Values VectorBuilder::transpose(Values rows) {
  int64_t lanes = shape.lanes;
  auto interleave = [&](Value x, Value y, int64_t first) -> Value {
    SmallVector<int64_t> lanesOf;
    for (int64_t i = 0; i < lanes / 2; ++i)
      lanesOf.append({first + i, lanes + first + i});
    return vector::ShuffleOp::create(*this, x, y, lanesOf);
  };
  for (int64_t round = 1; round < lanes; round *= 2) {
    Values next;
    for (int64_t i = 0; i < lanes / 2; ++i)
      for (int64_t first : {int64_t(0), lanes / 2})
        next.push_back(interleave(rows[i], rows[i + lanes / 2], first));
    rows = next;
  }
  return rows;
}

Values VectorBuilder::zeros() {
  return Values(shape.rows * shape.vectors, splat(getF32FloatAttr(0)));
}
