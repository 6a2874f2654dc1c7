// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a language model's graph is given to read some tokens.
#include "lib/Runtime/GraphInputs.h"

#include <algorithm>
#include <numeric>

using namespace retort::runtime;

int64_t GraphInputs::fixedLength() const {
  const Shape &shape = facts->inputs[places.tokens].shape;
  return shape.empty() ? 1 : shape.back();
}

bool GraphInputs::isBatch(const ValueInfo &value, size_t axis) const {
  const ValueInfo &tokens = facts->inputs[places.tokens];
  bool isNamed = tokens.shape.size() == 2 && tokens.shape[0] < 0 && !tokens.dims.empty() &&
                 !tokens.dims.front().empty();
  return isNamed && axis < value.dims.size() && value.dims[axis] == tokens.dims.front();
}

Tensor GraphInputs::fill(int input, const std::vector<int64_t> &row, int64_t texts) const {
  const ValueInfo &value = facts->inputs[input];
  if (value.shape.empty() && row.size() == 1)
    return Tensor::ofIntegers(value.type, {}, row);
  if (value.shape.empty() || value.shape.size() > 3)
    throw Failure("input '" + value.name + "': expects a tensor of tokens, found rank " +
                  std::to_string(value.shape.size()));
  Shape shape = value.shape;
  for (size_t axis = 0; axis < shape.size(); ++axis)
    shape[axis] = isBatch(value, axis) ? texts : std::max<int64_t>(shape[axis], 1);
  shape.back() = int64_t(row.size());
  std::vector<int64_t> values;
  for (int64_t i = 0; i < countOf(shape) / std::max<int64_t>(shape.back(), 1); ++i)
    values.insert(values.end(), row.begin(), row.end());
  return Tensor::ofIntegers(value.type, shape, values);
}

/// The batch is that of the texts, the sequence axis (the last other dynamic one) holds nothing; a
/// cache of fixed size is zeros.
Tensor GraphInputs::emptyCache(const ValueInfo &cache, int64_t texts) const {
  const std::vector<std::string> &dims = facts->inputs[places.tokens].dims;
  const std::string batch = dims.empty() ? "" : dims.front();
  Shape shape = cache.shape;
  int dynamic = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] >= 0)
      continue;
    bool isBatch = batch.empty() ? axis == 0 : cache.dims[axis] == batch;
    shape[axis] = isBatch ? texts : 0;
    dynamic += !isBatch;
  }
  if (dynamic > 1)
    throw Failure("input '" + cache.name + "': which axis of " + toString(cache.shape) +
                  " is the sequence is not known");
  return Tensor::allocate(cache.type, shape);
}

std::vector<Tensor> GraphInputs::emptyCaches(int64_t texts) const {
  std::vector<Tensor> caches;
  for (auto [input, output] : places.caches)
    caches.push_back(facts->inputs[input].hasDefault() ? Tensor()
                                                       : emptyCache(facts->inputs[input], texts));
  return caches;
}

std::vector<Tensor> GraphInputs::forText(const std::vector<int64_t> &text, int64_t first,
                                         const std::vector<Tensor> &caches) const {
  std::vector<int64_t> positions(text.size()), mask(size_t(first) + text.size(), 1);
  std::iota(positions.begin(), positions.end(), first);
  std::vector<Tensor> inputs(facts->inputs.size());
  inputs[places.tokens] = fill(places.tokens, text, 1);
  if (places.mask >= 0)
    inputs[places.mask] = fill(places.mask, mask, 1);
  if (places.positions >= 0)
    inputs[places.positions] = fill(places.positions, positions, 1);
  for (size_t k = 0; k < caches.size(); ++k)
    inputs[places.caches[k].first] = caches[k];
  return inputs;
}

Result<std::vector<Tensor>> retort::runtime::inputsForText(const FunctionInfo &info,
                                                           const std::vector<int64_t> &text) {
  return catching<std::vector<Tensor>>([&] {
    GraphInputs inputs(info, GraphRoles::find(info));
    int64_t length = inputs.fixedLength();
    if (length >= 0 && length != int64_t(text.size()))
      throw Failure("reads " + std::to_string(length) + " tokens a call, expects to read the " +
                    std::to_string(text.size()) + " of a window at once");
    return inputs.forText(text, 0, inputs.emptyCaches(1));
  });
}

Result<int> retort::runtime::logitsOutput(const FunctionInfo &info) {
  return catching<int>([&] { return GraphRoles::find(info).logits; });
}
