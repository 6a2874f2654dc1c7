// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rotary embedding by value:
//   1. A segment that is linear in hot values, where the way parts and comes together, with cold
//   tables.
//   2. Its map at sample positions, from unit vectors (each head takes another one).
//   3. The rotation that the maps are, and the values of the graph that hold its cosines and sines.
//   4. At other sizes and positions, a random vector of each head and row is rotated alike.
#include "lib/Recognize/RopeMatch.h"

#include "dialects/Onnx/Evaluate/Walk.h"
#include "dialects/Onnx/Onnx.h"

#include <cmath>
#include <random>

using namespace mlir;
using namespace retort;
using onnx::Tensor;

/// Heads of more coordinates are none.
static constexpr int64_t largestHead = 1024;

/// Sizes that differ from each other, and hardly occur otherwise.
static Sample firstSample() {
  Sample sample;
  sample.batch = 2;
  sample.tokens = 7;
  return sample;
}
static Sample secondSample(bool hasState) {
  Sample sample;
  sample.batch = 3;
  sample.tokens = 11;
  sample.past = hasState ? 5 : 0;
  sample.padding = Padding::Left;
  sample.places = Places::Restarted;
  return sample;
}

RopeMatcher::RopeMatcher(Samples &samples)
    : samples(samples), first(firstSample()), second(secondSample(samples.hasState())) {}

onnx::Cone &RopeMatcher::coneOf(const Sample &sample, std::optional<onnx::Cone> &cone) {
  if (!cone)
    cone = samples.cone(sample);
  return *cone;
}

/// The axis of rows is the one that grows with the text. Where all sizes are fixed it may be any
/// but the last; the one before the last is the most likely.
SmallVector<RopeMatch, 1> RopeMatcher::axesToTry(const LinearSegment &segment) {
  auto before = samples.shape(segment.input, first), after = samples.shape(segment.input, second);
  auto out = samples.shape(segment.output, first);
  if (!before || !after || !out || *before != *out || before->size() < 2 || before->size() > 4 ||
      before->back() != after->back() || before->back() > largestHead ||
      llvm::is_contained(*before, 0) || llvm::is_contained(*after, 0))
    return {};
  RopeMatch match;
  match.input = segment.input;
  match.output = segment.output;
  match.ops = segment.ops;
  int64_t last = before->size() - 1, rows = -1;
  for (int64_t axis = 0; axis < last; ++axis) {
    if ((*before)[axis] == first.tokens && (*after)[axis] == second.tokens)
      rows = axis;
    if ((*before)[axis] == first.batch && (*after)[axis] == second.batch)
      match.batchAxis = axis;
  }
  SmallVector<RopeMatch, 1> choices;
  for (int64_t axis = last - 1; axis >= 0; --axis) {
    match.rowAxis = axis;
    RopeMatch choice = match;
    if (choice.batchAxis < 0 && axis != 0 && last == 3)
      choice.batchAxis = 0;
    if (rows < 0 ? axis != match.batchAxis : axis == rows)
      choices.push_back(choice);
  }
  return choices;
}

FailureOr<Tensor> RopeMatcher::apply(const LinearSegment &segment, const Tensor &input,
                                     onnx::Cone &cold) {
  onnx::Cone cone;
  for (Value leaf : segment.leaves) {
    FailureOr<Tensor> tensor = cold.evaluate(leaf);
    if (failed(tensor)) {
      problem = cold.reason().str();
      return failure();
    }
    cone.bind(leaf, *tensor);
  }
  cone.bind(segment.input, input);
  FailureOr<Tensor> result = cone.evaluate(segment.output);
  problem = cone.reason().str();
  return result;
}

/// How many heads there are to probe with, and how far apart heads and rows lie.
static int64_t headAxisOf(ArrayRef<int64_t> shape, const RopeMatch &match) {
  for (int64_t axis = 0; axis + 1 < int64_t(shape.size()); ++axis)
    if (axis != match.rowAxis && axis != match.batchAxis)
      return axis;
  return -1;
}

std::optional<RowMaps> RopeMatcher::probe(const LinearSegment &segment, const RopeMatch &match) {
  SmallVector<int64_t> shape = *samples.shape(segment.input, first);
  onnx::Shape strides = onnx::stridesOf(shape);
  int64_t head = headAxisOf(shape, match), heads = head < 0 ? 1 : shape[head];
  int64_t rows = shape[match.rowAxis], size = shape.back();
  Type element = getElementTypeOrSelf(segment.input.getType());
  RowMaps maps(rows, size);
  for (int64_t begin = 0; begin < size; begin += heads) {
    int64_t count = std::min(heads, size - begin);
    Tensor units = Tensor::zeros(element, shape);
    if (!units)
      return std::nullopt;
    auto place = [&](int64_t h, int64_t row) {
      return (head < 0 ? 0 : h * strides[head]) + row * strides[match.rowAxis];
    };
    MutableArrayRef<onnx::Cell> cells = units.writable();
    for (int64_t h = 0; h < count; ++h)
      for (int64_t row = 0; row < rows; ++row)
        cells[place(h, row) + begin + h].f = 1;
    FailureOr<Tensor> images = apply(segment, units, coneOf(first, firstCone));
    if (failed(images) || images->shape() != ArrayRef<int64_t>(shape))
      return std::nullopt;
    for (int64_t h = 0; h < count; ++h)
      for (int64_t row = 0; row < rows; ++row)
        for (int64_t out = 0; out < size; ++out)
          maps.at(row, out, begin + h) = images->number(place(h, row) + out);
  }
  return maps;
}

std::optional<RopeTable> RopeMatcher::findTable(const LinearSegment &segment,
                                                const RopeMatch &match, ArrayRef<double> numbers) {
  auto sizes = [&](int64_t axis) {
    return SizePair((*samples.shape(segment.input, first))[axis],
                    (*samples.shape(segment.input, second))[axis]);
  };
  WantedTable wanted{numbers, sizes(match.rowAxis),
                     match.batchAxis < 0 ? SizePair(1, 1) : sizes(match.batchAxis)};
  return findRopeTable(segment.leaves, wanted, coneOf(first, firstCone),
                       coneOf(second, secondCone));
}

/// Rotates random vectors at the second sample, by the tables there.
bool RopeMatcher::verify(const LinearSegment &segment, const RopeMatch &match) {
  SmallVector<int64_t> shape = *samples.shape(segment.input, second);
  Type element = getElementTypeOrSelf(segment.input.getType());
  Tensor input = Tensor::zeros(element, shape);
  onnx::Cone &cone = coneOf(second, secondCone);
  FailureOr<Tensor> cos = cone.evaluate(match.cos.value), sin = cone.evaluate(match.sin.value);
  if (!input || failed(cos) || failed(sin))
    return false;
  std::mt19937 random(7);
  for (onnx::Cell &cell : input.writable())
    cell.f = std::uniform_real_distribution<float>(-1, 1)(random);
  FailureOr<Tensor> output = apply(segment, input.round(), cone);
  if (failed(output) || output->shape() != ArrayRef<int64_t>(shape))
    return false;
  double tolerance = isa<Float32Type, Float64Type>(element) ? 1e-5 : 2e-2;
  int64_t size = shape.back(), half = match.rotation.width / 2;
  onnx::Shape strides = onnx::stridesOf(shape);
  Rotation here = match.rotation;
  for (int64_t begin = 0; begin < input.size(); begin += size) {
    auto index = [&](int64_t axis) { return axis < 0 ? 0 : begin / strides[axis] % shape[axis]; };
    int64_t row = index(match.rowAxis), b = index(match.batchAxis);
    here.cos.clear();
    here.sin.clear();
    for (int64_t p = 0; p < half; ++p) {
      here.cos.push_back(entryOf(match.cos, *cos, b, row, p));
      here.sin.push_back(entryOf(match.sin, *sin, b, row, p));
    }
    std::vector<double> x;
    for (int64_t i = 0; i < size; ++i)
      x.push_back(input.number(begin + i));
    std::vector<double> expected = rotate(here, 0, x);
    for (int64_t i = 0; i < size; ++i)
      if (!(std::abs(output->number(begin + i) - expected[i]) <= tolerance))
        return false;
  }
  return true;
}

/// Whether a segment can be a rotation at all: floats that it multiplies by grow with the text,
/// unless nothing does. It is not worth evaluating where weights of some size take part.
bool RopeMatcher::hasTables(const LinearSegment &segment) {
  constexpr int64_t largest = int64_t(1) << 20;
  if (!isa<FloatType>(getElementTypeOrSelf(segment.input)))
    return false;
  auto input = samples.shape(segment.input, first);
  bool fixed = input == samples.shape(segment.input, second), found = false;
  for (Value leaf : segment.leaves) {
    auto before = samples.shape(leaf, first);
    if (!before || !isa<FloatType>(getElementTypeOrSelf(leaf)))
      continue;
    if (auto type = dyn_cast<RankedTensorType>(leaf.getType());
        type && type.hasStaticShape() && type.getNumElements() > largest)
      return false;
    found |= fixed ? llvm::product_of(*before) > 1 : before != samples.shape(leaf, second);
  }
  return found;
}

static bool haveSameForm(Value a, Value b) {
  auto x = dyn_cast<RankedTensorType>(a.getType()), y = dyn_cast<RankedTensorType>(b.getType());
  return x && y && x.getRank() == y.getRank() && x.getElementType() == y.getElementType();
}

std::optional<RopeMatch> RopeMatcher::match(Value output, RopeMiss &miss) {
  miss = {};
  std::optional<LinearSegment> segment = segmentEndingIn(output, samples.hot());
  if (!segment || !hasTables(*segment))
    return std::nullopt;
  for (const LinearSegment &wider : widenings(*segment, samples.hot())) {
    if (!haveSameForm(wider.input, wider.output))
      continue;
    for (RopeMatch &choice : axesToTry(wider)) {
      Refusal why = complete(wider, choice);
      if (why.empty())
        return choice;
      miss = {segment->ops, why};
    }
  }
  return std::nullopt;
}

Refusal RopeMatcher::complete(const LinearSegment &segment, RopeMatch &match) {
  std::optional<RowMaps> maps = probe(segment, match);
  if (!maps)
    return problem;
  Refusal why;
  std::optional<Rotation> rotation = tellRotation(*maps, why);
  if (!rotation)
    return why;
  match.rotation = *rotation;
  auto cos = findTable(segment, match, rotation->cos),
       sin = findTable(segment, match, rotation->sin);
  if (!cos || !sin)
    return "no value of the graph holds its cosines and sines";
  match.cos = *cos;
  match.sin = *sin;
  return verify(segment, match) ? "" : "it is another map at other sizes";
}

/// Whether all that comes out of `inner` goes into the operations of `outer`.
static bool liesIn(const RopeMatch &inner, const RopeMatch &outer) {
  return llvm::is_contained(outer.ops, inner.output.getDefiningOp()) &&
         llvm::all_of(inner.output.getUsers(),
                      [&](Operation *user) { return llvm::is_contained(outer.ops, user); });
}

std::vector<RopeMatch> retort::selectMatches(ArrayRef<RopeMatch> matches) {
  auto isPlain = [](const RopeMatch &match) {
    return match.rotation.keepsInputOrder() && match.rotation.keepsOutputOrder();
  };
  std::vector<RopeMatch> selected;
  for (const RopeMatch &match : matches) {
    bool dropped = llvm::any_of(matches, [&](const RopeMatch &other) {
      if (&other == &match)
        return false;
      return isPlain(match) ? isPlain(other) && liesIn(match, other)
                            : liesIn(other, match) || (isPlain(other) && liesIn(match, other));
    });
    if (!dropped)
      selected.push_back(match);
  }
  return selected;
}

/// Whether what ends in the operation is part of the others.
static bool liesIn(Operation *end, ArrayRef<Operation *> ops) {
  return llvm::is_contained(ops, end);
}

RopeSearch retort::searchRopes(func::FuncOp function, Samples &samples) {
  RopeMatcher matcher(samples);
  RopeSearch search;
  std::vector<RopeMiss> missed;
  for (Operation &op : function.getBody().front()) {
    if (!isa<onnx::AddOp, onnx::SubOp, onnx::ConcatOp>(op))
      continue;
    RopeMiss miss;
    if (auto match = matcher.match(op.getResult(0), miss))
      search.found.push_back(std::move(*match));
    else if (!miss.why.empty())
      missed.push_back(std::move(miss));
  }
  for (const RopeMiss &miss : missed) {
    Operation *end = miss.ops.front();
    bool isPart = llvm::any_of(search.found, [&](auto &m) { return liesIn(end, m.ops); }) ||
                  llvm::any_of(missed, [&](auto &m) { return &m != &miss && liesIn(end, m.ops); });
    if (!isPart)
      search.missed.push_back(miss);
  }
  search.found = selectMatches(search.found);
  return search;
}
