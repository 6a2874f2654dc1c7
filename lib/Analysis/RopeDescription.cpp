// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Analysis/RopeDescription.h"

#include "lib/Analysis/PositionSource.h"

#include "dialects/Onnx/Weights.h"

#include <cmath>

using namespace mlir;
using namespace retort;
using onnx::Tensor;

bool RopeDescription::operator==(const RopeDescription &other) const {
  bool sameLaw = law.has_value() == other.law.has_value() &&
                 (!law || (law->first == other.law->first && law->base == other.law->base));
  return interleaved == other.interleaved && width == other.width && headSize == other.headSize &&
         amplitude == other.amplitude && frequencies == other.frequencies && sameLaw &&
         limit == other.limit && rowStable == other.rowStable;
}

/// A whole number that explains a number up to the rounding of tables.
static double snapped(double number) {
  double whole = std::round(number);
  return std::abs(number - whole) <= 1e-6 * std::abs(whole) ? whole : number;
}

/// Least squares on the logarithms.
std::optional<PowerLaw> retort::fitPowerLaw(ArrayRef<double> frequencies, double tolerance) {
  int64_t count = frequencies.size();
  if (count < 2 || llvm::any_of(frequencies, [](double f) { return !(f > 0); }))
    return std::nullopt;
  double meanX = 0, meanY = 0, covariance = 0, variance = 0;
  for (int64_t k = 0; k < count; ++k) {
    meanX += double(k) / double(count) / double(count);
    meanY += std::log(frequencies[k]) / double(count);
  }
  for (int64_t k = 0; k < count; ++k) {
    double x = double(k) / double(count) - meanX;
    covariance += x * (std::log(frequencies[k]) - meanY);
    variance += x * x;
  }
  double slope = covariance / variance;
  PowerLaw law{std::exp(meanY - slope * meanX), std::exp(-slope)};
  for (int64_t k = 0; k < count; ++k) {
    double predicted = law.first * std::pow(law.base, -double(k) / double(count));
    if (std::abs(predicted / frequencies[k] - 1) > tolerance)
      return std::nullopt;
  }
  law.base = snapped(law.base);
  // The factor of an interpolation is what is round, if anything is.
  law.first = 1 / snapped(1 / law.first);
  return law;
}

namespace {
/// Rows of both tables, by position.
struct Rows {
  std::vector<int64_t> positions;
  std::vector<double> cos, sin; // positions x pairs
};
} // namespace

/// The angle of each pair at position 1 is its frequency; at 2, 4, 8 ... it tells more digits. Rows
/// that say something else than a multiple of the position are no rotary embedding.
static bool readAngles(const Rows &rows, double precision, RopeDescription &rope,
                       Refusal &refusal) {
  int64_t count = rows.positions.size(), half = rows.cos.size() / count;
  if (count < 2 || rows.positions[0] != 0 || rows.positions[1] != 1) {
    refusal = "its tables have no rows for positions 0 and 1";
    return false;
  }
  rope.amplitude = 0;
  for (int64_t p = 0; p < half; ++p)
    rope.amplitude += std::hypot(rows.cos[half + p], rows.sin[half + p]) / double(half);
  for (int64_t p = 0; p < half; ++p) {
    double frequency = 0;
    for (int64_t row = 1; row < count; ++row) {
      double angle = std::atan2(rows.sin[row * half + p], rows.cos[row * half + p]);
      double position = double(rows.positions[row]);
      double turns = std::round((position * frequency - angle) / (2 * M_PI));
      frequency = (angle + 2 * M_PI * turns) / position;
    }
    rope.frequencies.push_back(frequency);
  }
  for (int64_t row = 0; row < count; ++row)
    for (int64_t p = 0; p < half; ++p) {
      double angle = double(rows.positions[row]) * rope.frequencies[p];
      double tolerance = 4e-3 * rope.amplitude;
      if (std::abs(rows.cos[row * half + p] - rope.amplitude * std::cos(angle)) > tolerance ||
          std::abs(rows.sin[row * half + p] - rope.amplitude * std::sin(angle)) > tolerance) {
        refusal = "its tables are no cosines and sines of multiples of the positions";
        return false;
      }
    }
  if (std::abs(rope.amplitude - 1) < precision)
    rope.amplitude = 1;
  return true;
}

/// 0, 1, 2, 4, 8 ..., `count` of them from the one at `begin`, none beyond the last position of the
/// tables.
static SmallVector<int64_t> doubling(int64_t begin, int64_t count, int64_t last) {
  SmallVector<int64_t> positions;
  for (int64_t i = begin; i < begin + count; ++i)
    positions.push_back(std::min(i == 0 ? 0 : int64_t(1) << (i - 1), last));
  return positions;
}

/// A constant table that is looked up: row n is position n. Large ones are not copied.
static void readConstants(const onnx::ConstantView &cos, const onnx::ConstantView &sin, Rows &rows,
                          RopeDescription &rope) {
  int64_t half = cos.type().getShape().back();
  rope.limit = cos.type().getDimSize(cos.type().getRank() - 2);
  for (int64_t position : doubling(0, 13, *rope.limit - 1)) {
    rows.positions.push_back(position);
    for (int64_t p = 0; p < half; ++p) {
      rows.cos.push_back(cos.floatAt(position * half + p));
      rows.sin.push_back(sin.floatAt(position * half + p));
    }
  }
}

namespace {
/// Reads tables that are computed.
class ComputedTables {
public:
  ComputedTables(llm::RopeOp op, Samples &samples)
      : op(op), samples(samples),
        source(samples, {op.getCos(), op.getSin()}, op.getPositions() ? 0 : 1) {}

  bool read(Rows &rows, RopeDescription &rope, Refusal &refusal);

private:
  bool findRows(Refusal &refusal);
  void append(const Tensor &cos, const Tensor &sin, ArrayRef<int64_t> positions, Rows &rows);
  bool placesAreGiven();

  llm::RopeOp op;
  Samples &samples;
  PositionSource source;
  /// Which row of the tables belongs to each row of the text, in the first part of the batch.
  SmallVector<int64_t> rowsOfText;
};
} // namespace

bool ComputedTables::findRows(Refusal &refusal) {
  rowsOfText = llvm::to_vector(llvm::seq(source.rows()));
  if (!op.getPositions())
    return true;
  Sample sample;
  sample.tokens = source.rows();
  FailureOr<Tensor> places = samples.evaluate(op.getPositions(), sample, &refusal.reason);
  if (failed(places))
    return false;
  for (int64_t &row : rowsOfText)
    row = places->integer(row);
  return true;
}

void ComputedTables::append(const Tensor &cos, const Tensor &sin, ArrayRef<int64_t> positions,
                            Rows &rows) {
  int64_t half = cos.shape().back();
  for (auto [position, row] : llvm::zip(positions, rowsOfText)) {
    if ((row + 1) * half > cos.size())
      break;
    rows.positions.push_back(position);
    for (int64_t p = 0; p < half; ++p) {
      rows.cos.push_back(cos.number(row * half + p));
      rows.sin.push_back(sin.number(row * half + p));
    }
  }
}

/// Whether the positions that look rows up come from the input of that role. If not, the rows are
/// looked up in order, and what tells the positions is in the tables.
bool ComputedTables::placesAreGiven() {
  llvm::SmallBitVector from = samples.hot().sources(op.getPositions());
  return llvm::any_of(from.set_bits(),
                      [&](unsigned i) { return samples.hot().roles()[i] == InputRole::Positions; });
}

bool ComputedTables::read(Rows &rows, RopeDescription &rope, Refusal &refusal) {
  if (!findRows(refusal))
    return false;
  rope.positions = op.getPositions() && placesAreGiven() ? op.getPositions() : source.value();
  rope.rowStable = source.isRowStable();
  if (source.value() && rope.rowStable) {
    rope.limit = source.limit();
    for (int64_t begin : {int64_t(0), source.rows()}) {
      auto positions = doubling(begin, source.rows(), rope.limit.value_or(1024) - 1);
      auto tables = source.at(positions);
      if (failed(tables)) {
        refusal = "its tables cannot be evaluated";
        return false;
      }
      append((*tables)[0], (*tables)[1], positions, rows);
    }
    return true;
  }
  Sample sample;
  sample.tokens = source.rows();
  FailureOr<Tensor> c = samples.evaluate(op.getCos(), sample, &refusal.reason),
                    s = samples.evaluate(op.getSin(), sample, &refusal.reason);
  if (failed(c) || failed(s))
    return false;
  append(*c, *s, rowsOfText, rows);
  return true;
}

/// In narrow types frequencies are known to few digits only. A law of round numbers that all rows
/// agree with is the one.
static std::optional<PowerLaw> guessLaw(const Rows &rows, const RopeDescription &rope) {
  auto rounded = [](double number) {
    double unit = std::pow(10, std::floor(std::log10(number)) - 2);
    return std::round(number / unit) * unit;
  };
  std::optional<PowerLaw> law = fitPowerLaw(rope.frequencies, 1e-2);
  if (!law)
    return std::nullopt;
  law = PowerLaw{1 / rounded(1 / law->first), rounded(law->base)};
  int64_t half = rope.frequencies.size();
  for (auto [row, position] : llvm::enumerate(rows.positions))
    for (int64_t p = 0; p < half; ++p) {
      double angle = double(position) * law->first * std::pow(law->base, -double(p) / double(half));
      if (std::abs(rows.cos[row * half + p] - rope.amplitude * std::cos(angle)) > 4e-3 ||
          std::abs(rows.sin[row * half + p] - rope.amplitude * std::sin(angle)) > 4e-3)
        return std::nullopt;
    }
  return law;
}

FailureOr<RopeDescription> retort::describeRope(llm::RopeOp op, Samples &samples,
                                                Refusal &refusal) {
  RopeDescription rope;
  rope.interleaved = op.getInterleaved();
  auto type = cast<RankedTensorType>(op.getInput().getType());
  rope.headSize = type.isDynamicDim(3) ? 0 : type.getDimSize(3);
  if (samples.hot().isHot(op.getCos()) || samples.hot().isHot(op.getSin())) {
    refusal = "its tables depend on the text";
    return failure();
  }
  Rows rows;
  auto cos = onnx::ConstantView::of(op.getCos()), sin = onnx::ConstantView::of(op.getSin());
  if (cos && sin) {
    rope.positions = op.getPositions();
    readConstants(*cos, *sin, rows, rope);
  } else if (!ComputedTables(op, samples).read(rows, rope, refusal)) {
    return failure();
  }
  bool isWide = isa<Float32Type, Float64Type>(getElementTypeOrSelf(op.getCos()));
  if (!readAngles(rows, isWide ? 1e-5 : 1e-3, rope, refusal))
    return failure();
  rope.width = 2 * int64_t(rope.frequencies.size());
  rope.law = isWide ? fitPowerLaw(rope.frequencies) : guessLaw(rows, rope);
  return rope;
}
