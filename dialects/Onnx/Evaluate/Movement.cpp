// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations that place elements anew: concatenation, slices, padding, transposition, new shapes.
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Evaluate/SliceBounds.h"
#include "dialects/Onnx/Evaluate/Walk.h"
#include "dialects/Onnx/Families.h"
#include "dialects/Onnx/Ops.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace retort::onnx;

static bool areDistinctAxes(ArrayRef<int64_t> axes, int64_t rank) {
  SmallVector<bool> seen(rank, false);
  return llvm::all_of(axes, [&](int64_t given) {
    int64_t axis = frontAxis(given, rank);
    return axis >= 0 && !std::exchange(seen[axis], true);
  });
}

Evaluated retort::onnx::evaluateConcat(Operation *op, ArrayRef<Tensor> inputs) {
  int64_t rank = inputs[0].rank(), axis = frontAxis(intAttribute(op, "axis", 0), rank);
  if (axis < 0)
    return failure();
  Shape shape(inputs[0].shape());
  shape[axis] = 0;
  for (const Tensor &input : inputs) {
    if (input.rank() != rank || input.element() != inputs[0].element())
      return failure();
    for (int64_t i = 0; i < rank; ++i)
      if (i != axis && input.dim(i) != shape[i])
        return failure();
    shape[axis] += input.dim(axis);
  }
  Tensor result = Tensor::zeros(inputs[0].element(), shape);
  if (!result)
    return failure();
  int64_t outer = llvm::product_of(ArrayRef(shape).take_front(axis));
  Cell *out = result.writable().data();
  for (int64_t i = 0; i < outer && result.size() > 0; ++i)
    for (const Tensor &input : inputs) {
      int64_t block = input.size() / outer;
      out = std::copy_n(input.cells().data() + i * block, block, out);
    }
  return one(result);
}

Evaluated retort::onnx::evaluateSplit(Operation *op, ArrayRef<Tensor> inputs) {
  const Tensor &input = inputs[0];
  int64_t axis = frontAxis(intAttribute(op, "axis", 0), input.rank()), parts = op->getNumResults();
  if (axis < 0 || parts == 0)
    return failure();
  SmallVector<int64_t> sizes;
  if (Tensor split = inputAt(inputs, 1)) {
    sizes = split.integers();
  } else {
    int64_t rest = input.dim(axis), each = llvm::divideCeil(rest, parts);
    if (each * (parts - 1) > rest)
      return failure();
    for (int64_t i = 0; i < parts; ++i, rest -= sizes.back())
      sizes.push_back(std::min(each, rest));
  }
  for (int64_t size : sizes) // so that no sum overflows
    if (size < 0 || size > input.dim(axis))
      return failure();
  if (int64_t(sizes.size()) != parts || llvm::sum_of(sizes) != input.dim(axis))
    return failure();
  SmallVector<Tensor> results;
  int64_t start = 0;
  Shape strides = stridesOf(input.shape());
  for (int64_t size : sizes) {
    Shape shape(input.shape());
    shape[axis] = size;
    results.push_back(gatherStrided(input, shape, strides, start * strides[axis]));
    if (!results.back())
      return failure();
    start += size;
  }
  return results;
}

Evaluated retort::onnx::evaluateSlice(Operation *, ArrayRef<Tensor> inputs) {
  const Tensor &input = inputs[0];
  SmallVector<int64_t> starts = inputs[1].integers(), ends = inputs[2].integers(), axes, steps;
  if (Tensor given = inputAt(inputs, 3))
    axes = given.integers();
  else
    axes = llvm::to_vector(llvm::seq<int64_t>(starts.size()));
  if (Tensor given = inputAt(inputs, 4))
    steps = given.integers();
  else
    steps.assign(starts.size(), 1);
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
    return failure();
  Shape shape(input.shape()), strides = stridesOf(shape), own = strides;
  int64_t offset = 0;
  if (!areDistinctAxes(axes, input.rank()))
    return failure();
  for (auto [start, end, givenAxis, step] : llvm::zip_equal(starts, ends, axes, steps)) {
    int64_t axis = frontAxis(givenAxis, input.rank());
    if (step == 0)
      return failure();
    SliceBounds bounds = sliceBounds(start, end, step, input.dim(axis));
    shape[axis] = bounds.size;
    strides[axis] = int64_t(uint64_t(own[axis]) * uint64_t(step)); // of one element, any will do
    offset += bounds.start * own[axis];
  }
  return one(gatherStrided(input, shape, strides, offset));
}

Evaluated retort::onnx::evaluateTranspose(Operation *op, ArrayRef<Tensor> inputs) {
  const Tensor &input = inputs[0];
  SmallVector<int64_t> order = llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(input.rank())));
  if (auto given = intsAttribute(op, "perm"))
    order = *given;
  if (!isPermutationVector(order) || int64_t(order.size()) != input.rank())
    return failure();
  Shape shape, strides, own = stridesOf(input.shape());
  for (int64_t axis : order) {
    shape.push_back(input.dim(axis));
    strides.push_back(own[axis]);
  }
  return one(gatherStrided(input, shape, strides));
}

/// Bidirectional: the result may be larger than the shape asked for.
Evaluated retort::onnx::evaluateExpand(Operation *, ArrayRef<Tensor> inputs) {
  SmallVector<int64_t> target = inputs[1].integers();
  auto shape = broadcastShapes({inputs[0].shape(), target});
  return one(shape ? broadcastTo(inputs[0], *shape) : Tensor());
}

Evaluated retort::onnx::evaluateTile(Operation *, ArrayRef<Tensor> inputs) {
  const Tensor &input = inputs[0];
  SmallVector<int64_t> repeats = inputs[1].integers();
  if (int64_t(repeats.size()) != input.rank())
    return failure();
  SmallVector<int64_t> factors(input.shape());
  factors.append(repeats);
  if (!elementsOf(factors))
    return failure();
  // One axis of repetitions before each axis of the input.
  Shape walk, strides, shape, own = stridesOf(input.shape());
  for (int64_t axis = 0; axis < input.rank(); ++axis) {
    walk.append({repeats[axis], input.dim(axis)});
    strides.append({0, own[axis]});
    shape.push_back(repeats[axis] * input.dim(axis));
  }
  Tensor tiled = gatherStrided(input, walk, strides);
  return one(tiled ? tiled.reshaped(shape) : Tensor());
}

/// Where position `i` of a padded axis comes from; -1: the constant.
static int64_t padSource(StringRef mode, int64_t i, int64_t size) {
  if (i >= 0 && i < size)
    return i;
  if (mode == "edge")
    return i < 0 ? 0 : size - 1;
  if (mode == "wrap")
    return ((i % size) + size) % size;
  if (mode != "reflect" || size == 1)
    return mode == "reflect" ? 0 : -1;
  int64_t period = 2 * (size - 1), at = ((i % period) + period) % period;
  return at < size ? at : period - at;
}

Evaluated retort::onnx::evaluatePad(Operation *op, ArrayRef<Tensor> inputs) {
  const Tensor &input = inputs[0];
  SmallVector<int64_t> pads = inputs[1].integers(),
                       axes = llvm::to_vector(llvm::seq<int64_t>(input.rank()));
  if (Tensor given = inputAt(inputs, 3))
    axes = given.integers();
  constexpr int64_t most = int64_t(1) << 59; // so that no sum overflows
  if (pads.size() != 2 * axes.size() || !areDistinctAxes(axes, input.rank()) ||
      llvm::any_of(pads, [](int64_t pad) { return pad < -most || pad > most; }))
    return failure();
  Shape shape(input.shape()), before(input.rank(), 0), own = stridesOf(input.shape());
  for (auto [i, givenAxis] : llvm::enumerate(axes)) {
    int64_t axis = frontAxis(givenAxis, input.rank());
    before[axis] = pads[i];
    shape[axis] += pads[i] + pads[i + axes.size()];
  }
  StringRef mode = stringAttribute(op, "mode", "constant");
  Tensor value = inputAt(inputs, 2), result = Tensor::zeros(input.element(), shape);
  if (!result || (mode != "constant" && input.size() == 0) || (value && value.size() != 1))
    return failure();
  Cell fill = value ? value.cells()[0] : Cell{0};
  Cell *out = result.writable().data();
  Shape strides = stridesOf(shape);
  for (int64_t i = 0; i < result.size(); ++i) {
    int64_t at = 0;
    for (int64_t axis = 0; at >= 0 && axis < input.rank(); ++axis) {
      int64_t source =
          padSource(mode, i / strides[axis] % shape[axis] - before[axis], input.dim(axis));
      at = source < 0 ? -1 : at + source * own[axis];
    }
    *out++ = at < 0 ? fill : input.cells()[at];
  }
  return one(result);
}

Evaluated retort::onnx::evaluateTrilu(Operation *op, ArrayRef<Tensor> inputs) {
  Tensor result = inputs[0], diagonal = inputAt(inputs, 1);
  if (result.rank() < 2)
    return failure();
  int64_t k = diagonal ? diagonal.integer(0) : 0;
  int64_t rows = result.dim(result.rank() - 2), columns = result.dim(result.rank() - 1);
  bool upper = intAttribute(op, "upper", 1);
  for (auto [i, cell] : llvm::enumerate(result.writable())) {
    int64_t row = int64_t(i) / columns % rows, column = int64_t(i) % columns;
    if (upper ? column - row < k : column - row > k)
      cell.i = 0;
  }
  return one(result);
}

/// The shape that Reshape's operand asks for: 0 keeps a size, -1 takes what is left.
static std::optional<Shape> reshapeTarget(const Tensor &input, ArrayRef<int64_t> asked,
                                          bool allowZero) {
  Shape shape(asked);
  int64_t known = 1, rest = -1;
  for (auto [axis, size] : llvm::enumerate(shape)) {
    if (size == 0 && !allowZero) {
      if (int64_t(axis) >= input.rank())
        return std::nullopt;
      size = input.dim(axis);
    }
    if (size < -1 || (size == -1 && rest >= 0))
      return std::nullopt;
    if (size == -1)
      rest = axis;
    else if (llvm::MulOverflow(known, size, known))
      return std::nullopt;
  }
  if (rest >= 0) {
    if (known == 0 || input.size() % known)
      return std::nullopt;
    shape[rest] = input.size() / known;
  }
  return shape;
}

static std::optional<Shape> squeezed(const Tensor &input, Tensor axes) {
  SmallVector<bool> drop(input.rank(), false);
  for (int64_t axis = 0; !axes && axis < input.rank(); ++axis)
    drop[axis] = input.dim(axis) == 1;
  for (int64_t given : axes ? axes.integers() : SmallVector<int64_t>()) {
    int64_t axis = frontAxis(given, input.rank());
    if (axis < 0 || input.dim(axis) != 1)
      return std::nullopt;
    drop[axis] = true;
  }
  Shape shape;
  for (int64_t axis = 0; axis < input.rank(); ++axis)
    if (!drop[axis])
      shape.push_back(input.dim(axis));
  return shape;
}

static std::optional<Shape> unsqueezed(const Tensor &input, ArrayRef<int64_t> axes) {
  int64_t rank = input.rank() + axes.size();
  Shape shape(rank, -1);
  for (int64_t given : axes) {
    int64_t axis = frontAxis(given, rank);
    if (axis < 0 || shape[axis] == 1)
      return std::nullopt;
    shape[axis] = 1;
  }
  int64_t next = 0;
  for (int64_t &size : shape)
    size = size == 1 ? 1 : input.dim(next++);
  return shape;
}

Evaluated retort::onnx::evaluateReshape(Operation *op, ArrayRef<Tensor> inputs) {
  const Tensor &input = inputs[0];
  std::optional<Shape> shape;
  if (isa<ReshapeOp>(op)) {
    shape = reshapeTarget(input, inputs[1].integers(), intAttribute(op, "allowzero", 0));
  } else if (isa<SqueezeOp>(op)) {
    shape = squeezed(input, inputAt(inputs, 1));
  } else if (isa<UnsqueezeOp>(op)) {
    shape = unsqueezed(input, inputs[1].integers());
  } else if (isa<FlattenOp>(op)) {
    int64_t axis = intAttribute(op, "axis", 1);
    axis = axis < 0 ? axis + input.rank() : axis;
    if (axis >= 0 && axis <= input.rank())
      shape = Shape{llvm::product_of(input.shape().take_front(axis)),
                    llvm::product_of(input.shape().drop_front(axis))};
  }
  return one(shape ? input.reshaped(*shape) : Tensor());
}
