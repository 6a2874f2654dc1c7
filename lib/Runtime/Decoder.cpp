// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A language model as a reader of tokens: chooses the way, and reads through the decode step.
#include "lib/Runtime/Decoder.h"

#include <algorithm>

using namespace retort::runtime;

/// Tokens of a prompt that are read at once: enough to reuse each weight, and few enough that what
/// is computed of them stays small.
static constexpr int64_t promptPart = 512;

Result<Tensor> Decoder::feedForLast(const std::vector<int64_t> &tokens) {
  size_t part = recomputes() ? std::max<size_t>(tokens.size(), 1) : promptPart, begin = 0;
  for (; begin + part < tokens.size(); begin += part)
    if (auto logits = read({tokens.begin() + begin, tokens.begin() + begin + part}, 1); !logits)
      return logits;
  auto logits = read({tokens.begin() + begin, tokens.end()}, 1);
  if (!logits || logits->shape().front() == 1)
    return logits;
  return logits->floatRows(logits->shape().front() - 1, 1);
}

namespace {
/// Through the step function, whose state lives in a session.
class StepDecoder : public Decoder {
public:
  StepDecoder(std::unique_ptr<Session> session, const Shape &logits, bool isGiven)
      : session(std::move(session)), given(isGiven) {
    limit = this->session->context();
    ids = logits.empty() ? -1 : logits.back();
    everyRow = logits.size() < 2 || logits[logits.size() - 2] != 1;
  }

  void reset() override {
    session->reset();
    past = 0;
  }

  bool isGiven() const override { return given; }
  bool givesEveryRow() const override { return everyRow; }
  bool rewinds() const override { return session->rewinds(); }
  Status rewind(int64_t count) override {
    Status status = session->rewind(count);
    past = session->position();
    return status;
  }

  Result<DecoderState> state() const override { return session->state(); }
  Status restore(const DecoderState &state) override {
    Status status = session->restore(state);
    past = session->position();
    return status;
  }

protected:
  Result<Tensor> read(const std::vector<int64_t> &tokens, int64_t rows) override {
    auto logits = session->step(tokens, rows);
    if (!logits)
      return logits;
    past = session->position();
    return catching<Tensor>([&] {
      ids = logits->shape().back();
      return logits->floatRows(0, logits->count() / ids);
    });
  }

private:
  std::unique_ptr<Session> session;
  bool given, everyRow;
};

/// Whether the graph itself has caches.
bool hasCaches(Function *graph) {
  const std::vector<ValueInfo> none, &inputs = graph ? graph->info().inputs : none;
  return std::any_of(inputs.begin(), inputs.end(),
                     [](const ValueInfo &input) { return input.role.compare(0, 5, "past:") == 0; });
}
} // namespace

Result<std::unique_ptr<Decoder>> Decoder::create(Model &model) {
  if (Function *step = model.function("step")) {
    auto session = model.startSession();
    if (!session)
      return Error{session.error()};
    return std::unique_ptr<Decoder>(
        std::make_unique<StepDecoder>(std::move(*session), step->info().outputs.front().shape,
                                      hasCaches(model.function("main"))));
  }
  Function *graph = model.function("main");
  if (!graph)
    return Error{"the model has no function 'main'"};
  auto decoder = ofGraph(model);
  // Why there is no step says more than what the graph alone cannot do.
  const std::string &reason = model.manifest().noDecodeStep;
  if (!decoder && !reason.empty() && GraphRoles::haveLogits(graph->info()))
    return Error{"no decode step: " + reason};
  return decoder;
}

Result<std::unique_ptr<Decoder>> Decoder::ofGraph(Model &model, ObserveOutputs observe) {
  Function *graph = model.function("main");
  if (!graph)
    return Error{"the model has no function 'main'"};
  return catching<std::unique_ptr<Decoder>>([&] {
    return makeGraphDecoder(model, *graph, GraphRoles::find(graph->info()), std::move(observe));
  });
}
