// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads tokens through the graph as it is: with caches that are inputs and outputs, or the whole
// text each time.
#include "lib/Runtime/Decoder.h"

#include <algorithm>
#include <numeric>

using namespace retort::runtime;

namespace {
class GraphDecoder : public Decoder {
public:
  GraphDecoder(Function function, GraphRoles roles, ObserveOutputs observe, int64_t context)
      : function(std::move(function)), roles(std::move(roles)), observe(std::move(observe)) {
    limit = context;
    const Shape &logits = info().outputs[this->roles.logits].shape;
    ids = logits.empty() ? -1 : logits.back();
    reset();
  }

  void reset() override { resetTexts(1); }
  void resetTexts(int64_t count) override;
  bool readsTexts() const override;
  Result<Tensor> feedTexts(const std::vector<int64_t> &tokens) override {
    return catching<Tensor>([&] { return runTexts(tokens); });
  }
  bool recomputes() const override { return roles.caches.empty(); }
  bool isGiven() const override { return !recomputes(); }

protected:
  Result<Tensor> read(const std::vector<int64_t> &tokens, int64_t rows) override {
    return catching<Tensor>(
        [&] { return !recomputes() && fixedLength() == 1 ? runEach(tokens, rows) : run(tokens); });
  }

private:
  const FunctionInfo &info() const { return function.info(); }
  Tensor run(const std::vector<int64_t> &tokens);
  Tensor runEach(const std::vector<int64_t> &tokens, int64_t rows);
  Tensor runTexts(const std::vector<int64_t> &tokens);
  bool isBatch(const ValueInfo &value, size_t axis) const;
  Tensor fill(int input, const std::vector<int64_t> &row) const;
  Tensor emptyCache(const ValueInfo &cache) const;
  int64_t fixedLength() const;

  Function function;
  GraphRoles roles;
  int64_t texts = 1;           // beside one another
  ObserveOutputs observe;
  std::vector<Tensor> caches;  // in the order of roles.caches
  std::vector<int64_t> before; // the text so far, where it is read again
};
} // namespace

/// The sequence length that the graph demands; -1: any.
int64_t GraphDecoder::fixedLength() const {
  const Shape &shape = info().inputs[roles.tokens].shape;
  return shape.empty() ? 1 : shape.back();
}

/// Whether an axis has the size that the tokens call their batch.
bool GraphDecoder::isBatch(const ValueInfo &value, size_t axis) const {
  const ValueInfo &tokens = info().inputs[roles.tokens];
  bool isNamed = tokens.shape.size() == 2 && tokens.shape[0] < 0 && !tokens.dims.empty() &&
                 !tokens.dims.front().empty();
  return isNamed && axis < value.dims.size() && value.dims[axis] == tokens.dims.front();
}

/// Every state and the logits have the batch, so that texts do not meet.
bool GraphDecoder::readsTexts() const {
  auto hasBatch = [&](const ValueInfo &value) {
    for (size_t axis = 0; axis < value.shape.size(); ++axis)
      if (isBatch(value, axis))
        return true;
    return false;
  };
  if (recomputes() || fixedLength() != 1 || !hasBatch(info().inputs[roles.tokens]) ||
      !hasBatch(info().outputs[roles.logits]))
    return false;
  return std::all_of(roles.caches.begin(), roles.caches.end(), [&](std::pair<int, int> cache) {
    const ValueInfo &input = info().inputs[cache.first];
    return hasBatch(input) && !input.hasDefault();
  });
}

/// A tensor whose last axis is `row`, whatever axes come before it (batch; the three of multimodal
/// positions).
Tensor GraphDecoder::fill(int input, const std::vector<int64_t> &row) const {
  const ValueInfo &value = info().inputs[input];
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
Tensor GraphDecoder::emptyCache(const ValueInfo &cache) const {
  const std::vector<std::string> &dims = info().inputs[roles.tokens].dims;
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

void GraphDecoder::resetTexts(int64_t count) {
  texts = count;
  past = 0;
  before.clear();
  caches.clear();
  for (auto [input, output] : roles.caches)
    caches.push_back(info().inputs[input].hasDefault() ? Tensor()
                                                       : emptyCache(info().inputs[input]));
}

Tensor GraphDecoder::run(const std::vector<int64_t> &tokens) {
  if (tokens.empty())
    throw Failure("a step needs at least one token");
  auto fresh = int64_t(tokens.size());
  std::vector<int64_t> text = before;
  text.insert(text.end(), tokens.begin(), tokens.end());
  int64_t first = recomputes() ? 0 : past, seen = past + fresh;
  // A graph of one length reads ones behind the text, which no earlier row can see.
  if (int64_t fixed = fixedLength(); fixed >= 0 && int64_t(text.size()) < fixed)
    text.resize(recomputes() ? fixed : text.size(), 0);
  std::vector<int64_t> positions(text.size()), mask(size_t(first) + text.size(), 1);
  std::iota(positions.begin(), positions.end(), first);

  std::vector<Tensor> inputs(info().inputs.size());
  inputs[roles.tokens] = fill(roles.tokens, text);
  if (roles.mask >= 0)
    inputs[roles.mask] = fill(roles.mask, mask);
  if (roles.positions >= 0)
    inputs[roles.positions] = fill(roles.positions, positions);
  for (size_t k = 0; k < caches.size(); ++k)
    inputs[roles.caches[k].first] = caches[k];
  auto outputs = function.call(inputs);
  if (!outputs)
    throw Failure(outputs.error());
  if (observe)
    observe(*outputs);

  for (size_t k = 0; k < caches.size(); ++k)
    caches[k] = (*outputs)[roles.caches[k].second];
  if (recomputes())
    before.assign(text.begin(), text.begin() + seen);
  past = seen;
  Tensor logits = (*outputs)[roles.logits];
  if (logits.rank() == 1 && text.size() == 1)
    logits = logits.reshaped({1, logits.count()});
  if (logits.rank() < 2 || logits.shape().back() < 1)
    throw Failure("expects logits of rank 2 or 3, found shape " + toString(logits.shape()));
  ids = logits.shape().back();
  int64_t rows = logits.shape()[logits.rank() - 2];
  if (rows != int64_t(text.size()))
    return logits.floatRows(rows - 1, 1);
  return logits.floatRows(recomputes() ? seen - fresh : 0, fresh);
}

/// A graph of one token reads one after the other; the logits of the last `rows`, or of all.
Tensor GraphDecoder::runEach(const std::vector<int64_t> &tokens, int64_t rows) {
  if (tokens.empty())
    throw Failure("a step needs at least one token");
  size_t kept = rows > 0 ? std::min<size_t>(rows, tokens.size()) : tokens.size(),
         skipped = tokens.size() - kept;
  Tensor all;
  for (size_t i = 0; i < tokens.size(); ++i) {
    Tensor row = run({tokens[i]});
    if (i < skipped)
      continue;
    if (i == skipped)
      all = Tensor::allocate(ElementType::F32, {int64_t(kept), row.shape().back()});
    std::copy_n(row.as<float>(), row.count(), all.as<float>() + (i - skipped) * row.count());
  }
  return all;
}

Tensor GraphDecoder::runTexts(const std::vector<int64_t> &tokens) {
  const ValueInfo &taken = info().inputs[roles.tokens];
  std::vector<Tensor> inputs(info().inputs.size());
  inputs[roles.tokens] = Tensor::ofIntegers(taken.type, {texts, 1}, tokens);
  if (roles.mask >= 0)
    inputs[roles.mask] = fill(roles.mask, std::vector<int64_t>(size_t(past) + 1, 1));
  if (roles.positions >= 0)
    inputs[roles.positions] = fill(roles.positions, {past});
  for (size_t k = 0; k < caches.size(); ++k)
    inputs[roles.caches[k].first] = caches[k];
  auto outputs = function.call(inputs);
  if (!outputs)
    throw Failure(outputs.error());
  for (size_t k = 0; k < caches.size(); ++k)
    caches[k] = (*outputs)[roles.caches[k].second];
  ++past;
  Tensor logits = (*outputs)[roles.logits];
  ids = logits.rank() > 0 ? logits.shape().back() : 0;
  if (ids < 1 || logits.count() != texts * ids)
    throw Failure("expects logits of " + std::to_string(texts) + " texts, found shape " +
                  toString(logits.shape()));
  return logits.reshaped({texts, ids}).floatRows(0, texts);
}

std::unique_ptr<Decoder> retort::runtime::makeGraphDecoder(Model &model, Function &function,
                                                           GraphRoles roles,
                                                           ObserveOutputs observe) {
  return std::make_unique<GraphDecoder>(function, std::move(roles), std::move(observe),
                                        model.manifest().language.context);
}
