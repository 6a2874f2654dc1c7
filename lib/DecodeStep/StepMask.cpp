// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Masks by value:
//   1. Sample what rows see: the op's attributes, mask, key length, and a bias of minus infinity.
//   2. No row may see what follows it, and each has to see something.
//   3. What attributes leave over is nothing, a window, or a table for the whole context.
#include "lib/DecodeStep/StepMask.h"

using namespace mlir;
using namespace retort;
using onnx::Tensor;

/// Larger places are sampled only where a number in the graph asks for it.
static constexpr int64_t mostRows = 64;
/// Added to a score, this leaves no share: exp(-10000) is zero in every type, and no scores of a
/// row lie that far apart. Exporters write it, and the lowest number of f16 or f32.
static constexpr double hides = -1e4;

namespace {
/// The operands of an attention at one place of the text.
struct MaskAt {
  Place place;
  Tensor mask, bias, keyLength, offset;
};

class MaskFinder {
public:
  MaskFinder(llm::AttentionOp op, const CacheForms &forms, ColdValues &cold, Refusal &refusal)
      : op(op), cold(cold), refusal(refusal), mask(op.getMask()), bias(op.getBias()) {
    if (auto buffer = forms.buffers.find(op); buffer != forms.buffers.end()) {
      mask = buffer->second.mask;
      bias = buffer->second.bias;
      columnsOfBuffer = buffer->second.count;
    }
  }
  FailureOr<StepMask> run();

private:
  LogicalResult sample(Place place);
  LogicalResult checkFuture(const MaskAt &at);
  bool seenByOperands(const MaskAt &at, int64_t head, int64_t i, int64_t j);
  bool seenByAttributes(const MaskAt &at, int64_t i, int64_t j);
  bool forAll(llvm::function_ref<bool(const MaskAt &, int64_t, int64_t, int64_t)> holds);
  LogicalResult tabulate(Value operand, Tensor &table, std::optional<int64_t> &row);

  llm::AttentionOp op;
  ColdValues &cold;
  Refusal &refusal;
  /// Of all columns that the graph has.
  Value mask, bias;
  int64_t columnsOfBuffer = 0;
  std::vector<MaskAt> samples;
};
} // namespace

/// An element of what broadcasts to 1 x H x T x S.
static double element(const Tensor &tensor, int64_t head, int64_t i, int64_t j) {
  const int64_t place[] = {0, head, i, j};
  int64_t index = 0;
  for (int64_t axis = 0; axis < tensor.rank(); ++axis) {
    int64_t full = 4 - tensor.rank() + axis;
    index = index * tensor.dim(axis) + (tensor.dim(axis) == 1 ? 0 : place[full]);
  }
  return tensor.number(index);
}

static int64_t headsOf(const MaskAt &at) {
  auto heads = [](const Tensor &tensor) {
    return tensor && tensor.rank() > 2 ? tensor.dim(tensor.rank() - 3) : 1;
  };
  return std::max(heads(at.mask), heads(at.bias));
}

/// Whether rows and columns are all there, or one stands for all.
static bool covers(const Tensor &tensor, int64_t rows, int64_t columns) {
  auto size = [&](int64_t behind) {
    return tensor.rank() > behind ? tensor.dim(tensor.rank() - 1 - behind) : 1;
  };
  return tensor.rank() <= 4 && (size(0) == 1 || size(0) >= columns) &&
         (size(1) == 1 || size(1) == rows);
}

LogicalResult MaskFinder::sample(Place place) {
  MaskAt at{place, {}, {}, {}, {}};
  Refusal why;
  for (auto [operand, tensor] : {std::pair(mask, &at.mask), std::pair(bias, &at.bias),
                                 std::pair(Value(op.getKeyLength()), &at.keyLength),
                                 std::pair(Value(op.getOffset()), &at.offset)}) {
    if (!operand)
      continue;
    FailureOr<Tensor> value = cold.at(operand, place, why);
    if (failed(value))
      return refusal.because(op, "has a mask that cannot be computed for " + Twine(place.rows) +
                                     " tokens: " + why.reason);
    *tensor = *value;
  }
  if (at.offset)
    for (int64_t i = 0; i < at.offset.size(); ++i)
      if (at.offset.integer(i) != place.past)
        return refusal.because(op, "places its rows at other columns than those of the text");
  for (const Tensor &tensor : {at.mask, at.bias})
    if (tensor && !covers(tensor, place.rows, std::max(place.past + place.rows, columnsOfBuffer)))
      return refusal.because(op, "has a mask of other rows and columns than the text");
  samples.push_back(at);
  return success();
}

bool MaskFinder::seenByAttributes(const MaskAt &at, int64_t i, int64_t j) {
  int64_t here = i + at.place.past;
  return (!op.getCausal() || j <= here) &&
         (!op.getLeftWindow() || here - int64_t(*op.getLeftWindow()) <= j) &&
         (!op.getRightWindow() || j <= here + int64_t(*op.getRightWindow()));
}

bool MaskFinder::seenByOperands(const MaskAt &at, int64_t head, int64_t i, int64_t j) {
  return (!at.keyLength || j < at.keyLength.integer(0)) &&
         (!at.mask || element(at.mask, head, i, j) != 0) &&
         (!at.bias || !(element(at.bias, head, i, j) <= hides));
}

/// Over the columns up to a row's own, and all samples, heads and rows.
bool MaskFinder::forAll(llvm::function_ref<bool(const MaskAt &, int64_t, int64_t, int64_t)> holds) {
  for (const MaskAt &at : samples)
    for (int64_t head = 0; head < headsOf(at); ++head)
      for (int64_t i = 0; i < at.place.rows; ++i)
        for (int64_t j = 0; j <= i + at.place.past; ++j)
          if (seenByAttributes(at, i, j) && !holds(at, head, i, j))
            return false;
  return true;
}

LogicalResult MaskFinder::checkFuture(const MaskAt &at) {
  int64_t columns = std::max(at.place.past + at.place.rows, columnsOfBuffer);
  for (int64_t head = 0; head < headsOf(at); ++head)
    for (int64_t i = 0; i < at.place.rows; ++i) {
      bool seesAny = false;
      for (int64_t j = 0; j < columns; ++j) {
        bool sees = seenByAttributes(at, i, j) && seenByOperands(at, head, i, j);
        seesAny |= sees;
        if (sees && j > i + at.place.past)
          return refusal.because(op, "lets a row see tokens that follow it");
      }
      // A finite bias hides nothing where it is the same for all.
      if (!seesAny && (op.getMaskedRows() == llm::MaskedRows::Mean || at.bias))
        return refusal.because(op, "has a row that sees no column, and takes the mean of all");
    }
  return success();
}

LogicalResult MaskFinder::tabulate(Value operand, Tensor &table, std::optional<int64_t> &row) {
  LengthAxes axes;
  auto rank = cast<RankedTensorType>(operand.getType()).getRank();
  const Tensor &shape = operand == op.getMask() ? samples.back().mask : samples.back().bias;
  if (rank > 0 && shape.dim(rank - 1) != 1)
    axes.columns.push_back(rank - 1);
  if (rank > 1 && shape.dim(rank - 2) != 1)
    axes.row = rank - 2;
  FailureOr<Tensor> found = cold.tabulate(operand, axes, op, refusal);
  if (failed(found))
    return failure();
  table = *found;
  row = axes.row;
  return success();
}

FailureOr<StepMask> MaskFinder::run() {
  StepMask result;
  SmallVector<Value> operands;
  for (Value operand : {op.getMask(), op.getBias(), op.getKeyLength(), op.getOffset()})
    if (operand && cold.isHot(operand))
      return refusal.because(op, "has a mask that depends on the tokens");
    else if (operand)
      operands.push_back(operand);
  // 1.
  bool isLarge = false;
  for (Value operand : operands)
    for (Place place : cold.placesFor(operand)) {
      isLarge |= place.past + place.rows > mostRows;
      if (place.past + place.rows <= mostRows && failed(sample(place)))
        return failure();
    }
  if (operands.empty()) {
    samples.push_back({{0, 3}, {}, {}, {}, {}});
  } else if (failed(sample({0, isLarge ? cold.context() : std::min(cold.context(), mostRows)}))) {
    return failure();
  }
  // 2.
  for (const MaskAt &at : samples)
    if (failed(checkFuture(at)))
      return failure();
  // 3.
  auto isSeen = [&](const MaskAt &at, int64_t head, int64_t i, int64_t j) {
    return seenByOperands(at, head, i, j);
  };
  bool hidesPast = !forAll(isSeen);
  if (hidesPast) {
    const MaskAt &last = samples.back();
    int64_t row = last.place.rows - 1, first = 0;
    while (first < row + last.place.past && !seenByOperands(last, 0, row, first))
      ++first;
    int64_t window = row + last.place.past - first;
    bool isWindow = forAll([&](const MaskAt &at, int64_t head, int64_t i, int64_t j) {
      return seenByOperands(at, head, i, j) == (i + at.place.past - window <= j);
    });
    if (isWindow)
      result.leftWindow = std::min<int64_t>(window, op.getLeftWindow().value_or(window));
    else if (op.getMask() && failed(tabulate(op.getMask(), result.mask, result.maskRow)))
      return failure();
    else if (op.getKeyLength() && !op.getMask() && !op.getBias())
      return refusal.because(op, "hides columns of the text by their number");
  }
  if (!op.getBias())
    return result;
  bool isNothing = forAll([&](const MaskAt &at, int64_t head, int64_t i, int64_t j) {
    double bias = element(at.bias, head, i, j);
    return bias == 0 || (bias <= hides && result.leftWindow);
  });
  if (!isNothing && failed(tabulate(op.getBias(), result.bias, result.biasRow)))
    return failure();
  return result;
}

FailureOr<StepMask> retort::findStepMask(llm::AttentionOp op, const CacheForms &forms,
                                         ColdValues &cold, Refusal &refusal) {
  return MaskFinder(op, forms, cold, refusal).run();
}
