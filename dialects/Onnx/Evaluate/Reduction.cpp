// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations that combine elements along axes, and what runs along an axis.
#include "dialects/Onnx/Evaluate/Attributes.h"
#include "dialects/Onnx/Evaluate/Walk.h"
#include "dialects/Onnx/Families.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace retort::onnx;

namespace {
/// What a Reduce* operation starts with, adds, and makes of the sum over `count` elements. Integers
/// are combined apart, so that none is rounded to a double.
struct Reduction {
  double start;
  double (*add)(double sum, double x);
  double (*finish)(double sum, double count);
  int64_t integerStart;
  int64_t (*addInteger)(int64_t sum, int64_t x);
};
} // namespace

static double keep(double sum, double) { return sum; }
static double plus(double sum, double x) { return sum + x; }
static double plusSquare(double sum, double x) { return sum + x * x; }
// Integers wrap.
static int64_t plusInteger(int64_t sum, int64_t x) { return int64_t(uint64_t(sum) + uint64_t(x)); }
static int64_t timesInteger(int64_t a, int64_t b) { return int64_t(uint64_t(a) * uint64_t(b)); }
static int64_t plusSquareInteger(int64_t sum, int64_t x) {
  return plusInteger(sum, timesInteger(x, x));
}
static int64_t plusMagnitude(int64_t sum, int64_t x) {
  return plusInteger(sum, x < 0 ? timesInteger(x, -1) : x);
}
/// log(exp(sum) + exp(x)), which is finite where they are.
static double plusExp(double sum, double x) {
  double high = std::fmax(sum, x), low = std::fmin(sum, x);
  if (std::isnan(sum) || std::isnan(x) || std::isinf(high))
    return std::isnan(sum) ? sum : std::isnan(x) ? x : high;
  return high + std::log1p(std::exp(low - high));
}
static constexpr double infinity = std::numeric_limits<double>::infinity();

static std::optional<Reduction> reductionOf(StringRef name) {
  return llvm::StringSwitch<std::optional<Reduction>>(name)
      .Case("ReduceSum", Reduction{0, plus, keep, 0, plusInteger})
      .Case("ReduceMean",
            Reduction{0, plus, [](double s, double n) { return s / n; }, 0, plusInteger})
      .Case("ReduceSumSquare", Reduction{0, plusSquare, keep, 0, plusSquareInteger})
      .Case("ReduceL1", Reduction{0, [](double s, double x) { return s + std::fabs(x); }, keep, 0,
                                  plusMagnitude})
      .Case("ReduceL2", Reduction{0, plusSquare, [](double s, double) { return std::sqrt(s); }, 0,
                                  plusSquareInteger})
      .Case("ReduceMax",
            Reduction{-infinity, [](double s, double x) { return std::isnan(x) || x > s ? x : s; },
                      keep, 0, [](int64_t s, int64_t x) { return std::max(s, x); }})
      .Case("ReduceMin",
            Reduction{infinity, [](double s, double x) { return std::isnan(x) || x < s ? x : s; },
                      keep, 0, [](int64_t s, int64_t x) { return std::min(s, x); }})
      .Case("ReduceProd",
            Reduction{1, [](double s, double x) { return s * x; }, keep, 1, timesInteger})
      .Case("ReduceLogSum",
            Reduction{0, plus, [](double s, double) { return std::log(s); }, 0, plusInteger})
      .Case("ReduceLogSumExp", Reduction{-infinity, plusExp, keep, 0, plusInteger})
      .Default(std::nullopt);
}

/// The smallest or largest number of a type: what Max and Min of nothing are.
static int64_t extreme(IntegerType type, bool largest) {
  unsigned bits = type.getWidth();
  if (bits == 1)
    return largest;
  if (type.isUnsigned())
    return largest ? int64_t(llvm::maxUIntN(bits)) : 0;
  return largest ? llvm::maxIntN(bits) : llvm::minIntN(bits);
}

Evaluated retort::onnx::evaluateReduce(Operation *op, ArrayRef<Tensor> inputs) {
  const Tensor &input = inputs[0];
  Tensor axes = inputAt(inputs, 1);
  std::optional<Reduction> reduction = reductionOf(op->getName().stripDialect());
  if (!reduction || (reduction->add == plusExp && !input.isFloat()))
    return failure();
  // Without axes, either all are reduced or each element is by itself.
  bool isAll = (!axes || axes.size() == 0) && !intAttribute(op, "noop_with_empty_axes", 0);
  SmallVector<bool> drop(input.rank(), isAll);
  for (int64_t given : axes ? axes.integers() : SmallVector<int64_t>()) {
    int64_t axis = frontAxis(given, input.rank());
    if (axis < 0)
      return failure();
    drop[axis] = true;
  }
  Shape kept(input.shape()), shape, strides;
  for (int64_t axis = 0; axis < input.rank(); ++axis) {
    kept[axis] = drop[axis] ? 1 : kept[axis];
    if (!drop[axis] || intAttribute(op, "keepdims", 1))
      shape.push_back(kept[axis]);
  }
  Tensor result = Tensor::zeros(input.element(), kept);
  if (!result)
    return failure();
  int64_t integerStart = reduction->integerStart;
  if (auto type = dyn_cast<IntegerType>(input.element());
      type && op->getName().stripDialect() == "ReduceMax")
    integerStart = extreme(type, /*largest=*/false);
  else if (type && op->getName().stripDialect() == "ReduceMin")
    integerStart = extreme(type, /*largest=*/true);
  double count = double(input.size()) / double(std::max<int64_t>(1, result.size()));
  if (count == 0 && !input.isFloat() && reduction->finish != keep)
    return failure(); // the mean of no integers
  MutableArrayRef<Cell> out = result.writable();
  for (Cell &cell : out) {
    if (input.isFloat())
      cell.f = reduction->start;
    else
      cell.i = integerStart;
  }
  int64_t next = 0;
  forEachIndex<1>(input.shape(), {broadcastStrides(kept, input.shape())}, {0},
                  [&](const std::array<int64_t, 1> &at) {
                    Cell &cell = out[at[0]];
                    Cell value = input.cells()[next++];
                    if (input.isFloat())
                      cell.f = reduction->add(cell.f, value.f);
                    else
                      cell.i = reduction->addInteger(cell.i, value.i);
                  });
  for (Cell &cell : out) {
    if (input.isFloat())
      cell.f = reduction->finish(cell.f, count);
    else if (reduction->finish != keep)
      cell.i = int64_t(reduction->finish(double(cell.i), count));
  }
  return one(result.round().reshaped(shape));
}

namespace {
/// A tensor seen as [outer, size, inner] around one axis.
struct Along {
  int64_t axis, outer, size, inner;
  static std::optional<Along> of(const Tensor &tensor, int64_t givenAxis) {
    int64_t axis = frontAxis(givenAxis, tensor.rank());
    if (axis < 0)
      return std::nullopt;
    return Along{axis, llvm::product_of(tensor.shape().take_front(axis)), tensor.dim(axis),
                 llvm::product_of(tensor.shape().drop_front(axis + 1))};
  }
  /// Calls `visit(line, position of its first element)` for each line along the axis.
  template <typename Visit> void lines(Visit visit) const {
    for (int64_t i = 0; i < outer; ++i)
      for (int64_t j = 0; j < inner; ++j)
        visit(i * inner + j, i * size * inner + j);
  }
};
} // namespace

static bool isNan(const Tensor &tensor, int64_t i) {
  return tensor.isFloat() && std::isnan(tensor.cells()[i].f);
}

/// The sign of the difference of two elements; 0 beside a NaN.
static int compare(const Tensor &tensor, int64_t i, int64_t j) {
  Cell a = tensor.cells()[i], b = tensor.cells()[j];
  if (tensor.isFloat())
    return int(a.f > b.f) - int(a.f < b.f);
  if (tensor.element().isUnsignedInteger())
    return int(uint64_t(a.i) > uint64_t(b.i)) - int(uint64_t(a.i) < uint64_t(b.i));
  return int(a.i > b.i) - int(a.i < b.i);
}

Evaluated retort::onnx::evaluateArgReduce(Operation *op, ArrayRef<Tensor> inputs) {
  const Tensor &input = inputs[0];
  auto along = Along::of(input, intAttribute(op, "axis", 0));
  if (!along || along->size == 0)
    return failure();
  bool largest = op->getName().stripDialect() == "ArgMax",
       last = intAttribute(op, "select_last_index", 0);
  Shape shape(input.shape());
  shape[along->axis] = 1;
  Tensor result = Tensor::zeros(IntegerType::get(op->getContext(), 64), shape);
  if (!result)
    return failure();
  MutableArrayRef<Cell> out = result.writable();
  along->lines([&](int64_t line, int64_t first) {
    int64_t best = 0;
    for (int64_t i = 1; i < along->size; ++i) {
      int64_t a = first + i * along->inner, b = first + best * along->inner;
      int order = largest ? compare(input, a, b) : compare(input, b, a);
      if (order > 0 || (last && order == 0 && !isNan(input, a) && !isNan(input, b)))
        best = i;
    }
    out[line].i = best;
  });
  if (!intAttribute(op, "keepdims", 1))
    shape.erase(shape.begin() + along->axis);
  return one(result.reshaped(shape));
}

Evaluated retort::onnx::evaluateCumSum(Operation *op, ArrayRef<Tensor> inputs) {
  const Tensor &input = inputs[0];
  auto along = inputs[1].size() == 1 ? Along::of(input, inputs[1].integer(0)) : std::nullopt;
  if (!along)
    return failure();
  bool exclusive = intAttribute(op, "exclusive", 0), reverse = intAttribute(op, "reverse", 0);
  Tensor result = input;
  if (input.size() == 0)
    return one(result);
  MutableArrayRef<Cell> out = result.writable();
  along->lines([&](int64_t, int64_t first) {
    Cell sum{0};
    for (int64_t i = 0; i < along->size; ++i) {
      Cell &cell = out[first + (reverse ? along->size - 1 - i : i) * along->inner];
      Cell before = sum;
      if (input.isFloat())
        sum.f += cell.f;
      else
        sum.i = int64_t(uint64_t(sum.i) + uint64_t(cell.i));
      cell = exclusive ? before : sum;
    }
  });
  return one(result.round());
}

/// Equal elements come in the order of their indices; NaN is larger than any number.
Evaluated retort::onnx::evaluateTopK(Operation *op, ArrayRef<Tensor> inputs) {
  const Tensor &input = inputs[0];
  auto along = Along::of(input, intAttribute(op, "axis", -1));
  int64_t k = inputs[1].size() == 1 ? inputs[1].integer(0) : -1;
  if (!along || k < 0 || k > along->size)
    return failure();
  bool largest = intAttribute(op, "largest", 1);
  Shape shape(input.shape());
  shape[along->axis] = k;
  Tensor values = Tensor::zeros(input.element(), shape);
  Tensor indices = Tensor::zeros(IntegerType::get(op->getContext(), 64), shape);
  if (!values || !indices)
    return failure();
  if (values.size() == 0)
    return SmallVector<Tensor>{values, indices};
  MutableArrayRef<Cell> value = values.writable(), index = indices.writable();
  along->lines([&](int64_t line, int64_t first) {
    auto at = [&](int64_t i) { return first + i * along->inner; };
    auto signOf = [&](int64_t i, int64_t j) {
      int nans = int(isNan(input, at(i))) - int(isNan(input, at(j)));
      return nans ? nans : compare(input, at(i), at(j));
    };
    SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(along->size));
    llvm::sort(order, [&](int64_t a, int64_t b) {
      int sign = signOf(a, b);
      return sign == 0 ? a < b : largest ? sign > 0 : sign < 0;
    });
    int64_t out = line / along->inner * k * along->inner + line % along->inner;
    for (int64_t i = 0; i < k; ++i, out += along->inner) {
      value[out] = input.cells()[first + order[i] * along->inner];
      index[out].i = order[i];
    }
  });
  return SmallVector<Tensor>{values, indices};
}

/// Applies `f` to each line along the axis, given as numbers.
template <typename F> static Evaluated mapLines(Operation *op, const Tensor &input, F f) {
  auto along = Along::of(input, intAttribute(op, "axis", -1));
  if (!along || !input.isFloat())
    return failure();
  if (input.size() == 0)
    return one(input);
  Tensor result = input;
  MutableArrayRef<Cell> out = result.writable();
  std::vector<double> line(along->size);
  along->lines([&](int64_t, int64_t first) {
    for (int64_t i = 0; i < along->size; ++i)
      line[i] = out[first + i * along->inner].f;
    f(line);
    for (int64_t i = 0; i < along->size; ++i)
      out[first + i * along->inner].f = line[i];
  });
  return one(result.round());
}

Evaluated retort::onnx::evaluateSoftmax(Operation *op, ArrayRef<Tensor> inputs) {
  return mapLines(op, inputs[0], [](std::vector<double> &line) {
    double top = *std::max_element(line.begin(), line.end()), sum = 0;
    for (double &x : line)
      sum += x = std::exp(x - top);
    for (double &x : line)
      x /= sum;
  });
}

Evaluated retort::onnx::evaluateLogSoftmax(Operation *op, ArrayRef<Tensor> inputs) {
  return mapLines(op, inputs[0], [](std::vector<double> &line) {
    double top = *std::max_element(line.begin(), line.end()), sum = 0;
    for (double x : line)
      sum += std::exp(x - top);
    for (double &x : line)
      x -= top + std::log(sum);
  });
}

Evaluated retort::onnx::evaluateHardmax(Operation *op, ArrayRef<Tensor> inputs) {
  return mapLines(op, inputs[0], [](std::vector<double> &line) {
    auto top = std::max_element(line.begin(), line.end()) - line.begin();
    std::fill(line.begin(), line.end(), 0);
    line[top] = 1;
  });
}
