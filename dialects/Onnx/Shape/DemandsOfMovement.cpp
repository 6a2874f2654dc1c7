// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What operations demand that put tensors together, take parts of them, or give them another shape.
#include "dialects/Onnx/Ops.h"
#include "dialects/Onnx/Shape/Demands.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace retort::onnx;

static LogicalResult ofSplit(const Demand &d) {
  int64_t parts = d.op->getNumResults(), rank = d.rank(0);
  if (failed(d.isList(1, "sizes")) || failed(d.areAtLeast(1, 0, "sizes")))
    return failure();
  if (d.slot(1))
    return success();
  if (int64_t declared = intAttribute(d.op, "num_outputs", parts); declared != parts)
    return d.op->emitOpError() << "expects 'num_outputs' (" << declared
                               << ") to be the number of results, found " << parts;
  int64_t axis = frontAxis(intAttribute(d.op, "axis", 0), std::max(rank, int64_t(0)));
  auto size = rank > 0 && axis >= 0 ? d.size(0, axis) : std::nullopt;
  if (size && (*size + parts - 1) / parts * (parts - 1) > *size)
    return d.op->emitOpError() << "expects a size that makes " << parts << " parts, found "
                               << *size;
  return success();
}

static LogicalResult ofSlice(const Demand &d) {
  for (auto [i, what] : llvm::enumerate(ArrayRef<StringRef>{"starts", "ends", "axes", "steps"}))
    if (failed(d.isList(i + 1, what)) || failed(d.agree(i + 1, 0, 1, 0)))
      return failure();
  auto axes = d.constants(3);
  return axes && d.rank(0) >= 0 ? d.areDistinct(*axes, d.rank(0)) : success();
}

static LogicalResult ofPad(const Demand &d) {
  if (failed(d.isOneOf("mode", "constant", {"constant", "edge", "reflect", "wrap"})) ||
      failed(d.isList(1, "pads")) || failed(d.isOne(2, "constant value")) ||
      failed(d.isList(3, "axes")))
    return failure();
  auto axes = d.constants(3);
  return axes && d.rank(0) >= 0 ? d.areDistinct(*axes, d.rank(0)) : success();
}

static LogicalResult ofTile(const Demand &d) {
  if (failed(d.isList(1, "repeats")) || failed(d.areAtLeast(1, 0, "repeats")))
    return failure();
  auto repeats = d.constants(1);
  for (int64_t number : repeats ? *repeats : SmallVector<int64_t>())
    if (number > int64_t(1) << 59)
      return d.op->emitOpError() << "expects repeats that fit into memory, found " << number;
  return success();
}

static LogicalResult ofReshape(const Demand &d) {
  if (failed(d.isList(1, "a shape")))
    return failure();
  auto asked = d.constants(1);
  if (asked && intAttribute(d.op, "allowzero", 0) && llvm::is_contained(*asked, 0) &&
      llvm::is_contained(*asked, -1))
    return d.op->emitOpError("expects no size of 0 beside one of -1 where 'allowzero' is set");
  return success();
}

static LogicalResult ofAxes(const Demand &d) {
  if (failed(d.hasRank(1, "axes", 0, 1)) || (d.rank(1) == 1 && failed(d.isList(1, "axes"))))
    return failure();
  auto count = d.rank(1) == 1 ? d.size(1, 0) : std::nullopt;
  if (isa<SqueezeOp>(d.op) && count && d.rank(0) >= 0 && *count > d.rank(0))
    return d.op->emitOpError() << "expects at most " << d.rank(0) << " axes, found " << *count;
  return success();
}

/// The sizes at `axes` are multiples of `parts`.
static LogicalResult areDivided(const Demand &d, ArrayRef<int64_t> axes, int64_t parts) {
  for (int64_t axis : axes)
    if (auto size = d.size(0, axis); size && *size % parts != 0)
      return d.op->emitOpError() << "expects a size that " << parts << " divides at axis " << axis
                                 << ", found " << *size;
  return success();
}

static LogicalResult ofBlocks(const Demand &d) {
  int64_t block = intAttribute(d.op, "blocksize", 0);
  if (failed(d.hasRank(0, "an operand", 4, 4)) || failed(d.isOneOf("mode", "DCR", {"DCR", "CRD"})))
    return failure();
  if (block < 1 || block > 4096)
    return d.op->emitOpError() << "expects 'blocksize' in [1, 4096], found " << block;
  return isa<DepthToSpaceOp>(d.op) ? areDivided(d, {1}, block * block)
                                   : areDivided(d, {2, 3}, block);
}

static LogicalResult ofReversal(const Demand &d) {
  int64_t batch = intAttribute(d.op, "batch_axis", 1), time = intAttribute(d.op, "time_axis", 0);
  if (batch < 0 || batch > 1 || time != 1 - batch)
    return d.op->emitOpError() << "expects 'batch_axis' and 'time_axis' to be 0 and 1, found "
                               << batch << " and " << time;
  return success(succeeded(d.hasRank(0, "an operand", 2, Demand::anyRank)) &&
                 succeeded(d.hasRank(1, "lengths", 1, 1)) && succeeded(d.agree(1, 0, 0, batch)));
}

LogicalResult retort::onnx::demandsOfMovement(const Demand &d) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(d.op)
      .Case<SplitOp>([&](auto) { return ofSplit(d); })
      .Case<SliceOp>([&](auto) { return ofSlice(d); })
      .Case<PadOp>([&](auto) { return ofPad(d); })
      .Case<TileOp>([&](auto) { return ofTile(d); })
      .Case<ExpandOp>([&](auto) {
        return success(succeeded(d.isList(1, "a shape")) && succeeded(d.areAtLeast(1, 0, "sizes")));
      })
      .Case<ReshapeOp>([&](auto) { return ofReshape(d); })
      .Case<SqueezeOp, UnsqueezeOp>([&](auto) { return ofAxes(d); })
      .Case<DepthToSpaceOp, SpaceToDepthOp>([&](auto) { return ofBlocks(d); })
      .Case<ReverseSequenceOp>([&](auto) { return ofReversal(d); })
      .Case<TriluOp>([&](auto) {
        return success(succeeded(d.hasRank(0, "an operand", 2, Demand::anyRank)) &&
                       succeeded(d.isOne(1, "number 'k'")));
      })
      .Default([](auto) { return success(); });
}
