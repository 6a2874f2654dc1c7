// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The statistics that a method fits to, and what they say about one weight.
#include "lib/Statistics/WeightStatistics.h"

#include "dialects/Retort/Names.h"
#include "lib/Weights/Remark.h"

using namespace mlir;
using namespace retort;

FailureOr<std::shared_ptr<const Statistics>> retort::statisticsOf(ModuleOp module,
                                                                  StringRef method) {
  auto error = [&] { return module.emitError() << "'" << method << "' "; };
  auto path = module->getAttrOfType<StringAttr>(names::statistics);
  if (!path)
    return error() << "expects statistics of a sample: `retort calibrate` measures them, and "
                      "--calibration, or identify-model{statistics=}, names them";
  if (auto changed = module->getAttrOfType<StringAttr>(names::staleStatistics))
    return error() << "expects statistics of the model as it is, found those from before '"
                   << changed.getValue() << "': that method may stand behind this one";
  auto statistics = Statistics::open(path.getValue());
  if (!statistics)
    return module.emitError() << llvm::toString(statistics.takeError());
  auto content = module->getAttrOfType<StringAttr>(names::content);
  if (!content || content.getValue() != (*statistics)->source().model)
    return error() << "expects statistics of this model, found those of another in '"
                   << path.getValue() << "'";
  return std::move(*statistics);
}

void retort::markStale(ModuleOp module, StringRef method) {
  module->setAttr(names::staleStatistics, StringAttr::get(module.getContext(), method));
}

const StatisticsRecord *retort::recordOf(const Statistics &statistics, const LinearWeight &weight,
                                         StringRef method) {
  const StatisticsRecord *record = statistics.find(weight.name());
  if (record && record->fitted.rows > 0 &&
      record->inputs == weight.type().getDimSize(weight.inputAxis()))
    return record;
  weightMissed(weight.loc(), method, weight.name()) << remark::reason(
      "{0}", !record                    ? "the sample says nothing about its inputs"
             : record->fitted.rows == 0 ? "no row of the sample reached it"
                                        : "the sample was of another number of inputs");
  return nullptr;
}
