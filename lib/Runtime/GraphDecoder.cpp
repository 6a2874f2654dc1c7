// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads tokens through the graph as it is: with caches that are inputs and outputs, or the whole
// text each time.
#include "lib/Runtime/GraphInputs.h"

#include <algorithm>

using namespace retort::runtime;

namespace {
class GraphDecoder : public Decoder {
public:
  GraphDecoder(Function function, GraphRoles given, ObserveOutputs observe,
               const Manifest &manifest)
      : function(std::move(function)), model(manifest.id),
        inputs(this->function.info(), std::move(given)), roles(inputs.roles()),
        observe(std::move(observe)) {
    limit = manifest.language.context;
    const Shape &logits = info().outputs[roles.logits].shape;
    ids = logits.empty() ? -1 : logits.back();
    reset();
  }

  void reset() override { resetTexts(1); }
  void resetTexts(int64_t count) override;
  bool readsTexts() const override;
  Result<Tensor> feedTexts(const std::vector<int64_t> &tokens) override {
    return catching<Tensor>([&] { return runTexts(tokens); });
  }
  Result<DecoderState> state() const override;
  Status restore(const DecoderState &state) override;
  bool recomputes() const override { return roles.caches.empty(); }
  bool isGiven() const override { return !recomputes(); }

protected:
  Result<Tensor> read(const std::vector<int64_t> &tokens, int64_t rows) override {
    return catching<Tensor>([&] {
      return !recomputes() && inputs.fixedLength() == 1 ? runEach(tokens, rows) : run(tokens);
    });
  }

private:
  const FunctionInfo &info() const { return function.info(); }
  Tensor run(const std::vector<int64_t> &tokens);
  Tensor runEach(const std::vector<int64_t> &tokens, int64_t rows);
  Tensor runTexts(const std::vector<int64_t> &tokens);

  Function function;
  std::string model; // its id
  GraphInputs inputs;
  const GraphRoles &roles; // of the inputs
  int64_t texts = 1;       // beside one another
  ObserveOutputs observe;
  std::vector<Tensor> caches;  // in the order of roles.caches
  std::vector<int64_t> before; // the text so far
};
} // namespace

/// Every state and the logits have the batch, so that texts do not meet.
bool GraphDecoder::readsTexts() const {
  auto hasBatch = [&](const ValueInfo &value) {
    for (size_t axis = 0; axis < value.shape.size(); ++axis)
      if (inputs.isBatch(value, axis))
        return true;
    return false;
  };
  if (recomputes() || inputs.fixedLength() != 1 || !hasBatch(info().inputs[roles.tokens]) ||
      !hasBatch(info().outputs[roles.logits]))
    return false;
  return std::all_of(roles.caches.begin(), roles.caches.end(), [&](std::pair<int, int> cache) {
    const ValueInfo &input = info().inputs[cache.first];
    return hasBatch(input) && !input.hasDefault();
  });
}

void GraphDecoder::resetTexts(int64_t count) {
  texts = count;
  past = 0;
  before.clear();
  caches = inputs.emptyCaches(count);
}

Result<DecoderState> GraphDecoder::state() const {
  if (texts != 1)
    return Error{"the state of several texts is that of none"};
  return DecoderState{model, before, caches};
}

/// Sizes of caches that grow are what they are.
Status GraphDecoder::restore(const DecoderState &state) {
  std::vector<Tensor> expected = inputs.emptyCaches(1);
  bool fits = state.states.size() == expected.size();
  for (size_t k = 0; fits && k < expected.size(); ++k) {
    const Shape &shape = info().inputs[roles.caches[k].first].shape,
                &found = state.states[k].shape();
    fits = shape.size() == found.size();
    for (size_t axis = 0; fits && axis < shape.size(); ++axis)
      fits = shape[axis] < 0 || shape[axis] == found[axis];
    if (fits && state.states[k].type() == info().inputs[roles.caches[k].first].type)
      expected[k] = state.states[k];
  }
  if (Status status = expectStateOf(state, model, expected); !status)
    return status;
  resetTexts(1);
  if (state.tokens.empty())
    return Done();
  caches = state.states;
  before = state.tokens;
  past = int64_t(before.size());
  return Done();
}

Tensor GraphDecoder::run(const std::vector<int64_t> &tokens) {
  if (tokens.empty())
    throw Failure("a step needs at least one token");
  auto fresh = int64_t(tokens.size());
  std::vector<int64_t> text = recomputes() ? before : std::vector<int64_t>();
  text.insert(text.end(), tokens.begin(), tokens.end());
  int64_t first = recomputes() ? 0 : past, seen = past + fresh;
  // A graph of one length reads ones behind the text, which no earlier row can see.
  if (int64_t fixed = inputs.fixedLength(); fixed >= 0 && int64_t(text.size()) < fixed)
    text.resize(recomputes() ? fixed : text.size(), 0);
  auto outputs = function.call(inputs.forText(text, first, caches));
  if (!outputs)
    throw Failure(outputs.error());
  if (observe)
    observe(*outputs);

  for (size_t k = 0; k < caches.size(); ++k)
    caches[k] = (*outputs)[roles.caches[k].second];
  before.insert(before.end(), tokens.begin(), tokens.end());
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
  std::vector<Tensor> given(info().inputs.size());
  given[roles.tokens] = Tensor::ofIntegers(taken.type, {texts, 1}, tokens);
  if (roles.mask >= 0)
    given[roles.mask] = inputs.fill(roles.mask, std::vector<int64_t>(size_t(past) + 1, 1), texts);
  if (roles.positions >= 0)
    given[roles.positions] = inputs.fill(roles.positions, {past}, texts);
  for (size_t k = 0; k < caches.size(); ++k)
    given[roles.caches[k].first] = caches[k];
  auto outputs = function.call(given);
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
                                        model.manifest());
}
