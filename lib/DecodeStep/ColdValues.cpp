// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Row stability by evaluation: a table for the whole context, and every sampled place compared with
// it.
#include "lib/DecodeStep/ColdValues.h"

#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Shape/SymbolicDims.h"
#include "dialects/Onnx/Weights.h"

using namespace mlir;
using namespace retort;
using onnx::Tensor;

/// What an operation uses, in its graphs too.
static bool usesAny(Operation &op, const DenseSet<Value> &values) {
  bool found = false;
  op.walk([&](Operation *inner) {
    found |= llvm::any_of(inner->getOperands(), [&](Value v) { return values.contains(v); });
  });
  return found;
}

ColdValues::ColdValues(const TextGraph &text, int64_t context)
    : function(text.function), length(context), hasPast(!text.caches.empty()) {
  for (Value argument : function.getArguments()) {
    hot.insert(argument);
    following.insert(argument);
  }
  for (Operation &op : function.getBody().front()) {
    if (usesAny(op, following))
      following.insert(op.result_begin(), op.result_end());
    if (!onnx::asksShape(&op) && usesAny(op, hot))
      hot.insert(op.result_begin(), op.result_end());
  }
}

/// Single numbers in the cone of a value, as lengths.
static void collectNumbers(Value root, const DenseSet<Value> &following,
                           llvm::SmallDenseSet<int64_t> &numbers) {
  SmallVector<Value> work{root};
  DenseSet<Value> seen;
  while (!work.empty()) {
    Value value = work.pop_back_val();
    if (!seen.insert(value).second)
      continue;
    if (auto view = following.contains(value) ? std::nullopt : onnx::ConstantView::of(value)) {
      for (int64_t i = 0; i < view->size() && view->size() <= 8; ++i)
        numbers.insert(isa<FloatType>(view->type().getElementType()) ? int64_t(view->floatAt(i))
                                                                     : view->intAt(i));
    } else if (Operation *op = value.getDefiningOp(); op && following.contains(value)) {
      work.append(op->operand_begin(), op->operand_end());
    }
  }
}

SmallVector<Place> ColdValues::placesFor(Value value) {
  llvm::SmallDenseSet<int64_t> numbers;
  collectNumbers(value, following, numbers);
  llvm::SmallSetVector<int64_t, 16> lengths;
  for (int64_t short_ : {1, 2, 5, 8})
    lengths.insert(short_);
  // Where a rule changes, it changes at a number that stands in the graph.
  for (int64_t number : numbers)
    if (number > 8 && number <= length + 1 && lengths.size() < 16)
      for (int64_t near : {number - 1, number, number + 1})
        lengths.insert(near);
  // Some graphs take one new row alone behind a past.
  Refusal why;
  int64_t fresh = hasPast && length > 3 && failed(at(value, {2, 2}, why)) ? 1 : 2;
  SmallVector<Place> places;
  for (int64_t rows : lengths) {
    if (rows > length)
      continue;
    places.push_back({0, rows});
    if (hasPast && rows > 2)
      places.push_back({rows - fresh, fresh});
  }
  return places;
}

/// Unknown sizes are those that the text graph leaves open: new rows, or rows of the past.
onnx::Cone &ColdValues::coneAt(Place place) {
  auto [known, isNew] = cones.try_emplace({place.past, place.rows});
  if (!isNew)
    return known->second;
  SmallVector<SmallVector<int64_t>> shapes;
  for (BlockArgument argument : function.getArguments()) {
    shapes.push_back(llvm::to_vector(cast<RankedTensorType>(argument.getType()).getShape()));
    bool isTokens = getElementTypeOrSelf(argument.getType()).isInteger();
    for (int64_t &size : shapes.back())
      if (ShapedType::isDynamic(size))
        size = isTokens ? place.rows : place.past;
  }
  known->second.bindShapes(onnx::concreteShapes(function, shapes));
  return known->second;
}

FailureOr<Tensor> ColdValues::at(Value value, Place place, Refusal &refusal) {
  onnx::Cone &cone = coneAt(place);
  FailureOr<Tensor> tensor = cone.evaluate(value);
  if (failed(tensor))
    refusal = cone.reason().str();
  return tensor;
}

/// Differences of rounding alone; the same element by the same operations has none.
static bool equal(const Tensor &a, int64_t i, const Tensor &b, int64_t j) {
  if (!a.isFloat())
    return a.integer(i) == b.integer(j);
  double x = a.number(i), y = b.number(j);
  return x == y || (std::isnan(x) && std::isnan(y)) ||
         std::abs(x - y) <= 1e-6 * std::max(std::abs(x), std::abs(y));
}

bool retort::isPartOf(const Tensor &part, const Tensor &table, const LengthAxes &axes,
                      Place place) {
  int64_t rank = table.rank();
  if (part.rank() != rank)
    return false;
  for (int64_t axis = 0; axis < rank; ++axis) {
    bool isRow = axis == axes.row, isColumn = llvm::is_contained(axes.columns, axis);
    int64_t expected = isRow ? place.rows : isColumn ? place.past + place.rows : table.dim(axis);
    if (part.dim(axis) != expected || (isRow && place.past + place.rows > table.dim(axis)) ||
        expected > table.dim(axis))
      return false;
  }
  SmallVector<int64_t> at(rank);
  for (int64_t i = 0; i < part.size(); ++i) {
    int64_t j = 0;
    for (int64_t axis = 0; axis < rank; ++axis)
      j = j * table.dim(axis) + at[axis] + (axis == axes.row ? place.past : 0);
    if (!equal(part, i, table, j))
      return false;
    for (int64_t axis = rank; axis-- > 0;) {
      if (++at[axis] < part.dim(axis))
        break;
      at[axis] = 0;
    }
  }
  return true;
}

/// The longest text for which the value can be computed: as far as some table in its cone goes.
std::optional<int64_t> ColdValues::longestFor(Value value) {
  Refusal why;
  int64_t works = 0, fails = length;
  while (fails - works > 1) {
    int64_t middle = works + (fails - works) / 2;
    (succeeded(at(value, {0, middle}, why)) ? works : fails) = middle;
  }
  return works > 0 ? std::optional(works) : std::nullopt;
}

FailureOr<Tensor> ColdValues::tabulate(Value value, const LengthAxes &axes, Operation *user,
                                       Refusal &refusal) {
  Refusal why;
  FailureOr<Tensor> table = at(value, {0, length}, why);
  if (failed(table))
    return refusal.because(user,
                           "needs a value that cannot be computed for " + Twine(length) +
                               " tokens: " + why.reason,
                           longestFor(value));
  for (Place place : placesFor(value)) {
    FailureOr<Tensor> part = at(value, place, why);
    if (failed(part))
      return refusal.because(user, "needs a value that cannot be computed for " +
                                       Twine(place.rows) + " tokens: " + why.reason);
    if (!isPartOf(*part, *table, axes, place))
      return refusal.because(user, axes.row
                                       ? "takes rows that depend on the length of the text"
                                       : "takes a value that depends on the length of the text");
  }
  return table;
}
