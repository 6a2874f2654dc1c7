// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Analysis/PositionSource.h"

#include "dialects/Onnx/Constants.h"

#include "dialects/Onnx/Evaluate/Walk.h"

#include "mlir/IR/Operation.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace retort;
using onnx::Tensor;

using Tables = SmallVector<Tensor>;

/// No trained text is longer.
static constexpr int64_t farthest = int64_t(1) << 20;

static Sample sampleOf(int64_t tokens) {
  Sample sample;
  sample.tokens = tokens;
  return sample;
}

/// Everything that the tables are made of, nearest first.
static llvm::SetVector<Value> originsOf(ArrayRef<Value> tables) {
  llvm::SetVector<Value> origins(tables.begin(), tables.end());
  for (size_t i = 0; i < origins.size() && origins.size() < 4096; ++i)
    if (Operation *op = origins[i].getDefiningOp())
      origins.insert(op->operand_begin(), op->operand_end());
  return origins;
}

/// Lengths at which tables that depend on the length are others: beyond every number in what they
/// are computed from, as there are thresholds among them.
static SmallVector<int64_t> lengthsToCompare(const llvm::SetVector<Value> &origins) {
  SmallVector<int64_t> lengths{41, 4097};
  for (Value origin : origins)
    if (std::optional<double> number = scalarOf(origin))
      if (*number >= 8 && *number <= 65536 && lengths.size() < 6)
        lengths.push_back(2 * int64_t(*number) + 1);
  return lengths;
}

/// Whether the elements are 0, 1, ..., `tokens` - 1, over and over.
static bool counts(const Tensor &tensor, int64_t tokens) {
  if (tensor.size() == 0 || tensor.size() % tokens || tensor.element().isInteger(1))
    return false;
  for (int64_t i = 0; i < tensor.size(); ++i)
    if (tensor.number(i) != double(i % tokens))
      return false;
  return true;
}

PositionSource::PositionSource(Samples &samples, ArrayRef<Value> tables, int64_t rowAxis)
    : samples(samples), tables(tables), rowAxis(rowAxis), sample(sampleOf(7)) {
  onnx::Cone first = samples.cone(sample), second = samples.cone(sampleOf(11));
  SmallVector<Value> candidates;
  llvm::SetVector<Value> origins = originsOf(tables);
  lengths = lengthsToCompare(origins);
  for (Value value : origins) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type || type.hasStaticShape())
      continue;
    FailureOr<Tensor> before = first.evaluate(value), after = second.evaluate(value);
    if (succeeded(before) && succeeded(after) && counts(*before, 7) && counts(*after, 11))
      candidates.push_back(value);
  }
  for (bool integers : {true, false})
    for (Value candidate : candidates)
      if (!source && getElementTypeOrSelf(candidate).isInteger() == integers &&
          isArticulation(candidate))
        source = candidate;
}

FailureOr<Tables> PositionSource::evaluate(Value candidate, ArrayRef<int64_t> positions,
                                           const Sample &where) {
  auto shape = samples.shape(candidate, sample);
  if (!shape)
    return failure();
  Tensor places = Tensor::zeros(getElementTypeOrSelf(candidate), *shape);
  if (!places)
    return failure();
  for (auto [i, cell] : llvm::enumerate(places.writable())) {
    int64_t position = positions[i % positions.size()];
    if (places.isFloat())
      cell.f = double(position);
    else
      cell.i = position;
  }
  onnx::Cone cone = samples.cone(where);
  cone.bind(candidate, places.round());
  Tables result;
  for (Value table : tables) {
    FailureOr<Tensor> tensor = cone.evaluate(table);
    if (failed(tensor))
      return failure();
    result.push_back(*tensor);
  }
  return result;
}

static bool same(const Tables &a, const Tables &b) {
  return llvm::all_of(llvm::zip_equal(a, b), [](auto pair) {
    auto &[x, y] = pair;
    return x.shape() == y.shape() && x.numbers() == y.numbers();
  });
}

/// Nothing around the candidate carries the length: in longer texts, the same positions give the
/// same tables.
bool PositionSource::isArticulation(Value candidate) {
  const int64_t positions[] = {0, 1, 2, 3, 5, 4, 6}, others[] = {1, 1, 2, 3, 5, 4, 0};
  FailureOr<Tables> here = evaluate(candidate, positions, sample),
                    moved = evaluate(candidate, others, sample);
  if (failed(here) || failed(moved) || same(*here, *moved))
    return false;
  return llvm::all_of(lengths, [&](int64_t length) {
    FailureOr<Tables> longer = evaluate(candidate, positions, sampleOf(length));
    return succeeded(longer) && same(*here, *longer);
  });
}

FailureOr<Tables> PositionSource::at(ArrayRef<int64_t> positions) {
  return source ? evaluate(source, positions, sample) : FailureOr<Tables>(failure());
}

std::optional<int64_t> PositionSource::limit() {
  auto exists = [&](int64_t position) { return succeeded(at({0, position, 0, 0, 0, 0, 0})); };
  if (!source || exists(farthest))
    return std::nullopt;
  int64_t inside = 0, outside = 1;
  while (outside < farthest && exists(outside)) {
    inside = outside;
    outside *= 2;
  }
  while (outside - inside > 1) {
    int64_t middle = inside + (outside - inside) / 2;
    (exists(middle) ? inside : outside) = middle;
  }
  return outside;
}

/// Whether rows `from` to `to` of both are the same.
static bool sameRows(const Tensor &a, const Tensor &b, int64_t axis, int64_t from, int64_t to) {
  if (axis >= a.rank() || a.rank() != b.rank())
    return false;
  onnx::Shape left = onnx::stridesOf(a.shape()), right = onnx::stridesOf(b.shape()),
              shape(a.shape());
  shape[axis] = to - from;
  bool equal = true;
  onnx::forEachIndex<2>(
      shape, {left, right}, {from * left[axis], from * right[axis]},
      [&](const std::array<int64_t, 2> &at) { equal &= a.number(at[0]) == b.number(at[1]); });
  return equal;
}

bool PositionSource::sameAtLengths() {
  onnx::Cone first = samples.cone(sample);
  for (int64_t length : lengths) {
    onnx::Cone longer = samples.cone(sampleOf(length));
    for (Value table : tables) {
      FailureOr<Tensor> a = first.evaluate(table), b = longer.evaluate(table);
      // A table that ends before is the limit of the text, not another table.
      if (failed(a) || failed(b))
        continue;
      if (!sameRows(*a, *b, rowAxis, 0, std::min(a->dim(rowAxis), b->dim(rowAxis))))
        return false;
    }
  }
  return true;
}

bool PositionSource::isRowStable() {
  if (!source)
    return sameAtLengths();
  int64_t last = limit().value_or(131072) - 1;
  auto within = [&](int64_t position) { return std::min(position, last); };
  SmallVector<int64_t> positions{0, 1, within(2), within(7), within(100), within(4095), last};
  FailureOr<Tables> before = at(positions);
  positions.back() = within(5);
  FailureOr<Tables> after = at(positions);
  if (failed(before) || failed(after))
    return false;
  for (auto [a, b] : llvm::zip_equal(*before, *after))
    if (!sameRows(a, b, rowAxis, 0, rows() - 1))
      return false;
  return true;
}
