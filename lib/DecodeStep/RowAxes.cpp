// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sizes as symbols say where the rows lie.
#include "lib/DecodeStep/RowAxes.h"

using namespace mlir;
using namespace retort;

RowAxes::RowAxes(const TextGraph &text, int64_t context)
    : rows(dims.named(rowsOfText)), total(rows + dims.named(rowsOfPast)) {
  // What is cut to the length of the text is as long as that: no text is longer than the context.
  dims.assumeNonNegative(onnx::Polynomial(context) - total);
  (void)dims.infer(text.function);
}

std::optional<int64_t> RowAxes::fewestCut() const {
  std::optional<int64_t> fewest;
  for (const auto &cut : dims.cuts())
    if (cut.bound == rows || cut.bound == total)
      fewest = std::min(cut.size, fewest.value_or(cut.size));
  return fewest;
}

std::optional<int64_t> RowAxes::elementsOfEach(Value value, int64_t axis, Operation *picks) {
  auto count = dims.dim(value, axis).dividedBy(picks ? dims.dim(picks->getResult(0), 1) : rows);
  auto number = count ? count->constant() : std::nullopt;
  return number && *number > 0 ? number : std::nullopt;
}

SmallVector<int64_t> RowAxes::multiplesOf(Value value, Operation *picks) {
  SmallVector<int64_t> axes;
  if (auto shape = dims.shape(value))
    for (int64_t axis = 0; axis < int64_t(shape->size()); ++axis)
      if (elementsOfEach(value, axis, picks))
        axes.push_back(axis);
  return axes;
}

SmallVector<int64_t> RowAxes::axesOf(Value value) {
  return llvm::to_vector(llvm::make_filter_range(
      multiplesOf(value), [&](int64_t axis) { return elementsOfEach(value, axis) == 1; }));
}

std::optional<int64_t> RowAxes::axisOf(Value value) {
  SmallVector<int64_t> axes = axesOf(value);
  return axes.size() == 1 ? std::optional(axes.front()) : std::nullopt;
}

std::optional<RowPlace> RowAxes::placeOf(Value value) {
  if (auto known = places.find(value); known != places.end())
    return known->second;
  auto axis = axisOf(value);
  return axis ? std::optional(RowPlace{*axis}) : std::nullopt;
}

bool RowAxes::othersAreFixed(Value value) {
  auto shape = dims.shape(value);
  return shape && llvm::all_of(llvm::enumerate(*shape), [&](auto size) {
           return size.value().constant() || elementsOfEach(value, size.index());
         });
}
