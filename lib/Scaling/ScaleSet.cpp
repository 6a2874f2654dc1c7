// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Moves factors from the inputs of weights into them.
#include "lib/Scaling/ScaleSet.h"
#include "lib/Scaling/ChannelScales.h"
#include "lib/Weights/OutputRows.h"
#include "lib/Weights/Remark.h"

using namespace mlir;
using namespace retort;

MeasuredSet retort::measureSet(const InputSet &set, WeightStatistics &statistics,
                               function_ref<StringRef(const LinearWeight &)> whyNot) {
  MeasuredSet result;
  for (LinearWeight *weight : set.weights) {
    weight->values = *compress::WeightExpression::of(weight->op->getResult(0));
    const StatisticsRecord *record = statistics.recordOf(*weight);
    StringRef reason = whyNot(*weight);
    if (reason.empty())
      reason = whatLacks(record, *weight);
    if (reason.empty() && result.record && result.record != record)
      reason = "the sample knows two inputs where the model has one";
    result.record = record;
    if (!reason.empty() && result.why.empty())
      result.why = reason;
  }
  return result;
}

void retort::scaleSet(ModuleOp module, const InputSet &set, const ChannelSource &source,
                      ArrayRef<float> scales) {
  SmallVector<StringRef> names;
  for (LinearWeight *weight : set.weights) {
    OutputRows rows(*weight);
    weight->setFloats(rows.scatter(scaledInputs(rows.gather(*weight), scales)));
    names.push_back(weight->name());
  }
  source.divide(scales);
  markScaled(module, names, scales);
}

void retort::missSet(const InputSet &set, StringRef method, StringRef why) {
  for (LinearWeight *weight : set.weights)
    weightMissed(weight->loc(), method, weight->name()) << remark::reason("{0}", why.str());
}
