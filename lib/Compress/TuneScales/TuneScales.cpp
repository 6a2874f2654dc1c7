// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Trains the scales of codes, and leaves the codes.
//
//   %w = onnx.DequantizeLinear(%codes, %scales)
//   ==> compress-tune-scales{data=stories.tokens}
//   %w = onnx.DequantizeLinear(%codes, %scales')
#include "lib/Compress/TuneScales/ScaledCodes.h"
#include "lib/Train/TrainingPass.h"
#include "lib/Train/TrainingRates.h"
#include "lib/Weights/Remark.h"

#include "dialects/Compress/Compress.h"
#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"
#include "dialects/Retort/Retort.h"

#include "mlir/Pass/Pass.h"

#include <cmath>

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_TUNESCALESPASS
#include "lib/Compress/TuneScales/TuneScales.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
struct Tuned {
  LinearWeight weight;
  ScaledCodes codes;
  size_t logs = 0, shifts = 0; ///< places among what is trained
};

struct TuneScalesPass : TrainingPass<retort::impl::TuneScalesPassBase<TuneScalesPass>> {
  using TrainingPass::TrainingPass;

  FailureOr<std::vector<Tuned>> select();
  Student makeStudent(std::vector<Tuned> &tuned);
  void store(std::vector<Tuned> &tuned, const TrainingResult &result);
  LogicalResult tune(TrainingOptions options);
  void runOnOperation() override;
};
} // namespace

FailureOr<std::vector<Tuned>> TuneScalesPass::select() {
  // The ends of a model have scales like others.
  StringRef names = include.empty() ? StringRef(".*") : StringRef(include);
  auto weights = selectLinearWeights(getOperation(), getArgument(), names, exclude);
  if (failed(weights))
    return failure();
  std::vector<Tuned> tuned;
  for (LinearWeight &weight : *weights) {
    std::string why;
    if (auto codes = ScaledCodes::of(weight, why))
      tuned.push_back({weight, *codes});
    else
      weightMissed(weight.loc(), getArgument(), weight.name()) << remark::reason("{0}", why);
  }
  if (tuned.empty())
    return getOperation().emitError()
           << "'" << getArgument() << "' expects weights that are codes times scales, found none "
           << "among the " << weights->size() << " selected ones";
  return tuned;
}

Student TuneScalesPass::makeStudent(std::vector<Tuned> &tuned) {
  IRMapping map;
  Student student = studentOf(getOperation(), map);
  // A table that several weights share is trained once.
  llvm::MapVector<Operation *, std::pair<Value, Value>> tables;
  llvm::DenseMap<Operation *, std::pair<size_t, size_t>> places;
  for (Tuned &each : tuned) {
    Operation *scales = each.codes.scales;
    auto [table, isNew] = tables.insert({scales, {}});
    if (isNew) {
      std::string name = onnx::valueName(scales->getResult(0)).str();
      Operation *before = inStudent(map, scales);
      std::vector<float> zeros(each.codes.numbers().size());
      places[scales].first = student.constants.size();
      table->second.first = addTrained(student, before, name + "_log", each.codes.shape(), zeros);
      places[scales].second = student.constants.size();
      if (zeroPoints)
        table->second.second =
            addTrained(student, before, name + "_shift", each.codes.shape(), zeros);
    }
    std::tie(each.logs, each.shifts) = places[scales];
    scaleInStudent(each.codes, inStudent(map, each.codes.dequantize), table->second.first,
                   table->second.second);
  }
  return student;
}

static double rootMeanSquare(ArrayRef<float> numbers) {
  double sum = 0;
  for (float number : numbers)
    sum += double(number) * number;
  return numbers.empty() ? 0 : std::sqrt(sum / double(numbers.size()));
}

/// Scales last: what a weight was is read before, of all weights that share them.
void TuneScalesPass::store(std::vector<Tuned> &tuned, const TrainingResult &result) {
  std::vector<std::vector<float>> before;
  llvm::DenseSet<Operation *> stored;
  for (Tuned &each : tuned)
    before.push_back(each.weight.floats());
  for (Tuned &each : tuned) {
    if (stored.insert(each.codes.scales).second)
      setNumbers(each.codes.scales, scaledBy(each.codes.numbers(), result.values[each.logs]));
    if (!zeroPoints)
      continue;
    bool isRoot = each.weight.op == each.codes.dequantize;
    Operation *by = shiftZeros(each.codes, result.values[each.shifts]);
    each.weight.op = isRoot ? by : each.weight.op;
  }
  for (auto [each, was] : llvm::zip_equal(tuned, before)) {
    LinearWeight &weight = each.weight;
    WeightChange change{weight.bytes(), 0, 0};
    weight.values = *compress::WeightExpression::of(weight.op->getResult(0));
    change.bytesAfter = weight.bytes();
    change.weightError = relativeError(was, weight.floats());
    change.magnitudes.emplace().add(was);
    auto remark = weightPassed(weight.loc(), getArgument(), weight.name(), change);
    remark << remark::metric("scales", int64_t(result.values[each.logs].size()))
           << remark::metric("relative_change", rootMeanSquare(result.values[each.logs]));
    if (zeroPoints)
      remark << remark::metric("zero_change", rootMeanSquare(result.values[each.shifts]));
  }
}

LogicalResult TuneScalesPass::tune(TrainingOptions options) {
  auto tuned = select();
  if (failed(tuned))
    return failure();
  if (options.learningRate == 0)
    options.learningRate = rateOfLogarithms;
  FailureOr<TrainingResult> result =
      trainStudent(getOperation(), getArgument(), makeStudent(*tuned), options);
  if (failed(result) || result->values.empty())
    return success(succeeded(result));
  store(*tuned, *result);
  return success();
}

void TuneScalesPass::runOnOperation() {
  FailureOr<TrainingOptions> training = trainingOptions();
  if (failed(training) || failed(tune(*training)))
    signalPassFailure();
}
