// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Quantized weights: codes, scales and zero points. Computed in f32.
#include "dialects/Compress/WeightForm.h"
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Contract.h"
#include "lib/Lower/Linear.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Positions.h"
#include "lib/Lower/Reduce.h"
#include "lib/Lower/Scalars.h"
#include "lib/Lower/Shapes.h"

using namespace mlir;
using namespace retort;

namespace {
/// Where an element's scale and zero point are: one for all, for each place of an axis, or for each
/// block of it.
struct Grid {
  Emitter &e;
  int64_t axis, block;
  /// Scales or zero points have a place for each element.
  void require(Operation *op, Value table, Value data, StringRef problem) {
    if (!table || rankOf(table) == 0)
      return;
    Value fits = e.integer(1, e.getI1Type());
    if (block == 0) {
      Value length = e.dim(table, 0);
      fits = e.equal(length, e.index(1));
      if (axis >= 0 && axis < rankOf(data))
        fits = e.either(fits, e.equal(length, e.dim(data, axis)));
    }
    for (int64_t i = 0; block > 0 && i < rankOf(data); ++i) {
      Value size = e.dim(data, i);
      if (i == axis)
        size = e.divide(e.add(size, e.index(block - 1)), e.index(block));
      fits = e.both(fits, e.equal(e.dim(table, i), size));
    }
    e.require(fits, op, problem);
  }
  Value at(Value table, ValueRange indices) {
    if (rankOf(table) == 0)
      return e.extract(table);
    if (block == 0 && rankOf(table) == 1) { // of one element it is for all
      Value isOne = e.equal(e.dim(table, 0), e.index(1));
      bool hasAxis = axis >= 0 && axis < int64_t(indices.size());
      return e.extract(table, e.choose(isOne, e.index(0), hasAxis ? indices[axis] : e.index(0)));
    }
    SmallVector<Value> place(indices);
    if (block > 0)
      place[axis] = e.createOrFold<arith::DivUIOp>(indices[axis], e.index(block));
    return e.extract(table, place);
  }
};
} // namespace

namespace {
/// Tables of scales and zero points whose sizes are known, as operands of the loop nest: what
/// dequantizes fuses with what reads it. A blocked axis becomes two loops.
struct GridAccess {
  SmallVector<Value> sizes;
  SmallVector<Access> reads;
};
} // namespace

/// The loops over `data`, and where they read it and the tables; nullopt where sizes are not known.
static std::optional<GridAccess> accessGrid(Emitter &e, Value data, ArrayRef<Value> tables,
                                            int64_t axis, int64_t block) {
  int64_t rank = rankOf(data);
  bool isOne = llvm::all_of(tables, [](Value table) {
    return tensorType(table).hasStaticShape() && tensorType(table).getNumElements() == 1;
  });
  SmallVector<Value> sizes = e.dims(data);
  SmallVector<int64_t> loops = llvm::to_vector(llvm::seq(rank)), places = loops;
  bool hasAxis = axis >= 0 && axis < rank;
  int64_t length = isOne || !hasAxis ? 0 : tensorType(data).getDimSize(axis);
  if (isOne) {
    places.clear();
  } else if (!hasAxis || ShapedType::isDynamic(length)) {
    return std::nullopt;
  } else if (block > 0) {
    if (length % block != 0)
      return std::nullopt;
    sizes[axis] = e.index(length / block);
    sizes.insert(sizes.begin() + axis + 1, e.index(block));
    loops.push_back(rank);
    for (int64_t i = axis + 1; i < rank; ++i)
      ++places[i];
  } else {
    places = {axis};
  }
  auto fits = [&](Value table) {
    if (isOne)
      return true;
    if (rankOf(table) != int64_t(places.size()))
      return false;
    return llvm::all_of(llvm::enumerate(places), [&](auto at) {
      return constantOf(sizes[at.value()]) == tensorType(table).getDimSize(at.index());
    });
  };
  if (!llvm::all_of(tables, fits))
    return std::nullopt;
  Value parted = sizes.size() > size_t(rank) ? splitAxis(e, data, axis, sizes) : data;
  GridAccess result{sizes, {{parted, e.project(loops.size(), loops)}}};
  for (Value table : tables)
    result.reads.push_back({isOne ? e.reshape(table, {}) : table, e.project(loops.size(), places)});
  return result;
}

static Value lowerDequantize(Emitter &e, onnx::DequantizeLinearOp op) {
  Value data = e.get(op.getX()), scales = e.get(op.getXScale()), zeros = e.get(op.getXZeroPoint());
  Type from = elementType(op.getX()), scaleType = elementType(op.getXScale()),
       element = resultElement(op);
  Grid grid{e, rankOf(data) > 0 ? frontAxis(op.getAxis(), rankOf(data)) : 0, op.getBlockSize()};
  grid.require(op, scales, data, "the scales do not fit the data");
  grid.require(op, zeros, data, "the zero points do not fit the data");
  auto number = [&](Value code, Value scale, Value zero) {
    code = scalar::convert(e, code, from, e.getF32Type());
    if (zero)
      code = arith::SubFOp::create(e, code, scalar::convert(e, zero, from, e.getF32Type()));
    scale = scalar::convert(e, scale, scaleType, e.getF32Type());
    return e.narrow(arith::MulFOp::create(e, code, scale), element);
  };
  SmallVector<Value> tables{scales};
  if (zeros)
    tables.push_back(zeros);
  if (auto access = accessGrid(e, data, tables, grid.axis, grid.block))
    return e.reshape(
        e.map(access->sizes, element, access->reads,
              [&](ValueRange x) { return number(x[0], x[1], zeros ? x[2] : Value()); }),
        e.dims(data));
  return e.mapIndexed(e.dims(data), element, Access{data, e.identity(rankOf(data))},
                      [&](ValueRange at, ValueRange x) {
                        return number(x[0], grid.at(scales, at),
                                      zeros ? grid.at(zeros, at) : Value());
                      });
}

/// The smallest and largest number of an integer type of the model.
static std::pair<double, double> limits(Type type) {
  unsigned width = type.getIntOrFloatBitWidth();
  if (type.isUnsignedInteger())
    return {0, double((1ull << width) - 1)};
  return {-double(1ull << (width - 1)), double((1ull << (width - 1)) - 1)};
}

/// round(x / scale) + zero point, saturated; what is no number gets the lowest code.
static Value quantize(Emitter &e, Value x, Value scale, Value zero, Type to,
                      Narrowing narrowing = {}) {
  if (isNarrowFloat(to)) {
    Value number = arith::DivFOp::create(e, x, scale);
    if (zero)
      number = arith::AddFOp::create(e, number, zero);
    return scalar::convert(e, number, e.getF32Type(), to, narrowing);
  }
  auto [low, high] = limits(to);
  Value code = math::RoundEvenOp::create(e, arith::DivFOp::create(e, x, scale));
  if (zero)
    code = arith::AddFOp::create(e, code, zero);
  code = arith::MaxNumFOp::create(e, code, e.real(low, code.getType()));
  code = arith::MinNumFOp::create(e, code, e.real(high, code.getType()));
  Type held = storageType(to);
  Value integer = arith::FPToSIOp::create(e, e.getI32Type(), code); // which is in range
  return held == integer.getType() ? integer
                                   : arith::TruncIOp::create(e, held, integer).getResult();
}

static Value lowerQuantize(Emitter &e, onnx::QuantizeLinearOp op) {
  Value data = e.get(op.getX()), scales = e.get(op.getYScale()), zeros = e.get(op.getYZeroPoint());
  Type from = elementType(op.getX()), scaleType = elementType(op.getYScale()),
       to = elementType(op.getY());
  Grid grid{e, frontAxis(op.getAxis(), rankOf(data)), op.getBlockSize()};
  grid.require(op, scales, data, "the scales do not fit the data");
  grid.require(op, zeros, data, "the zero points do not fit the data");
  return e.mapIndexed(
      e.dims(data), resultElement(op), Access{data, e.identity(rankOf(data))},
      [&](ValueRange at, ValueRange x) {
        Value real = scalar::convert(e, x[0], from, e.getF32Type());
        Value scale = scalar::convert(e, grid.at(scales, at), scaleType, e.getF32Type());
        Value zero = zeros ? scalar::convert(e, grid.at(zeros, at), to, e.getF32Type()) : Value();
        return quantize(e, real, scale, zero, to, Narrowing::of(op, to));
      });
}

/// One scale for a tensor, from its range, which always holds zero, and passes over what is no
/// number; 1 where there is nothing else.
static LogicalResult lowerDynamicQuantize(Emitter &e, onnx::DynamicQuantizeLinearOp op) {
  Value data = e.get(op.getX()), zero = e.zero(e.getF32Type());
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq(rankOf(data)));
  Value low = reduceAxes(e, data, axes, zero, [&](Value x, Value best) -> Value {
    return arith::MinNumFOp::create(e, x, best);
  });
  Value high = reduceAxes(e, data, axes, zero, [&](Value x, Value best) -> Value {
    return arith::MaxNumFOp::create(e, x, best);
  });
  Type to = elementType(op.getY());
  Value scale =
      e.map({}, e.getF32Type(), {{low, e.identity(0)}, {high, e.identity(0)}},
            [&](ValueRange x) -> Value {
              Value range = arith::SubFOp::create(e, x[1], x[0]);
              Value quotient = arith::DivFOp::create(e, range, e.real(255, e.getF32Type()));
              Value isNothing = arith::CmpFOp::create(e, arith::CmpFPredicate::OEQ, x[0], x[1]);
              return e.choose(isNothing, e.real(1, e.getF32Type()), quotient);
            });
  Value point =
      e.map({}, e.getI8Type(), {{low, e.identity(0)}, {scale, e.identity(0)}}, [&](ValueRange x) {
        return quantize(e, arith::NegFOp::create(e, x[0]), x[1], {}, to);
      });
  e.set(op.getYScale(), scale);
  e.set(op.getYZeroPoint(), point);
  e.set(op.getY(), e.map(e.dims(data), e.getI8Type(), Access{data, e.identity(rankOf(data))},
                         [&](ValueRange x) {
                           Value zero = scalar::convert(e, e.extract(point), to, e.getF32Type());
                           return quantize(e, x[0], e.extract(scale), zero, to);
                         }));
  return success();
}

/// Number `i` of those that lie packed in a byte, low bits first; as f32.
static Value unpackCode(Emitter &e, Value byte, Value i, int64_t bits) {
  Value wide = e.createOrFold<arith::ExtUIOp>(e.getI32Type(), byte);
  return e.createOrFold<arith::SIToFPOp>(e.getF32Type(), linear::unpackBits(e, wide, i, bits));
}

/// The zero point of block b of row n: packed like the codes, or a number of the scales' type.
static Value zeroPoint(Emitter &e, Value table, Value n, Value b, int64_t bits) {
  if (!table)
    return e.real(1 << (bits - 1), e.getF32Type());
  if (isa<FloatType>(elementType(table)))
    return e.narrow(e.extract(table, {n, b}), e.getF32Type());
  Value perByte = e.index(8 / bits);
  Value byte = e.extract(table, {n, e.createOrFold<arith::DivUIOp>(b, perByte)});
  return unpackCode(e, byte, e.createOrFold<arith::RemUIOp>(b, perByte), bits);
}

/// As many numbers as a table must have.
static void requireCount(Emitter &e, Operation *op, Value table, Value count, StringRef problem) {
  if (table)
    e.require(e.equal(e.product(e.dims(table)), count), op, problem);
}

/// The group of input k, where g_idx assigns inputs to groups; what fills up the last block has
/// that of the last input.
static Value groupOfInput(Emitter &e, onnx::MicrosoftMatMulNBitsOp op, Value order, Value k,
                          Value groups) {
  Value at = arith::MinUIOp::create(e, k, e.index(op.getK() - 1));
  return e.wrapIndex(e.toIndex(e.extract(order, at)), groups);
}

/// The matrix N x K of a MatMulNBits. Loops: row, block, byte, place in the byte.
static Value dequantizeNBits(Emitter &e, onnx::MicrosoftMatMulNBitsOp op) {
  int64_t bits = op.getBits(), perByte = 8 / bits, bytes = op.getBlockSize() / perByte,
          rows = op.getN(), depth = op.getK();
  int64_t blocks = (depth + op.getBlockSize() - 1) / op.getBlockSize();
  Value n = e.index(rows), b = e.index(blocks);
  requireCount(e, op, e.get(op.getB()), e.index(rows * blocks * bytes),
               "the codes do not fill the matrix");
  requireCount(e, op, e.get(op.getScales()), e.index(rows * blocks),
               "the scales do not fit the matrix");
  Value codes = e.reshape(e.get(op.getB()), {n, b, e.index(bytes)});
  Value scales = e.reshape(e.get(op.getScales()), {n, b});
  Value zeros = e.get(op.getZeroPoints());
  if (zeros) {
    bool isPacked = !isa<FloatType>(elementType(zeros));
    requireCount(e, op, zeros,
                 e.index(rows * (isPacked ? (blocks + perByte - 1) / perByte : blocks)),
                 "the zero points do not fit the matrix");
    zeros = e.reshape(zeros, {n, isPacked ? e.index((blocks + perByte - 1) / perByte) : b});
  }
  Value order = e.get(op.getGIdx());
  if (order) {
    Value length = e.dim(order, 0);
    e.require(e.either(e.equal(length, e.index(depth)),
                       e.equal(length, e.index(blocks * op.getBlockSize()))),
              op, "g_idx does not fit the matrix");
    requireInRange(e, op, order, b);
  }
  Type element = elementType(op.getA());
  SmallVector<Value> sizes{n, b, e.index(bytes), e.index(perByte)};
  Value weight = e.mapIndexed(
      sizes, element, {{codes, e.project(4, {0, 1, 2})}, {scales, e.project(4, {0, 1})}},
      [&](ValueRange at, ValueRange x) {
        Value code = unpackCode(e, x[0], at[3], bits), group = at[1], scale = x[1];
        if (order) {
          Value byte = e.add(e.mul(at[1], e.index(bytes)), at[2]);
          Value k = e.add(e.mul(byte, e.index(perByte)), at[3]);
          group = groupOfInput(e, op, order, k, b);
          scale = e.extract(scales, {at[0], group});
        }
        Value zero = zeroPoint(e, zeros, at[0], group, bits);
        Value centered = arith::SubFOp::create(e, code, zero);
        return e.narrow(arith::MulFOp::create(e, centered, e.widen(scale)), element);
      });
  weight = e.reshape(weight, {n, e.index(blocks * op.getBlockSize())});
  if (blocks * op.getBlockSize() == depth)
    return weight;
  return e.slice(weight, {e.index(0), e.index(0)}, {n, e.index(depth)});
}

static Value lowerMatMulNBits(Emitter &e, onnx::MicrosoftMatMulNBitsOp op) {
  if (op.getBits() != 2 && op.getBits() != 4 && op.getBits() != 8)
    return op.emitOpError() << "with this number of bits has no lowering to CPU code", Value();
  Value a = e.get(op.getA());
  Type element = resultElement(op);
  if (rankOf(a) == 1)
    a = e.reshape(a, {e.index(1), e.dim(a, 0)});
  auto weight = compress::factorOf(op);
  Value product = weight && e.packedWeight && !elementType(a).isF64()
                      ? multiplyByWeight(e, op, a, *weight, element)
                      : multiplyMatrices(e, op, {a, dequantizeNBits(e, op), false, true}, element);
  Value bias = e.get(op.getBias());
  if (rankOf(e.get(op.getA())) == 1)
    product = e.reshape(product, e.dim(product, 1));
  if (!bias)
    return product;
  requireCount(e, op, bias, e.index(op.getN()), "the bias does not fit the matrix");
  int64_t rank = rankOf(product);
  return e.map(e.dims(product), element,
               {{product, e.identity(rank)}, {bias, e.project(rank, rank - 1)}}, [&](ValueRange x) {
                 return e.narrow(arith::AddFOp::create(e, e.widen(x[0]), e.widen(x[1])), element);
               });
}

/// Rows of a quantized table, dequantized as they are read.
static Value lowerGatherBlockQuantized(Emitter &e, onnx::MicrosoftGatherBlockQuantizedOp op) {
  Value data = e.get(op.getData()), indices = e.get(op.getIndices()),
        scales = e.get(op.getScales()), zeros = e.get(op.getZeroPoints());
  Type from = elementType(op.getData()), element = resultElement(op);
  if (!isa<IntegerType>(from))
    return op.emitOpError() << "of " << from << " has no lowering to CPU code", Value();
  int64_t rank = rankOf(data), gather = frontAxis(op.getGatherAxis(), rank),
          quantized = frontAxis(op.getQuantizeAxis(), rank);
  bool isPacked = from.isUnsignedInteger(8);
  int64_t bits = isPacked ? op.getBits() : from.getIntOrFloatBitWidth(),
          perByte = isPacked ? 8 / bits : 1;
  Value size = e.dim(data, gather);
  requireInRange(e, op, indices, size);
  SmallVector<Value> blocks = e.dims(data);
  blocks.back() = e.mul(blocks.back(), e.index(perByte));
  Value block = e.index(op.getBlockSize());
  blocks[quantized] = e.divide(e.add(blocks[quantized], e.sub(block, e.index(1))), block);
  requireSizes(e, op, scales, blocks, "the scales do not fit the data");
  if (isPacked) // the zero points too
    blocks.back() = e.divide(e.add(blocks.back(), e.index(perByte - 1)), e.index(perByte));
  if (zeros)
    requireSizes(e, op, zeros, blocks, "the zero points do not fit the data");
  SmallVector<Value> sizes = e.dims(data), middle = e.dims(indices);
  sizes.back() = e.mul(sizes.back(), e.index(perByte));
  sizes.erase(sizes.begin() + gather);
  sizes.insert(sizes.begin() + gather, middle.begin(), middle.end());
  sizes = e.refine(op->getResult(0).getType(), sizes);
  int64_t inner = rankOf(indices);
  auto read = [&](Value table, SmallVector<Value> at) {
    if (!isPacked || table == scales)
      return scalar::convert(e, e.extract(table, at), table == scales ? elementType(scales) : from,
                             e.getF32Type());
    Value place = at.back();
    at.back() = e.createOrFold<arith::DivUIOp>(place, e.index(perByte));
    return unpackCode(e, e.extract(table, at),
                      e.createOrFold<arith::RemUIOp>(place, e.index(perByte)), bits);
  };
  return e.mapIndexed(
      sizes, element,
      Access{indices, e.project(sizes.size(), llvm::to_vector(llvm::seq(gather, gather + inner)))},
      [&](ValueRange at, ValueRange x) {
        SmallVector<Value> place(at.begin(), at.begin() + gather);
        place.push_back(e.wrapIndex(e.toIndex(x[0]), size));
        place.append(at.begin() + gather + inner, at.end());
        SmallVector<Value> block(place);
        block[quantized] =
            e.createOrFold<arith::DivUIOp>(place[quantized], e.index(op.getBlockSize()));
        Value zero =
            zeros ? read(zeros, block) : e.real(isPacked ? 1 << (bits - 1) : 0, e.getF32Type());
        Value code = arith::SubFOp::create(e, read(data, place), zero);
        return e.narrow(arith::MulFOp::create(e, code, read(scales, block)), element);
      });
}

void retort::addQuantizationLowerings(Lowering &lowering) {
  lowering.add(lowerDequantize);
  lowering.add(lowerQuantize);
  lowering.add(lowerDynamicQuantize);
  lowering.add(lowerMatMulNBits);
  lowering.add(lowerGatherBlockQuantized);
}
