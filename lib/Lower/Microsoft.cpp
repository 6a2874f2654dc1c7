// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations of com.microsoft that have no home in another family.
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Normalize.h"
#include "lib/Lower/Positions.h"
#include "lib/Lower/Reduce.h"
#include "lib/Lower/Scalars.h"

using namespace mlir;
using namespace retort;

/// gelu(x + bias); the bias may be omitted.
static Value geluOfSum(Emitter &e, Operation *op, Value x, Value bias, bool tanh) {
  SmallVector<Value> operands{x};
  if (bias)
    requireFits(e, op, e.get(bias), e.dims(e.get(x)), "the bias does not fit the input");
  if (bias)
    operands.push_back(bias);
  Type element = resultElement(op);
  return lowerElementwise(e, op, operands, [&](ValueRange elements) {
    Value sum = e.widen(elements[0]);
    if (bias)
      sum = arith::AddFOp::create(e, sum, e.widen(elements[1]));
    return e.narrow(tanh ? scalar::geluTanh(e, sum) : scalar::gelu(e, sum), element);
  });
}

static Value lowerFastGelu(Emitter &e, onnx::MicrosoftFastGeluOp op) {
  return geluOfSum(e, op, op.getX(), op.getBias(), /*tanh=*/true);
}

static Value lowerBiasGelu(Emitter &e, onnx::MicrosoftBiasGeluOp op) {
  return geluOfSum(e, op, op.getA(), op.getB(), /*tanh=*/false);
}

/// The rows of three tables added, and normalized.
static LogicalResult lowerEmbedLayerNormalization(Emitter &e,
                                                  onnx::MicrosoftEmbedLayerNormalizationOp op) {
  Value ids = e.get(op.getInputIds()), words = e.get(op.getWordEmbedding()),
        places = e.get(op.getPositionEmbedding());
  Value segments = e.get(op.getSegmentIds()), kinds = e.get(op.getSegmentEmbedding()),
        positions = e.get(op.getPositionIds());
  SmallVector<Value> rows = e.dims(ids);
  requireInRange(e, op, ids, e.dim(words, 0));
  if (positions)
    requireInRange(e, op, positions, e.dim(places, 0));
  if (positions)
    requireFits(e, op, positions, rows, "the positions do not fit the tokens");
  else
    e.require(e.lessOrEqual(e.dim(ids, 1), e.dim(places, 0)), op,
              "more positions than the table has");
  if (segments && kinds)
    requireInRange(e, op, segments, e.dim(kinds, 0));
  if (segments && kinds)
    requireSizes(e, op, segments, rows, "the segments do not fit the tokens");
  SmallVector<Value> sizes{rows[0], rows[1], e.dim(words, 1)};
  for (Value table : {places, kinds})
    if (table)
      e.require(e.equal(e.dim(table, 1), sizes[2]), op, "the tables have rows of different sizes");
  Type element = elementType(words);
  Value sum = e.generate(sizes, element, [&](ValueRange at) {
    auto row = [&](Value table, Value list, Value batch) {
      Value i = e.wrapIndex(e.toIndex(e.extract(list, {batch, at[1]})), e.dim(table, 0));
      return e.widen(e.extract(table, {i, at[2]}));
    };
    Value total = row(words, ids, at[0]);
    Value isShared = positions ? e.equal(e.dim(positions, 0), e.index(1)) : Value();
    Value place = positions ? row(places, positions, e.choose(isShared, e.index(0), at[0]))
                            : e.widen(e.extract(places, {at[1], at[2]}));
    total = arith::AddFOp::create(e, total, place);
    if (segments && kinds)
      total = arith::AddFOp::create(e, total, row(kinds, segments, at[0]));
    return e.narrow(total, element);
  });
  e.set(op.getOutput(), normalize(e, op, sum, 2, e.get(op.getGamma()), e.get(op.getBeta()),
                                  op.getEpsilon(), /*rms=*/false)
                            .result);
  if (op.getEmbeddingSum())
    e.set(op.getEmbeddingSum(), sum);
  if (!op.getMaskIndex())
    return success();
  Value zero = e.zero(e.getI32Type());
  Value mask = e.get(op.getMask());
  e.set(op.getMaskIndex(),
        mask ? reduceAxes(e, mask, 1, zero, [&](Value x, Value sum) { return e.sum(x, sum); })
             : e.fill(sizes[0], zero));
  return success();
}

void retort::addMicrosoftLowerings(Lowering &lowering) {
  lowering.add(lowerFastGelu);
  lowering.add(lowerBiasGelu);
  lowering.add(lowerEmbedLayerNormalization);
}
