// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds writes into buffers by what moves elements, and heads by where elements go.
#include "lib/DecodeStep/BufferCaches.h"

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Constants.h"
#include "lib/Analysis/Movement.h"

using namespace mlir;
using namespace retort;

static BlockArgument argumentBehind(Value value) {
  return dyn_cast<BlockArgument>(withoutTranspositions(value));
}

static int64_t rankOf(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type ? type.getRank() : 0;
}

/// ScatterND along its first axis alone: indices are a list of places, one for each row.
static bool writesWholeRows(onnx::ScatterNDOp op) {
  auto indices = dyn_cast<RankedTensorType>(op.getIndices().getType());
  return op.getReduction() == "none" && indices && indices.getRank() == 2 &&
         indices.getDimSize(1) == 1;
}

static std::optional<BufferWrite> matchWrite(Operation *op) {
  auto make = [&](Value data, Value rows, Value index, int64_t axis, CacheAssumption::Kind kind,
                  int64_t along) -> std::optional<BufferWrite> {
    BlockArgument buffer = argumentBehind(data);
    auto type = dyn_cast<RankedTensorType>(data.getType());
    if (!buffer || !type || rankOf(rows) != type.getRank())
      return std::nullopt;
    axis = axis < 0 ? axis + type.getRank() : axis;
    if (axis < 0 || axis >= type.getRank())
      return std::nullopt;
    return BufferWrite{op, buffer, rows, axis, {kind, index, op, along < 0 ? axis : along}};
  };
  if (auto scatter = dyn_cast_or_null<onnx::TensorScatterOp>(op);
      scatter && scatter.getMode() == "linear" && scatter.getWriteIndices())
    return make(scatter.getPastCache(), scatter.getUpdate(), scatter.getWriteIndices(),
                scatter.getAxis(), CacheAssumption::Index, 0);
  if (auto scatter = dyn_cast_or_null<onnx::ScatterNDOp>(op); scatter && writesWholeRows(scatter))
    return make(scatter.getData(), scatter.getUpdates(), scatter.getIndices(), 0,
                CacheAssumption::Places, 0);
  if (auto scatter = dyn_cast_or_null<onnx::ScatterElementsOp>(op);
      scatter && scatter.getReduction() == "none")
    return make(scatter.getData(), scatter.getUpdates(), scatter.getIndices(), scatter.getAxis(),
                CacheAssumption::Places, -1);
  return std::nullopt;
}

/// Other axes of the rows are those of the buffer.
static bool coversOtherAxes(const BufferWrite &write, Samples &samples, Sample sample) {
  auto rows = samples.shape(write.rows, sample);
  auto buffer = samples.shape(write.scatter->getResult(0), sample);
  if (!rows || !buffer || rows->size() != buffer->size())
    return false;
  for (int64_t axis = 0; axis < int64_t(rows->size()); ++axis)
    if (axis != write.axis && (*rows)[axis] != (*buffer)[axis])
      return false;
  return true;
}

/// Buffers whose size the graph leaves open have seven rows.
static const Sample anySample = {/*batch=*/2, /*tokens=*/3, /*past=*/7};

std::optional<BufferWrite> retort::findBufferWrite(Value heads, Samples &samples) {
  if (rankOf(heads) != 4)
    return std::nullopt;
  for (const Source &source : sourcesOf(heads, samples))
    if (auto write = matchWrite(source.value.getDefiningOp());
        write && source.scale == 1 && coversOtherAxes(*write, samples, anySample))
      return write;
  return std::nullopt;
}

namespace {
/// Heads as a transposition of a tensor of four axes, which is the buffer with one axis split.
struct HeadsOrder {
  SmallVector<int64_t> sizes;       // of the buffer, split
  SmallVector<int64_t> permutation; // heads' axis i is axis permutation[i] of it
  int64_t row;
};
} // namespace

/// Whether heads are these axes of a buffer in this order, element by element.
static bool isOrder(const onnx::Tensor &origin, const HeadsOrder &order) {
  SmallVector<int64_t> strides(4, 1);
  for (int64_t axis = 3; axis-- > 0;)
    strides[axis] = strides[axis + 1] * order.sizes[axis + 1];
  for (int64_t i = 0; i < 4; ++i)
    if (origin.dim(i) != order.sizes[order.permutation[i]])
      return false;
  for (int64_t i = 0; i < origin.size(); ++i) {
    int64_t rest = i, from = 0;
    for (int64_t axis = 4; axis-- > 0;) {
      from += rest % origin.dim(axis) * strides[order.permutation[axis]];
      rest /= origin.dim(axis);
    }
    if (origin.integer(i) != from)
      return false;
  }
  return true;
}

static std::optional<HeadsOrder> findOrder(const onnx::Tensor &origin, HeadsOrder order) {
  order.permutation = {0, 1, 2, 3};
  do {
    if (order.permutation[2] == order.row && isOrder(origin, order))
      return order;
  } while (std::next_permutation(order.permutation.begin(), order.permutation.end()));
  return std::nullopt;
}

static std::optional<HeadsOrder> orderOfHeads(const onnx::Tensor &origin, ArrayRef<int64_t> buffer,
                                              int64_t row) {
  if (buffer.size() == 4)
    return findOrder(origin, {llvm::to_vector(buffer), {}, row});
  // Heads and width in one axis.
  for (int64_t axis = 0; axis < 3 && buffer.size() == 3; ++axis) {
    if (axis == row || buffer[axis] != origin.dim(1) * origin.dim(3))
      continue;
    HeadsOrder order{llvm::to_vector(buffer), {}, row > axis ? row + 1 : row};
    order.sizes[axis] = origin.dim(1);
    order.sizes.insert(order.sizes.begin() + axis + 1, origin.dim(3));
    if (auto found = findOrder(origin, order))
      return found;
  }
  return std::nullopt;
}

Value retort::headsOfRows(Value heads, const BufferWrite &write, Samples &samples,
                          OpBuilder &builder) {
  auto buffer = samples.shape(write.scatter->getResult(0), anySample);
  std::optional<HeadsOrder> order;
  for (const Source &source : sourcesOf(heads, samples))
    if (source.value == write.scatter->getResult(0))
      if (auto origin = originOf(source, samples, anySample);
          succeeded(origin) && origin->rank() == 4 && origin->size() > 0)
        order = orderOfHeads(*origin, *buffer, write.axis);
  if (!order)
    return {};
  Location loc = write.scatter->getLoc();
  // One text: the axis of the batch is 1.
  SmallVector<int64_t> shape(order->sizes), type(shape), result;
  int64_t batch = order->permutation[0];
  shape[batch] = 1;
  shape[order->row] = -1;
  type[batch] = type[order->row] = ShapedType::kDynamic;
  auto element = getElementTypeOrSelf(heads.getType());
  Value rows = write.rows;
  if (buffer->size() == 3)
    rows = onnx::ReshapeOp::create(builder, loc, RankedTensorType::get(type, element), rows,
                                   makeIntegers(builder, loc, shape));
  for (int64_t axis : order->permutation)
    result.push_back(type[axis]);
  if (llvm::is_sorted(order->permutation))
    return rows;
  return onnx::TransposeOp::create(builder, loc, RankedTensorType::get(result, element), rows,
                                   builder.getDenseI64ArrayAttr(order->permutation));
}
