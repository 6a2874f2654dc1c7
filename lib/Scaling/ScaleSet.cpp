// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Moves factors from the inputs of weights into them.
#include "lib/Scaling/ScaleSet.h"
#include "lib/Scaling/ChannelScales.h"
#include "lib/Weights/OutputRows.h"
#include "lib/Weights/Remark.h"

#include "dialects/Onnx/ValueNames.h"

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

/// Where the inputs are made by a matrix, its outputs are divided.
static void markSources(ModuleOp module, const ChannelSource &source, ArrayRef<float> scales) {
  for (const ChannelSource::Part &part : source.parts) {
    Value constant = part.op->getOperand(part.operand);
    auto type = cast<RankedTensorType>(constant.getType());
    if (type.getRank() != 2)
      continue;
    std::vector<float> ofOutputs(type.getDimSize(part.axis), 1);
    for (auto [place, scale] : llvm::zip_equal(part.places, scales))
      ofOutputs[place] = scale;
    markOutputsScaled(module, onnx::valueName(constant), ofOutputs);
  }
}

void retort::scaleSet(ModuleOp module, const InputSet &set, const ChannelSource &source,
                      ArrayRef<float> scales) {
  SmallVector<StringRef> names;
  for (LinearWeight *weight : set.weights) {
    OutputRows rows(*weight);
    weight->setFloats(rows.scatter(scaledInputs(rows.gather(*weight), scales)));
    names.push_back(weight->name());
  }
  markSources(module, source, scales);
  source.divide(scales);
  markScaled(module, names, scales);
}

void retort::missSet(const InputSet &set, StringRef method, StringRef why) {
  for (LinearWeight *weight : set.weights)
    weightMissed(weight->loc(), method, weight->name()) << remark::reason("{0}", why.str());
}
