// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The statistics that a method fits to, and what they say about one weight.
#include "lib/Statistics/WeightStatistics.h"

#include "dialects/Retort/Names.h"
#include "lib/Weights/OutputRows.h"
#include "lib/Weights/Remark.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace retort;

static FailureOr<std::shared_ptr<const Statistics>> statisticsOf(ModuleOp module,
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

/// Multiplies what the attribute has of each weight.
static void markAs(ModuleOp module, StringRef attribute, ArrayRef<StringRef> weights,
                   ArrayRef<float> scales) {
  NamedAttrList list(module->getAttrOfType<DictionaryAttr>(attribute));
  Builder builder(module.getContext());
  for (StringRef name : weights) {
    std::vector<float> product(scales);
    if (auto before = dyn_cast_or_null<DenseF32ArrayAttr>(list.get(name)))
      for (auto [factor, scale] : llvm::zip_equal(product, before.asArrayRef()))
        factor *= scale;
    list.set(name, builder.getDenseF32ArrayAttr(product));
  }
  module->setAttr(attribute, list.getDictionary(module.getContext()));
}

void retort::markScaled(ModuleOp module, ArrayRef<StringRef> weights, ArrayRef<float> scales) {
  markAs(module, names::inputScales, weights, scales);
}

void retort::markOutputsScaled(ModuleOp module, StringRef weight, ArrayRef<float> scales) {
  markAs(module, names::outputScales, weight, scales);
}

FailureOr<WeightStatistics> WeightStatistics::of(ModuleOp module, StringRef method,
                                                 KeptSums needed) {
  auto samples = statisticsOf(module, method);
  if (failed(samples))
    return failure();
  bool hasGrams =
      llvm::all_of((*samples)->records(), [](const StatisticsRecord &r) { return r.hasGram(); });
  if (needed == KeptSums::Gram && !hasGrams)
    return module.emitError() << "'" << method
                              << "' expects statistics with second moments of all pairs of inputs, "
                                 "found those of `retort calibrate --statistics=moments`";
  return WeightStatistics(module, std::move(*samples));
}

/// What a method left on the module about a weight.
template <typename AttrT>
static AttrT noteOn(ModuleOp module, StringRef attribute, StringRef weight) {
  auto all = module->getAttrOfType<DictionaryAttr>(attribute);
  return all ? all.getAs<AttrT>(weight) : AttrT();
}

void retort::markKept(ModuleOp module, StringRef weight, ArrayRef<int64_t> kept) {
  Builder builder(module.getContext());
  NamedAttrList list(module->getAttrOfType<DictionaryAttr>(names::keptInputs));
  SmallVector<int64_t> places(kept);
  if (auto before = noteOn<DenseI64ArrayAttr>(module, names::keptInputs, weight))
    for (int64_t &place : places)
      place = before[place];
  list.set(weight, builder.getDenseI64ArrayAttr(places));
  module->setAttr(names::keptInputs, list.getDictionary(module.getContext()));
  // Scales are those of the inputs that there are.
  auto scales = noteOn<DenseF32ArrayAttr>(module, names::inputScales, weight);
  if (!scales)
    return;
  SmallVector<float> left;
  for (int64_t place : kept)
    left.push_back(scales[place]);
  NamedAttrList scaled(module->getAttrOfType<DictionaryAttr>(names::inputScales));
  scaled.set(weight, builder.getDenseF32ArrayAttr(left));
  module->setAttr(names::inputScales, scaled.getDictionary(module.getContext()));
}

const StatisticsRecord *WeightStatistics::recordOf(const LinearWeight &weight) {
  const StatisticsRecord *record = samples->find(weight.name());
  auto kept = noteOn<DenseI64ArrayAttr>(module, names::keptInputs, weight.name());
  if (record && kept && kept.asArrayRef().back() < record->inputs) {
    std::unique_ptr<KeptRecord> &known = keptOnly[{record, kept.getAsOpaquePointer()}];
    if (!known)
      known = std::make_unique<KeptRecord>(*record, kept.asArrayRef());
    record = &known->record();
  }
  auto own = noteOn<DenseF32ArrayAttr>(module, names::inputScales, weight.name());
  if (!record || !own || own.size() != record->inputs)
    return record;
  std::unique_ptr<ScaledRecord> &known = scaled[{record, own.getAsOpaquePointer()}];
  if (!known)
    known = std::make_unique<ScaledRecord>(*record, own.asArrayRef());
  return &known->record();
}

const OutputStatistics *WeightStatistics::outputsOf(const LinearWeight &weight,
                                                    const StatisticsRecord &record) {
  const OutputStatistics *known = record.outputsOf(weight.name());
  OutputRows rows(weight);
  if (!known || weight.type().getRank() != 2 || known->outputs != rows.outputs())
    return nullptr;
  auto own = noteOn<DenseF32ArrayAttr>(module, names::outputScales, weight.name());
  if (!own)
    return known;
  if (own.size() != known->outputs)
    return nullptr;
  std::unique_ptr<ScaledOutputs> &made = scaledOutputs[{known, own.getAsOpaquePointer()}];
  if (!made)
    made = std::make_unique<ScaledOutputs>(*known, own.asArrayRef());
  return &made->outputs();
}

std::string WeightStatistics::key() const {
  std::string text = samples->hash();
  for (StringRef name : {names::inputScales, names::outputScales, names::keptInputs})
    if (Attribute all = module->getAttr(name)) {
      std::string list;
      llvm::raw_string_ostream(list) << all;
      text += "/" + llvm::utohexstr(llvm::xxh3_64bits(list), /*LowerCase=*/true);
    }
  return text;
}

StringRef retort::whatLacks(const StatisticsRecord *record, const LinearWeight &weight,
                            SampleNeeds needs) {
  if (!record)
    return "the sample says nothing about its inputs";
  if (record->fitted.rows == 0 && needs.rows)
    return "no row of the sample reached it";
  bool fits = record->inputs == weight.type().getDimSize(weight.inputAxis());
  return fits ? "" : "the sample was of another number of inputs";
}

FailureOr<MeasuredWeights> retort::selectMeasuredWeights(
    ModuleOp module, StringRef method, StringRef include, StringRef exclude,
    function_ref<StringRef(const LinearWeight &)> whyNot, SampleNeeds needs) {
  auto statistics = WeightStatistics::of(module, method, needs.sums);
  if (failed(statistics))
    return failure();
  auto weights = selectLinearWeights(module, method, include, exclude);
  if (failed(weights))
    return failure();
  MeasuredWeights result{
      std::move(*statistics), module->getAttrOfType<StringAttr>(names::statistics).str(), {}};
  for (LinearWeight &weight : *weights) {
    const StatisticsRecord *record = result.statistics.recordOf(weight);
    StringRef reason = whyNot(weight);
    if (reason.empty())
      reason = whatLacks(record, weight, needs);
    if (reason.empty())
      result.list.push_back({std::move(weight), record});
    else
      weightMissed(weight.loc(), method, weight.name()) << remark::reason("{0}", reason.str());
  }
  return result;
}

LogicalResult retort::forEachMeasuredWeight(
    ModuleOp module, StringRef method, StringRef include, StringRef exclude,
    function_ref<StringRef(const LinearWeight &)> whyNot,
    function_ref<LogicalResult(LinearWeight &, const StatisticsRecord &)> fit, SampleNeeds needs) {
  auto weights = selectMeasuredWeights(module, method, include, exclude, whyNot, needs);
  if (failed(weights))
    return failure();
  for (auto &[weight, record] : weights->list)
    if (failed(fit(weight, *record)))
      return failure();
  return success();
}
