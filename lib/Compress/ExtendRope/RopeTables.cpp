// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the tables of rotary embeddings anew.
#include "lib/Compress/ExtendRope/RopeTables.h"
#include "dialects/Onnx/Build.h"

#include "dialects/Compress/WeightExpression.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Weights.h"

#include "llvm/ADT/StringSet.h"

#include <cmath>

using namespace mlir;
using namespace retort;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// A name that no constant of the function has.
static std::string freeName(func::FuncOp function, StringRef wanted) {
  llvm::StringSet<> taken;
  function.walk([&](onnx::InitializerOp op) { taken.insert(op.getName()); });
  std::string name = wanted.str();
  for (int number = 2; taken.contains(name); ++number)
    name = (wanted + "_" + Twine(number)).str();
  return name;
}

/// `rows` x pairs of amplitude * wave(row * frequency), in double but for the angle: that is
/// rounded to f32, as in released code and in graphs that compute it.
static Value makeTable(func::FuncOp function, Location loc, StringRef name, FloatType element,
                       double (*wave)(double), ArrayRef<double> frequencies, double amplitude,
                       int64_t rows) {
  int64_t pairs = frequencies.size();
  auto type = RankedTensorType::get({rows, pairs}, element);
  std::string free = freeName(function, name);
  ElementsAttr value = onnx::makeConstant(type, free, [&](MutableArrayRef<char> bytes) {
    std::vector<float> row(pairs);
    for (int64_t n = 0; n < rows; ++n) {
      for (int64_t k = 0; k < pairs; ++k)
        row[k] = float(amplitude * wave(float(n) * float(frequencies[k])));
      compress::encodeFloats(element, row, bytes.data() + n * pairs * (element.getWidth() / 8));
    }
  });
  OpBuilder builder = OpBuilder::atBlockBegin(&function.getBody().front());
  return onnx::InitializerOp::create(builder, loc, type, free, value, {});
}

RopeTables::Tables RopeTables::lookedUp(llm::RopeOp op, ArrayRef<double> frequencies,
                                        double amplitude, int64_t rows) {
  auto element = cast<FloatType>(typeOf(op.getCos()).getElementType());
  auto make = [&](StringRef name, double (*wave)(double)) {
    return makeTable(function, op.getLoc(), name, element, wave, frequencies, amplitude, rows);
  };
  return {make("rope_cos", std::cos), make("rope_sin", std::sin)};
}

Value RopeTables::asRows(OpBuilder &builder, llm::RopeOp op, Value positions, std::string &reason) {
  OnnxBuilder b(builder, op.getLoc());
  if (!positions) {
    if (!canCount()) {
      reason = "its tables do not tell their positions";
      return {};
    }
    if (!counted)
      counted =
          b.reshape(b.cast(b.range(b.squeeze(b.size(op.getInput(), 2), {0})), builder.getF32Type()),
                    {1, -1, 1});
    return counted;
  }
  Sample probe = samples.probes().front();
  auto shape = samples.shape(positions, probe), input = samples.shape(op.getInput(), probe);
  if (!shape || !input) {
    reason = "its positions have an unknown shape";
    return {};
  }
  int64_t count = 1;
  for (int64_t size : *shape)
    count *= size;
  Value numbers = b.cast(positions, builder.getF32Type());
  if (count == (*input)[2])
    return b.reshape(numbers, {1, -1, 1});
  if (count != (*input)[0] * (*input)[2]) {
    reason = "it has another number of positions than rows";
    return {};
  }
  return b.reshape(numbers, b.concat({b.size(op.getInput(), 0), b.integers({-1, 1})}, 0));
}

/// cos(position * frequency) * amplitude, as the model did before.
FailureOr<RopeTables::Tables> RopeTables::computed(llm::RopeOp op, Value positions,
                                                   ArrayRef<double> frequencies, double amplitude,
                                                   std::string &reason) {
  OpBuilder builder(op);
  OnnxBuilder b(builder, op.getLoc());
  Value rows = asRows(builder, op, positions, reason);
  if (!rows)
    return failure();
  RopeMethod::Values values{makePairs(b, frequencies), Value()};
  if (amplitude != 1)
    values.amplitude = b.number(amplitude, builder.getF32Type());
  return waves(b, rows, values, typeOf(op.getCos()).getElementType());
}

RopeTables::Tables RopeTables::waves(OnnxBuilder &b, Value rows, const RopeMethod::Values &values,
                                     Type element) {
  Value angles = b.multiply(rows, values.frequencies);
  auto finish = [&](Value wave) {
    return b.cast(values.amplitude ? b.multiply(wave, values.amplitude) : wave, element);
  };
  Value cos = onnx::CosOp::create(b.raw(), b.location(), angles.getType(), angles);
  Value sin = onnx::SinOp::create(b.raw(), b.location(), angles.getType(), angles);
  return {finish(cos), finish(sin)};
}

LogicalResult RopeTables::compute(llm::RopeOp op, const RopeDescription &rope,
                                  std::string &reason) {
  std::tuple key{op.getCos().getAsOpaquePointer(), op.getSin().getAsOpaquePointer(),
                 rope.positions.getAsOpaquePointer()};
  auto known = made.find(key);
  if (known == made.end()) {
    auto tables = computed(op, rope.positions, rope.frequencies, rope.amplitude, reason);
    if (failed(tables))
      return failure();
    known = made.emplace(key, *tables).first;
  }
  Value oldCos = op.getCos(), oldSin = op.getSin();
  op.getCosMutable().assign(known->second.cos);
  op.getSinMutable().assign(known->second.sin);
  op.getPositionsMutable().clear();
  for (Value value : {oldCos, oldSin})
    if (auto table = value.getDefiningOp<onnx::InitializerOp>(); table && value.use_empty())
      table.erase();
  return success();
}

LogicalResult RopeTables::rewrite(llm::RopeOp op, const RopeDescription &rope,
                                  std::vector<double> frequencies, double amplitude, int64_t rows,
                                  std::string &reason) {
  bool isLookup = op.getPositions() && onnx::ConstantView::of(op.getCos()) &&
                  onnx::ConstantView::of(op.getSin());
  // Tables that are looked up are the same wherever the rows are taken from.
  std::tuple key{op.getCos().getAsOpaquePointer(), op.getSin().getAsOpaquePointer(),
                 isLookup || !op.getPositions() ? nullptr : op.getPositions().getAsOpaquePointer()};
  auto known = made.find(key);
  if (known == made.end()) {
    FailureOr<Tables> tables = isLookup
                                   ? lookedUp(op, frequencies, amplitude, rows)
                                   : computed(op, rope.positions, frequencies, amplitude, reason);
    if (failed(tables))
      return failure();
    known = made.emplace(key, *tables).first;
  }
  Tables &tables = known->second;
  Value oldCos = op.getCos(), oldSin = op.getSin();
  op.getCosMutable().assign(tables.cos);
  op.getSinMutable().assign(tables.sin);
  if (!isLookup)
    op.getPositionsMutable().clear();
  if (isLookup) {
    old.insert({oldCos, tables.cos});
    old.insert({oldSin, tables.sin});
  }
  return success();
}

void RopeTables::finish() {
  for (auto [value, table] : old) {
    auto before = value.getDefiningOp<onnx::InitializerOp>();
    if (!before || !value.use_empty())
      continue;
    table.getDefiningOp<onnx::InitializerOp>().setName(before.getName());
    before.erase();
  }
}
