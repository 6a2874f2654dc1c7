// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Packs the factors of an update as heads, keys and values, and puts llm.retention in its place.
#include "lib/Recurrence/UpdateMatch.h"

#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace retort;

SmallVector<int64_t> UpdateMatch::headAxes() const {
  SmallVector<int64_t> heads;
  for (int64_t axis = 0; axis < rank; ++axis)
    if (axis != batch && axis != read.key && axis != values)
      heads.push_back(axis);
  return heads;
}

/// A factor with the axes of the state, of one element where it does not lie along them.
Value UpdateMatch::placed(OnnxBuilder &b, const StateFactor &factor) const {
  RankedTensorType type = typeOf(factor.value);
  SmallVector<int64_t> dropped, order, added;
  for (int64_t axis = 0; axis < type.getRank(); ++axis)
    if (!llvm::is_contained(factor.axes, axis))
      dropped.push_back(axis);
  for (int64_t axis = 0; axis < rank; ++axis) {
    int64_t own = factor.axes[axis];
    if (own < 0)
      added.push_back(axis);
    else
      order.push_back(own - llvm::count_if(dropped, [&](int64_t d) { return d < own; }));
  }
  return b.unsqueeze(b.transpose(b.squeeze(factor.value, dropped), order), added);
}

Value UpdateMatch::product(OnnxBuilder &b, ArrayRef<StateFactor> factors) const {
  Value all;
  for (const StateFactor &factor : factors)
    if (factor.value) {
      Value next = placed(b, factor);
      all = all ? b.multiply(all, next) : next;
    }
  if (all)
    return all;
  SmallVector<int64_t> ones(rank, 1);
  return b.reshape(b.number(1, typeOf(before).getElementType()), ones);
}

/// A value with the state's axes as B x G x 1 x its elements along `last`. Where it is full, each
/// head has its own.
Value UpdateMatch::packed(OnnxBuilder &b, Value value, std::optional<int64_t> last,
                          bool isFull) const {
  SmallVector<int64_t> heads = headAxes(), order;
  RankedTensorType type = typeOf(value);
  bool anyHeads = llvm::any_of(heads, [&](int64_t axis) { return type.getDimSize(axis) != 1; });
  if (isFull || anyHeads) {
    SmallVector<int64_t> sizes(rank, 1);
    for (int64_t axis : heads)
      sizes[axis] = sizeOf(axis);
    bool grows =
        llvm::any_of(heads, [&](int64_t axis) { return type.getDimSize(axis) != sizes[axis]; });
    Value wanted;
    if (isFull && batch && type.getDimSize(*batch) == 1 && sizeOf(*batch) != 1) {
      SmallVector<int64_t> rest(sizes.begin() + 1, sizes.end());
      wanted = b.concat({b.size(before, 0), b.integers(rest)}, 0);
    } else if (grows) {
      wanted = b.integers(sizes);
    }
    if (wanted)
      value = b.expand(value, wanted);
  }
  type = typeOf(value);
  if (batch)
    order.push_back(*batch);
  llvm::append_range(order, heads);
  for (int64_t axis = 0; axis < rank; ++axis)
    if (!llvm::is_contained(order, axis) && axis != last)
      order.push_back(axis);
  if (last)
    order.push_back(*last);
  int64_t groups = 1, width = last ? type.getDimSize(*last) : 1;
  for (int64_t axis : heads)
    groups *= isFull || anyHeads ? sizeOf(axis) : 1;
  int64_t texts = batch ? type.getDimSize(*batch) : 1;
  SmallVector<int64_t> shape{ShapedType::isDynamic(texts) ? -1 : texts, groups, 1, width};
  value = b.transpose(value, order);
  return typeOf(value).getShape() == ArrayRef<int64_t>({texts, groups, 1, width})
             ? value
             : b.reshape(value, shape);
}

/// The logarithm: what Exp was taken of, moved as its result was.
Value UpdateMatch::logOf(OnnxBuilder &b, const StateFactor &factor) const {
  Value value = placed(b, factor);
  SmallVector<Operation *> moves;
  Value source = value;
  while (Operation *op = source.getDefiningOp()) {
    if (auto exponential = dyn_cast<onnx::ExpOp>(op)) {
      Value at = exponential.getInput();
      for (Operation *move : llvm::reverse(moves)) {
        IRMapping mapping;
        mapping.map(move->getOperand(0), at);
        Operation *copy = b.raw().clone(*move, mapping);
        copy->removeAttr("onnx.name");
        copy->removeAttr("onnx.outputs");
        at = copy->getResult(0);
      }
      return at;
    }
    if (!onnx::movesAll(op) || isa<onnx::ExpandOp>(op) || !typeOf(op->getResult(0)))
      break;
    moves.push_back(op);
    source = op->getOperand(0);
  }
  return onnx::LogOp::create(b.raw(), b.location(), value.getType(), value);
}

/// The decays' logarithms: B x G x 1 x D, or 1 where they are the same. Null where there are none.
Value UpdateMatch::logDecay(OnnxBuilder &b) const {
  Value sum;
  for (const StateFactor &factor : decay) {
    Value next = logOf(b, factor);
    sum = sum ? b.add(sum, next) : next;
  }
  return sum ? packed(b, sum, read.key, false) : Value();
}

/// The axes of the state by what they mean: batch, heads, keys, values.
SmallVector<int64_t> UpdateMatch::stateOrder() const {
  SmallVector<int64_t> order;
  if (batch)
    order.push_back(*batch);
  llvm::append_range(order, headAxes());
  order.push_back(read.key);
  if (values)
    order.push_back(*values);
  return order;
}

/// The state behind the row, as it was laid out.
Value UpdateMatch::asBefore(OnnxBuilder &b, Value present) const {
  SmallVector<int64_t> order = stateOrder(), moved, inverse(rank);
  for (auto [to, from] : llvm::enumerate(order)) {
    int64_t size = sizeOf(from);
    moved.push_back(ShapedType::isDynamic(size) ? -1 : size);
    inverse[from] = to;
  }
  if (typeOf(present).getShape() == typeOf(before).getShape() &&
      llvm::equal(llvm::seq<int64_t>(rank), order))
    return present;
  return b.transpose(b.reshape(present, moved), inverse);
}

llm::RetentionOp UpdateMatch::replace() {
  Operation *place = read.op; // operands of the update may stand behind it
  if (place->isBeforeInBlock(after.getDefiningOp()))
    place = after.getDefiningOp();
  OpBuilder builder(place);
  OnnxBuilder b(builder, place->getLoc());
  StateFactors keys, written;
  for (const StateFactor &factor : update)
    (factor.liesAlong(read.key) ? keys : written).push_back(factor);
  Value query = packed(b, product(b, read.query), read.key, true),
        key = packed(b, product(b, keys), read.key, true),
        value = packed(b, product(b, written), values, true);
  // A key that is the same along its axis.
  int64_t size = sizeOf(read.key), width = values ? sizeOf(*values) : 1;
  auto widened = [&](Value tensor, int64_t wanted) {
    return typeOf(tensor).getShape().back() == wanted
               ? tensor
               : b.expand(tensor, b.integers({1, 1, 1, wanted}));
  };
  query = widened(query, size);
  key = widened(key, size);
  value = widened(value, width);
  Value fading = logDecay(b), own;
  if (readsBefore)
    own = bonus.empty() ? b.reshape(b.number(0, typeOf(before).getElementType()), {1, 1, 1, 1})
                        : packed(b, product(b, bonus), read.key, false);
  SmallVector<int64_t> order = stateOrder();
  int64_t groups = 1;
  for (int64_t axis : headAxes())
    groups *= sizeOf(axis);
  int64_t texts = batch ? sizeOf(*batch) : 1, open = ShapedType::isDynamic(texts) ? -1 : texts;
  Value view = b.transpose(before, order);
  if (typeOf(view).getShape() != ArrayRef<int64_t>({texts, groups, size, width}))
    view = b.reshape(view, {open, groups, size, width});
  auto type = typeOf(before);
  auto made = llm::RetentionOp::create(
      builder, place->getLoc(), type.clone({texts, groups, 1, width}),
      type.clone({texts, groups, size, width}), query, key, value, view, fading, own,
      fading ? llm::RetentionRule::Gated : llm::RetentionRule::Linear, APFloat(1.0f), 64);
  // What the read gave.
  SmallVector<int64_t> shape;
  for (int64_t axis : read.result)
    shape.push_back(axis < 0 ? 1 : axis == batch ? open : sizeOf(axis));
  IRRewriter rewriter(builder);
  onnx::replaceValue(rewriter, read.op->getResult(0), b.reshape(made.getResult(), shape));
  onnx::replaceValue(rewriter, after, asBefore(b, made.getPresentState()));
  return made;
}
