// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The option `sides` of methods that round to a sample.
#include "lib/Rounding/Sides.h"

using namespace mlir;
using namespace retort;

FailureOr<RoundingSides> retort::parseSides(ModuleOp module, StringRef method, StringRef text,
                                            bool isSequential) {
  if (text == "auto")
    return isSequential ? RoundingSides::One : RoundingSides::Auto;
  if (text == "one")
    return RoundingSides::One;
  if (text != "two")
    return module.emitError() << "'" << method
                              << "' expects 'sides' to be auto, one or two, found '" << text << "'";
  if (isSequential)
    return module.emitError() << "'" << method
                              << "' expects 'sequential' to be false with 'sides=two', found true";
  return RoundingSides::Two;
}

LogicalResult retort::checkSides(ModuleOp module, StringRef method, RoundingSides sides,
                                 const WeightStatistics &statistics) {
  bool hasOutputs = llvm::any_of(statistics.file().records(),
                                 [](const StatisticsRecord &r) { return !r.outputs.empty(); });
  if (sides != RoundingSides::Two || hasOutputs)
    return success();
  return module.emitError() << "'" << method
                            << "' expects statistics of outputs for 'sides=two', found those of "
                               "`retort calibrate --statistics=gram`";
}

const OutputStatistics *retort::outputsToWeigh(RoundingSides sides, WeightStatistics &statistics,
                                               const LinearWeight &weight,
                                               const StatisticsRecord &record) {
  constexpr int64_t rowsOfOutput = 8;
  if (sides == RoundingSides::One || record.fitted.rows == 0)
    return nullptr;
  const OutputStatistics *known = statistics.outputsOf(weight, record);
  bool isEnough = known && known->fitted.rows >= rowsOfOutput * known->outputs;
  return sides == RoundingSides::Two || isEnough ? known : nullptr;
}
