// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// llm.attention in f32 as one operation, of which code generation makes one kernel.
//   llm.attention(%q, %k, %v mask %m) {causal}
// ->
//   %bias = linalg.generic { select %m, 0, -inf }
//   fused.attention %q, %k, %v offset %past bias %bias {right_window = 0}
#include "lib/Lower/FusedAttention.h"

#include "dialects/Fused/Fused.h"
#include "lib/Lower/Broadcast.h"

using namespace mlir;
using namespace retort;

std::string retort::whyNotFused(Emitter &e, llm::AttentionOp op) {
  for (Value operand : {op.getQuery(), op.getKey(), op.getValue(), op.getResult()})
    if (!elementType(operand).isF32())
      return "its numbers are not all f32";
  for (Value operand : {op.getQuery(), op.getKey(), op.getValue()})
    if (tensorType(e.get(operand)).isDynamicDim(3))
      return "the size of its heads is known to the run alone";
  for (Value operand : {op.getQuery(), op.getValue()})
    if (tensorType(e.get(operand)).getDimSize(3) == 0)
      return "its heads have no numbers";
  if (op.getMaskedRows() == llm::MaskedRows::Mean)
    return "rows that see no column take the mean of all";
  return "";
}

/// A list of one number as an index, or the list itself; null for null.
static Value numberOrList(Emitter &e, Value list) {
  if (!list)
    return list;
  if (rankOf(list) == 0)
    return e.toIndex(e.extract(list));
  if (tensorType(list).getDimSize(0) == 1)
    return e.toIndex(e.extract(list, e.index(0)));
  return list;
}

/// Mask and bias as one tensor of four axes, the last of all columns: -inf where the mask hides.
static Value biasOf(Emitter &e, llm::AttentionOp op, Value columns) {
  Value mask = e.get(op.getMask()), bias = e.get(op.getBias());
  if (!mask && !bias)
    return {};
  SmallVector<Value> tensors, sizes;
  for (Value tensor : {mask, bias})
    if (tensor)
      tensors.push_back(tensor);
  auto f32 = e.getF32Type();
  int64_t last = bias ? rankOf(bias) - 1 : -1;
  bool isReady = !mask && elementType(bias).isF32() && last >= 0 && e.dim(bias, last) == columns;
  if (!isReady) {
    size_t count = tensors.size();
    tensors.push_back(e.empty(columns, f32)); // for its size
    Broadcast broadcast(e, op, tensors, {}, {});
    sizes.append(broadcast.sizes().begin(), broadcast.sizes().end());
    bias = broadcast.map(
        f32,
        [&](ValueRange x) -> Value {
          Value number = bias ? e.narrow(e.widen(x.back()), f32) : e.zero(f32);
          return mask ? e.choose(x[0], number, e.lowest(f32)) : number;
        },
        count);
  } else {
    sizes = e.dims(bias);
  }
  if (sizes.size() == 4)
    return bias;
  sizes.insert(sizes.begin(), 4 - sizes.size(), e.index(1));
  return e.reshape(bias, sizes);
}

Value retort::fuseAttention(Emitter &e, llm::AttentionOp op, Value keys, Value values, Value past) {
  Value query = e.get(op.getQuery());
  Value offset = op.getOffset() ? numberOrList(e, e.get(op.getOffset())) : past;
  Value sinks = e.get(op.getSinks());
  if (sinks && !elementType(sinks).isF32())
    sinks = e.map(e.dims(sinks), e.getF32Type(), Access{sinks, e.identity(1)},
                  [&](ValueRange x) { return e.narrow(e.widen(x[0]), e.getF32Type()); });
  std::optional<int64_t> right = op.getRightWindow();
  if (op.getCausal())
    right = std::min<int64_t>(0, right.value_or(0));
  SmallVector<Value> sizes = e.dims(query);
  sizes[3] = e.dim(values, 3);
  Value init = e.empty(sizes, e.getF32Type());
  Value result = fused::AttentionOp::create(e, init.getType(), query, keys, values, offset,
                                            e.get(op.getKeyLength()), biasOf(e, op, e.dim(keys, 2)),
                                            sinks, init, op.getScaleAttr(), op.getLeftWindowAttr(),
                                            right ? e.getI64IntegerAttr(*right) : IntegerAttr(),
                                            op.getSoftcapAttr())
                     .getResult();
  e.setDims(result, sizes);
  return result;
}
