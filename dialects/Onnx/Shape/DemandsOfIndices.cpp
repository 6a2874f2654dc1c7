// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What operations demand that read or write at positions.
#include "dialects/Onnx/Ops.h"
#include "dialects/Onnx/Shape/Demands.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace retort::onnx;

/// Indices of the rank of the data, no larger beside the axis.
static LogicalResult areElementIndices(const Demand &d) {
  int64_t rank = d.rank(0);
  if (rank < 0)
    return success();
  FailureOr<int64_t> axis = axisOf(d.op, intAttribute(d.op, "axis", 0), rank);
  if (failed(axis) || failed(d.hasRank(1, "indices", rank, rank)))
    return failure();
  for (int64_t i = 0; i < rank; ++i)
    if (auto most = d.size(0, i), size = d.size(1, i); i != *axis && most && size && *size > *most)
      return d.op->emitOpError() << "expects indices of at most " << *most << " at axis " << i
                                 << ", found " << *size;
  return success();
}

static LogicalResult isReduction(const Demand &d) {
  return d.isOneOf("reduction", "none", {"none", "add", "mul", "max", "min"});
}

static LogicalResult ofScatterElements(const Demand &d) {
  int64_t rank = d.rank(0);
  if (failed(isReduction(d)) || failed(areElementIndices(d)) ||
      failed(expectSameElements(d.op, {d.slot(0), d.slot(2)})) ||
      (rank >= 0 && failed(d.hasRank(2, "updates", rank, rank))))
    return failure();
  for (int64_t axis = 0; axis < rank; ++axis)
    if (failed(d.agree(2, axis, 1, axis)))
      return failure();
  return success();
}

/// Index tuples lie along the last axis of the indices, and name what lies behind their length.
static LogicalResult ofScatterND(const Demand &d) {
  if (failed(isReduction(d)) || failed(expectSameElements(d.op, {d.slot(0), d.slot(2)})) ||
      failed(d.hasRank(0, "data", 1, Demand::anyRank)) ||
      failed(d.hasRank(1, "indices", 1, Demand::anyRank)))
    return failure();
  int64_t rank = d.rank(0), outer = d.rank(1) - 1;
  auto width = outer >= 0 ? d.size(1, outer) : std::nullopt;
  if (rank < 0 || !width)
    return success();
  if (*width > rank || *width < 1)
    return d.op->emitOpError() << "expects 1 to " << rank << " indices, found " << *width;
  int64_t expected = outer + rank - *width;
  if (failed(d.hasRank(2, "updates", expected, expected)))
    return failure();
  for (int64_t i = 0; i < expected; ++i)
    if (failed(i < outer ? d.agree(2, i, 1, i) : d.agree(2, i, 0, i - outer + *width)))
      return failure();
  return success();
}

static LogicalResult ofGatherND(const Demand &d) {
  if (failed(d.hasRank(0, "data", 1, Demand::anyRank)) ||
      failed(d.hasRank(1, "indices", 1, Demand::anyRank)))
    return failure();
  int64_t batch = intAttribute(d.op, "batch_dims", 0), outer = d.rank(1) - 1;
  bool isKnown = d.rank(0) >= 0 && outer >= 0;
  int64_t most = isKnown ? std::min(d.rank(0), outer + 1) : std::max<int64_t>(batch + 1, 1);
  if (batch < 0 || batch >= most)
    return d.op->emitOpError() << "expects 'batch_dims' in [0, " << most << "), found " << batch;
  if (auto width = outer >= 0 ? d.size(1, outer) : std::nullopt; width && *width < 1)
    return d.op->emitOpError() << "expects at least one index, found " << *width;
  for (int64_t axis = 0; axis < batch; ++axis)
    if (failed(d.agree(1, axis, 0, axis)))
      return failure();
  return success();
}

static LogicalResult ofTensorScatter(const Demand &d) {
  if (failed(d.isOneOf("mode", "linear", {"linear", "circular"})) ||
      failed(expectSameElements(d.op, {d.slot(0), d.slot(1)})) ||
      failed(d.hasRank(0, "a cache", 2, Demand::anyRank)) ||
      failed(d.hasRank(2, "write indices", 1, 1)))
    return failure();
  int64_t rank = d.rank(0);
  if (rank < 0)
    return success();
  FailureOr<int64_t> axis = axisOf(d.op, intAttribute(d.op, "axis", -2), rank);
  if (failed(axis) || failed(d.hasRank(1, "an update", rank, rank)))
    return failure();
  if (*axis == 0)
    return d.op->emitOpError("expects an axis other than the batch's, found 0");
  for (int64_t i = 0; i < rank; ++i)
    if (i != *axis && failed(d.agree(1, i, 0, i)))
      return failure();
  return success();
}

static LogicalResult ofCompress(const Demand &d) {
  if (d.op->hasAttr("axis") && d.rank(0) >= 0 &&
      failed(axisOf(d.op, intAttribute(d.op, "axis", 0), d.rank(0))))
    return failure();
  return d.hasRank(1, "a condition", 1, 1);
}

LogicalResult retort::onnx::demandsOfIndices(const Demand &d) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(d.op)
      .Case<GatherElementsOp>([&](auto) { return areElementIndices(d); })
      .Case<GatherNDOp>([&](auto) { return ofGatherND(d); })
      .Case<ScatterElementsOp>([&](auto) { return ofScatterElements(d); })
      .Case<ScatterNDOp>([&](auto) { return ofScatterND(d); })
      .Case<TensorScatterOp>([&](auto) { return ofTensorScatter(d); })
      .Case<CompressOp>([&](auto) { return ofCompress(d); })
      .Default([](auto) { return success(); });
}
