// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tables of cosines and sines that a step computes.
#include "lib/DecodeStep/AngleRows.h"

#include "dialects/Onnx/Onnx.h"

#include <cmath>

using namespace mlir;
using namespace retort;
using onnx::Tensor;

/// Smaller tables are kept: they are read faster than computed.
static constexpr int64_t leastBytes = 4096;
/// Of cosines and sines, times the factor: what two ways of computing them differ by.
static constexpr double tolerance = 2e-6;

/// The operation nearest to the value that takes cosines or sines, in what the value is made of.
static Operation *waveIn(Value value) {
  SmallVector<Value> left{value};
  DenseSet<Value> seen{value};
  for (size_t i = 0; i < left.size(); ++i) {
    Operation *op = left[i].getDefiningOp();
    if (isa_and_nonnull<onnx::CosOp, onnx::SinOp>(op))
      return op;
    for (Value operand : op ? ValueRange(op->getOperands()) : ValueRange())
      if (seen.insert(operand).second)
        left.push_back(operand);
  }
  return nullptr;
}

namespace {
/// A tensor as rows of one axis.
struct Rows {
  Rows(const Tensor &tensor, int64_t axis) : tensor(tensor), count(tensor.dim(axis)) {
    for (int64_t i = axis + 1; i < tensor.rank(); ++i)
      inner *= tensor.dim(i);
    width = tensor.size() / count;
  }
  double at(int64_t row, int64_t column) const {
    return tensor.number((column / inner * count + row) * inner + column % inner);
  }

  const Tensor &tensor;
  int64_t count, inner = 1, width;
};
} // namespace

/// Position times frequency, of one axis as long as the context: the frequencies.
static std::optional<std::vector<float>> frequenciesOf(const Tensor &angles, int64_t length) {
  if (!angles.isFloat())
    return std::nullopt;
  for (int64_t axis = 0; axis < angles.rank(); ++axis) {
    if (angles.dim(axis) != length)
      continue;
    Rows rows(angles, axis);
    std::vector<float> frequencies;
    for (int64_t j = 0; j < rows.width; ++j)
      frequencies.push_back(float(rows.at(1, j)));
    bool areProducts = true;
    for (int64_t i = 0; i < length && areProducts; ++i)
      for (int64_t j = 0; j < rows.width && areProducts; ++j)
        areProducts = rows.at(i, j) == double(float(i) * frequencies[j]);
    if (areProducts)
      return frequencies;
  }
  return std::nullopt;
}

/// The frequency of each column of the table. It may have fewer columns than there are angles, the
/// first or every second; or more: all once more behind each other, or each several times.
static std::optional<std::vector<float>> columnsOf(const Rows &rows, AngleRows &result,
                                                   const std::vector<float> &frequencies) {
  auto wave = [&](int64_t i, float frequency) -> double {
    float angle = float(i) * frequency;
    return result.isSine ? std::sin(double(angle)) : std::cos(double(angle));
  };
  int64_t count = frequencies.size(), each = std::max<int64_t>(rows.width / count, 1),
          skip = std::max<int64_t>(count / rows.width, 1);
  for (bool isInterleaved : {false, true}) {
    std::vector<float> columns;
    for (int64_t j = 0; j < rows.width; ++j)
      columns.push_back(frequencies[isInterleaved ? j * skip / each % count : j % count]);
    int64_t row = result.isSine ? 1 : 0; // where column 0 is not zero
    result.factor = float(rows.at(row, 0) / wave(row, columns[0]));
    if (std::abs(result.factor - 1) < tolerance)
      result.factor = 1;
    double most = tolerance * std::abs(result.factor);
    bool areEqual = std::isfinite(result.factor);
    for (int64_t i = 0; i < rows.count && areEqual; ++i)
      for (int64_t j = 0; j < rows.width && areEqual; ++j)
        areEqual = std::abs(rows.at(i, j) - result.factor * wave(i, columns[j])) <= most;
    if (areEqual)
      return columns;
  }
  return std::nullopt;
}

std::optional<AngleRows> AngleRows::of(Value value, const Tensor &table, int64_t axis,
                                       ColdValues &cold) {
  if (!table.element().isF32() || table.size() * int64_t(sizeof(float)) < leastBytes ||
      table.dim(axis) != cold.context() || cold.context() < 2)
    return std::nullopt;
  Operation *wave = waveIn(value);
  if (!wave)
    return std::nullopt;
  Refusal ignored;
  FailureOr<Tensor> angles = cold.at(wave->getOperand(0), {0, cold.context()}, ignored);
  if (failed(angles))
    return std::nullopt;
  auto frequencies = frequenciesOf(*angles, cold.context());
  Rows rows(table, axis);
  if (!frequencies || frequencies->empty())
    return std::nullopt;
  AngleRows result;
  result.isSine = isa<onnx::SinOp>(wave);
  auto columns = columnsOf(rows, result, *frequencies);
  if (!columns)
    return std::nullopt;
  SmallVector<int64_t> shape(table.shape());
  shape[axis] = 1;
  result.frequencies =
      Tensor::floats(table.element(), shape, std::vector<double>(columns->begin(), columns->end()));
  return result;
}
