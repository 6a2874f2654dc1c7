// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gradients of convolutions, as convolutions.
//
//   Y = Conv(X, W)   ->   dX = Conv(dY with zeros between strides, W turned around)
//                         dW = Conv(X, dY), where parts of the batch are channels, and strides and
//                              dilations change places
#include "lib/Differentiate/GradientRules.h"

using namespace mlir;
using namespace retort;

namespace {
struct Convolution {
  Value x, w; ///< NxCxL..., OxC/GxK...
  int64_t groups = 1;
  SmallVector<int64_t> strides, dilations, before, after;

  Value run(OnnxBuilder &build, ArrayRef<int64_t> result) const;
  Value ofInput(Backward &backward, Value dy) const;
  Value ofWeight(Backward &backward, Value dy) const;
  size_t axes() const { return strides.size(); }
};
} // namespace

static SmallVector<int64_t> outerSizes(Value value, int64_t first, int64_t second) {
  SmallVector<int64_t> shape(shapeOf(value));
  shape[0] = first;
  shape[1] = second;
  return shape;
}

/// To a result of this shape.
Value Convolution::run(OnnxBuilder &build, ArrayRef<int64_t> result) const {
  OpBuilder &raw = build.raw();
  SmallVector<int64_t> pads(before);
  pads.append(after);
  SmallVector<int64_t> kernel(shapeOf(w).drop_front(2));
  auto type = cast<RankedTensorType>(x.getType()).clone(result);
  return onnx::ConvOp::create(raw, build.location(), type, x, w, /*B=*/Value(),
                              /*auto_pad=*/StringAttr(), raw.getDenseI64ArrayAttr(dilations),
                              raw.getI64IntegerAttr(groups), raw.getDenseI64ArrayAttr(kernel),
                              raw.getDenseI64ArrayAttr(pads), raw.getDenseI64ArrayAttr(strides));
}

/// Elements of an axis `step` apart, zeros between them.
static Value spread(OnnxBuilder &build, Value value, int64_t axis, int64_t step) {
  if (step == 1)
    return value;
  SmallVector<int64_t> shape(shapeOf(value));
  int64_t size = shape[axis], rank = int64_t(shape.size());
  SmallVector<int64_t> pads(2 * (rank + 1), 0);
  pads[rank + 1 + axis + 1] = step - 1;
  Value wide = build.pad(build.unsqueeze(value, {axis + 1}), build.integers(pads));
  shape[axis] = size * step;
  return build.slice(build.reshape(wide, shape), axis, 0, (size - 1) * step + 1);
}

static Value turned(OnnxBuilder &build, Value value, int64_t axis) {
  return build.reorder(value, axis,
                       llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(shapeOf(value)[axis]))));
}

Value Convolution::ofInput(Backward &backward, Value dy) const {
  OnnxBuilder &build = backward.build;
  ArrayRef<int64_t> data = shapeOf(x);
  int64_t outputs = shapeOf(w)[0], inputs = shapeOf(w)[1];
  Convolution back;
  back.groups = groups;
  back.dilations = dilations;
  back.strides.assign(axes(), 1);
  // OxC/GxK -> GxO/GxC/GxK -> CxO/GxK
  SmallVector<int64_t> split{groups, outputs / groups, inputs}, order{0, 2, 1};
  for (size_t i = 0; i < axes(); ++i) {
    split.push_back(shapeOf(w)[2 + i]);
    order.push_back(3 + int64_t(i));
  }
  Value weight = build.transpose(build.reshape(w, split), order);
  weight = build.reshape(weight, outerSizes(w, groups * inputs, outputs / groups));
  for (size_t i = 0; i < axes(); ++i) {
    int64_t axis = 2 + int64_t(i), reach = (shapeOf(w)[axis] - 1) * dilations[i];
    dy = spread(build, dy, axis, strides[i]);
    weight = turned(build, weight, axis);
    back.before.push_back(reach - before[i]);
    back.after.push_back(data[axis] - (back.before[i] + shapeOf(dy)[axis] - reach));
  }
  // A convolution takes no negative pads.
  SmallVector<int64_t> crop(2 * data.size(), 0);
  bool isCropped = false;
  for (size_t i = 0; i < axes(); ++i)
    for (auto [pad, place] :
         {std::pair(&back.before[i], 2 + i), {&back.after[i], data.size() + 2 + i}})
      if (*pad < 0) {
        crop[place] = *pad;
        *pad = 0;
        isCropped = true;
      }
  back.x = isCropped ? build.pad(dy, build.integers(crop)) : dy;
  back.w = weight;
  return back.run(build, data);
}

Value Convolution::ofWeight(Backward &backward, Value dy) const {
  OnnxBuilder &build = backward.build;
  int64_t batch = shapeOf(x)[0], outputs = shapeOf(w)[0], inputs = shapeOf(w)[1];
  Convolution back;
  back.groups = groups;
  back.strides = dilations;
  back.dilations = strides;
  back.before = before;
  back.after = after;
  // NxCxL -> NxGxC/GxL -> C/Gx(G N)xL
  SmallVector<int64_t> split{batch, groups, inputs}, order{2, 1, 0}, swapped{1, 0},
      result{inputs, outputs};
  for (size_t i = 0; i < axes(); ++i) {
    int64_t axis = 2 + int64_t(i);
    split.push_back(shapeOf(x)[axis]);
    order.push_back(axis + 1);
    swapped.push_back(axis);
    int64_t room = shapeOf(x)[axis] + before[i] + after[i] - (shapeOf(dy)[axis] - 1) * strides[i];
    result.push_back((room - 1) / dilations[i] + 1);
  }
  back.x = build.reshape(build.transpose(build.reshape(x, split), order),
                         outerSizes(x, inputs, groups * batch));
  back.w = build.transpose(dy, swapped);
  Value sums = build.transpose(back.run(build, result), swapped);
  // What the last stride left over.
  for (size_t i = 0; i < axes(); ++i)
    if (int64_t axis = 2 + int64_t(i); shapeOf(sums)[axis] != shapeOf(w)[axis])
      sums = build.slice(sums, axis, 0, shapeOf(w)[axis]);
  return sums;
}

static Value ofBias(OnnxBuilder &build, Value dy) {
  SmallVector<int64_t> all = llvm::to_vector(llvm::seq<int64_t>(shapeOf(dy).size()));
  all.erase(all.begin() + 1);
  return build.reshape(build.reduceSum(dy, all), {shapeOf(dy)[1]});
}

static SmallVector<int64_t> orOnes(std::optional<ArrayRef<int64_t>> given, size_t count) {
  return given ? SmallVector<int64_t>(*given) : SmallVector<int64_t>(count, 1);
}

static LogicalResult convGradient(onnx::ConvOp op, Backward &backward) {
  Convolution form;
  form.x = op.getX();
  form.w = op.getW();
  form.groups = op.getGroup();
  size_t axes = shapeOf(form.x).size() - 2;
  form.strides = orOnes(op.getStrides(), axes);
  form.dilations = orOnes(op.getDilations(), axes);
  Value dy = backward.gradient();
  for (size_t i = 0; i < axes; ++i) {
    int64_t axis = 2 + int64_t(i), reach = (shapeOf(form.w)[axis] - 1) * form.dilations[i] + 1;
    int64_t all = std::max<int64_t>(
        (shapeOf(dy)[axis] - 1) * form.strides[i] + reach - shapeOf(form.x)[axis], 0);
    bool isSame = op.getAutoPad().starts_with("SAME");
    int64_t before = isSame ? op.getAutoPad() == "SAME_LOWER" ? all - all / 2 : all / 2 : 0;
    form.before.push_back(op.getPads() ? (*op.getPads())[i] : before);
    form.after.push_back(op.getPads() ? (*op.getPads())[axes + i] : isSame ? all - before : 0);
  }
  if (backward.isWanted(form.x))
    backward.add(form.x, form.ofInput(backward, dy));
  if (backward.isWanted(form.w))
    backward.add(form.w, form.ofWeight(backward, dy));
  if (op.getB() && backward.isWanted(op.getB()))
    backward.add(op.getB(), ofBias(backward.build, dy));
  return success();
}

/// Rows are those of the state and behind them the data; the new state is their end.
static LogicalResult causalConvGradient(onnx::CausalConvWithStateOp op, Backward &backward) {
  OnnxBuilder &build = backward.build;
  Value data = op.getInput(), weight = op.getWeight(), past = op.getPastState();
  ArrayRef<int64_t> shape = shapeOf(data);
  int64_t length = shape[2], before = shapeOf(weight)[2] - 1;
  auto type = cast<RankedTensorType>(data.getType());
  Value state = past ? past : backward.zeros(type.clone({shape[0], shape[1], before}));
  Convolution form;
  form.x = build.concat({state, data}, 2);
  form.w = weight;
  form.groups = shape[1];
  form.strides = form.dilations = {1};
  form.before = form.after = {0};
  Term dy(backward.gradientOrZeros(0), build);
  if (op.getActivation() == "silu" || op.getActivation() == "swish") {
    Term pre(form.run(build, shape), build);
    if (op.getBias())
      pre = pre + Term(build.reshape(op.getBias(), {shape[1], 1}), build);
    Term s = sigmoid(pre);
    dy = dy * (s + pre * s * (1 - s));
  }
  Value rows = form.ofInput(backward, dy);
  if (Value ofState = backward.gradient(1)) {
    SmallVector<int64_t> pads(6, 0);
    pads[2] = length;
    rows = build.add(rows, build.pad(ofState, build.integers(pads)));
  }
  if (past && backward.isWanted(past))
    backward.add(past, build.slice(rows, 2, 0, before));
  if (backward.isWanted(data))
    backward.add(data, build.slice(rows, 2, before, before + length));
  if (backward.isWanted(weight))
    backward.add(weight, form.ofWeight(backward, dy));
  if (op.getBias() && backward.isWanted(op.getBias()))
    backward.add(op.getBias(), ofBias(build, dy));
  return success();
}

namespace retort {
void addConvolutionRules(GradientRules &rules) {
  rules.add<onnx::ConvOp>(convGradient);
  rules.add<onnx::CausalConvWithStateOp>(causalConvGradient);
}
} // namespace retort
