// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The matrices of a model that compiled code reads as they are, found by what they hold.
#include "lib/Pipeline/ObservedWeights.h"
#include "lib/Emit/WeightLayout.h"

#include "dialects/Compress/WeightExpression.h"
#include "dialects/Linear/LinearFormat.h"
#include "dialects/Retort/Names.h"

#include "llvm/Support/Parallel.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace retort;

std::vector<float> ObservedWeight::rows() const {
  std::vector<float> stored = value.floats(0, value.size());
  if (inputAxis == 1)
    return stored;
  std::vector<float> result(stored.size());
  for (int64_t k = 0; k < inputs(); ++k)
    for (int64_t n = 0; n < outputs(); ++n)
      result[n * inputs() + k] = stored[k * outputs() + n];
  return result;
}

/// Panels of 32 outputs, as PanelPacker lays them out.
std::vector<char> ObservedWeight::packed(ArrayRef<float> rows) const {
  auto element = cast<FloatType>(value.type().getElementType());
  int64_t panels = linear::panelsFor(outputs()), count = inputs() * linear::panelWidth,
          width = element.getWidth() / 8;
  std::vector<char> result(panels * count * width);
  llvm::parallelFor(0, panels, [&](size_t panel) {
    std::vector<float> numbers(count);
    int64_t first = int64_t(panel) * linear::panelWidth,
            lanes = std::min(linear::panelWidth, outputs() - first);
    for (int64_t lane = 0; lane < lanes; ++lane)
      for (int64_t k = 0; k < inputs(); ++k)
        numbers[k * linear::panelWidth + lane] = rows[(first + lane) * inputs() + k];
    compress::encodeFloats(element, numbers, result.data() + int64_t(panel) * count * width);
  });
  return result;
}

using PlacesOfContent = std::map<std::pair<uint64_t, uint64_t>, std::vector<int64_t>>;

static std::pair<uint64_t, uint64_t> digest(ArrayRef<char> bytes) {
  llvm::XXH128_hash_t hash = llvm::xxh3_128bits(
      ArrayRef<uint8_t>(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()));
  return {hash.high64, hash.low64};
}

static PlacesOfContent placesIn(ModuleOp module) {
  PlacesOfContent result;
  for (const auto &[index, place] : llvm::enumerate(layOutWeights(module)))
    if (auto view = onnx::ConstantView::of(Attribute(place.value));
        view && view->type().getRank() == 3)
      result[digest(view->bytes())].push_back(int64_t(index));
  return result;
}

llvm::StringMap<ObservedWeight> retort::observedWeights(ModuleOp module) {
  llvm::StringMap<ObservedWeight> result;
  auto records = module->getAttrOfType<ArrayAttr>(names::activations);
  if (!records)
    return result;
  PlacesOfContent places = placesIn(module);
  for (auto record : records.getAsRange<DictionaryAttr>()) {
    auto values = record.getAs<ArrayAttr>("values");
    auto axes = record.getAs<DenseI64ArrayAttr>("axes");
    if (!values || !axes)
      continue;
    for (auto [name, value, axis] :
         llvm::zip_equal(record.getAs<ArrayAttr>("weights").getAsRange<StringAttr>(), values,
                         axes.asArrayRef())) {
      auto view = onnx::ConstantView::of(Attribute(value));
      if (!view || !linear::isReal(view->type().getElementType()))
        continue;
      ObservedWeight weight{{}, *view, axis};
      auto found = places.find(digest(weight.packed(weight.rows())));
      if (found == places.end())
        continue;
      weight.places = found->second;
      result.try_emplace(name.getValue(), std::move(weight));
    }
  }
  return result;
}
