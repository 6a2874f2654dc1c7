// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions of any number of spatial axes, with groups, strides, dilations and paddings.
#include "lib/Lower/Broadcast.h"
#include "lib/Lower/LongConvolution.h"
#include "lib/Lower/Lowering.h"
#include "lib/Lower/Reduce.h"
#include "lib/Lower/Scalars.h"
#include "lib/Lower/Window.h"

using namespace mlir;
using namespace retort;

/// Zeros around the spatial axes.
static Value pad(Emitter &e, Value data, ArrayRef<Window> windows) {
  if (llvm::all_of(windows, [](const Window &w) {
        return constantOf(w.before) == 0 && constantOf(w.after) == 0;
      }))
    return data;
  SmallVector<Value> sizes = e.dims(data), offsets(sizes.size(), e.index(0));
  for (auto [i, w] : llvm::enumerate(windows)) {
    sizes[i + 2] = e.add(e.add(w.size, w.before), w.after);
    offsets[i + 2] = w.before;
  }
  return e.insert(data, e.fill(sizes, e.zero(elementType(data))), offsets);
}

/// `outputs` are those of one group.
static void requireConvSizes(Emitter &e, onnx::ConvOp op, ArrayRef<Value> dataSizes,
                             ArrayRef<Value> weightSizes, Value groups, Value outputs) {
  e.require(e.equal(e.mul(weightSizes[1], groups), dataSizes[1]), op,
            "the weight's channels do not fit the input");
  e.require(e.equal(e.mul(outputs, groups), weightSizes[0]), op,
            "the groups do not divide the output channels");
  if (Value bias = e.get(op.getB()))
    requireSizes(e, op, bias, weightSizes[0], "the bias does not fit the weight");
  if (auto kernel = op.getKernelShape())
    for (auto [i, size] : llvm::enumerate(*kernel))
      e.require(e.equal(weightSizes[i + 2], e.index(size)), op,
                "the weight is not of the kernel's shape");
}

/// Loops: n, group, m, places ..., then summed c, kernel ...
static Value lowerConv(Emitter &e, onnx::ConvOp op) {
  if (Value rows = rowsOfLongConvolution(op))
    return lowerLongConvolution(e, op, rows);
  Value data = e.get(op.getX()), weight = e.get(op.getW()), bias = e.get(op.getB());
  Type element = resultElement(op), accumulator = accumulatorType(e, element);
  int64_t axes = rankOf(data) - 2, loops = 4 + 2 * axes;
  Value groups = e.index(op.getGroup());
  SmallVector<Window> windows;
  for (int64_t i = 0; i < axes; ++i)
    windows.push_back(
        makeWindow(e, op, WindowAttributes(op), i, axes, e.dim(data, i + 2), e.dim(weight, i + 2)));
  data = pad(e, data, windows);
  SmallVector<Value> dataSizes = e.dims(data), weightSizes = e.dims(weight);
  Value channels = e.divide(dataSizes[1], groups), outputs = e.divide(weightSizes[0], groups);
  requireConvSizes(e, op, dataSizes, weightSizes, groups, outputs);
  dataSizes[1] = channels;
  dataSizes.insert(dataSizes.begin() + 1, groups);
  weightSizes[0] = outputs;
  weightSizes.insert(weightSizes.begin(), groups);
  data = e.reshape(data, dataSizes);
  weight = e.reshape(weight, weightSizes);

  auto loop = [&](int64_t i) { return e.getAffineDimExpr(i); };
  SmallVector<AffineExpr> readData{loop(0), loop(1), loop(3 + axes)},
      readWeight{loop(1), loop(2), loop(3 + axes)};
  SmallVector<Value> sizes{dataSizes[0], groups, outputs};
  for (int64_t i = 0; i < axes; ++i) {
    readData.push_back(loop(3 + i) * windows[i].stride + loop(4 + axes + i) * windows[i].dilation);
    readWeight.push_back(loop(4 + axes + i));
    sizes.push_back(windows[i].result);
  }
  std::string kinds = std::string(3 + axes, 'p') + std::string(1 + axes, 'r');
  Value sum = e.reduce(sizes, accumulator, e.zero(accumulator),
                       e.project(loops, llvm::to_vector(llvm::seq<int64_t>(3 + axes))), kinds,
                       {{data, AffineMap::get(loops, 0, readData, e.getContext())},
                        {weight, AffineMap::get(loops, 0, readWeight, e.getContext())}},
                       [&](ValueRange x) {
                         return e.sum(arith::MulFOp::create(e, e.widen(x[0]), e.widen(x[1])), x[2]);
                       });
  SmallVector<Value> result{sizes[0], e.mul(groups, outputs)};
  result.append(sizes.begin() + 3, sizes.end());
  result = e.refine(op->getResult(0).getType(), result);
  sum = e.reshape(sum, result);
  SmallVector<Access> reads{{sum, e.identity(2 + axes)}};
  if (bias)
    reads.push_back({bias, e.project(2 + axes, 1)});
  if (!bias && accumulator == element)
    return sum;
  return e.map(result, element, reads, [&](ValueRange x) {
    Value total = bias ? arith::AddFOp::create(e, x[0], e.widen(x[1])).getResult() : x[0];
    return e.narrow(total, element);
  });
}

/// Each channel by itself: result[b,c,t] = bias[c] + sum over k of rows[b,c,t+k] weight[c,0,k],
/// where rows are those of the state and behind them the data. The new state is the end of the
/// rows.
static LogicalResult lowerCausalConv(Emitter &e, onnx::CausalConvWithStateOp op) {
  Value data = e.get(op.getInput()), weight = e.get(op.getWeight()), bias = e.get(op.getBias()),
        past = e.get(op.getPastState());
  Type element = resultElement(op), accumulator = accumulatorType(e, element);
  SmallVector<Value> sizes = e.dims(data), wide(sizes), state(sizes);
  Value zero = e.index(0), width = e.dim(weight, 2), before = e.sub(width, e.index(1));
  requireSizes(e, op, weight, {sizes[1], e.index(1), width},
               "the weight's channels do not fit the input");
  e.require(e.lessOrEqual(e.index(0), before), op, "the weight is empty");
  if (past)
    requireSizes(e, op, past, {sizes[0], sizes[1], before}, "the state does not fit the weight");
  if (bias)
    requireSizes(e, op, bias, sizes[1], "the bias does not fit the input");
  wide[2] = e.add(before, sizes[2]);
  state[2] = before;
  Value rows = past ? e.insert(past, e.empty(wide, element), {zero, zero, zero})
                    : e.fill(wide, e.zero(element));
  rows = e.insert(data, rows, {zero, zero, before});
  e.setDims(rows, wide);
  AffineExpr b = e.getAffineDimExpr(0), c = e.getAffineDimExpr(1), t = e.getAffineDimExpr(2),
             k = e.getAffineDimExpr(3);
  Value taps = e.reshape(weight, {sizes[1], width});
  Value sum = e.reduce(
      sizes, accumulator, e.zero(accumulator), e.project(4, {0, 1, 2}), "pppr",
      {{rows, AffineMap::get(4, 0, {b, c, t + k}, e.getContext())}, {taps, e.project(4, {1, 3})}},
      [&](ValueRange x) {
        return e.sum(arith::MulFOp::create(e, e.widen(x[0]), e.widen(x[1])), x[2]);
      });
  SmallVector<Access> reads{{sum, e.identity(3)}};
  if (bias)
    reads.push_back({bias, e.project(3, 1)});
  bool isGated = op.getActivation() == "silu" || op.getActivation() == "swish";
  e.set(op.getOutput(), e.map(sizes, element, reads, [&](ValueRange x) {
    Value y = bias ? arith::AddFOp::create(e, x[0], e.widen(x[1])).getResult() : x[0];
    if (isGated)
      y = arith::MulFOp::create(e, y, scalar::sigmoid(e, y));
    return e.narrow(y, element);
  }));
  e.set(op.getPresentState(), e.slice(rows, {zero, zero, sizes[2]}, state));
  return success();
}

void retort::addConvolutionLowerings(Lowering &lowering) {
  lowering.add(lowerConv);
  lowering.add(lowerCausalConv);
}
