// A language model as a reader of tokens: chooses the way, and reads through the decode step.
#include "lib/Runtime/Decoder.h"

#include <algorithm>

using namespace retort::runtime;

// The most logits that reading a prompt holds at once: 256 MB.
static constexpr int64_t mostLogits = int64_t(1) << 26;

Result<Tensor> Decoder::feedForLast(const std::vector<int64_t> &tokens) {
  int64_t part = recomputes() ? int64_t(tokens.size())
                              : std::max<int64_t>(mostLogits / std::max<int64_t>(ids, 1), 1);
  for (size_t begin = 0; begin + part < tokens.size(); begin += part)
    if (auto logits = feed({tokens.begin() + begin, tokens.begin() + begin + part}); !logits)
      return logits;
  size_t rest = tokens.empty() ? 0 : (tokens.size() - 1) / part * part;
  auto logits = feed({tokens.begin() + rest, tokens.end()});
  if (!logits)
    return logits;
  int64_t width = logits->shape().back();
  Tensor last = Tensor::allocate(ElementType::F32, {1, width});
  std::vector<float> row = logits->floats(logits->count() - width, width);
  std::copy(row.begin(), row.end(), last.as<float>());
  return last;
}

namespace {
/// Through the step function, whose state lives in a session.
class StepDecoder : public Decoder {
public:
  StepDecoder(std::unique_ptr<Session> session, int64_t vocabulary) : session(std::move(session)) {
    limit = this->session->context();
    ids = vocabulary;
  }

  Result<Tensor> feed(const std::vector<int64_t> &tokens) override {
    auto logits = session->step(tokens);
    if (!logits)
      return logits;
    past = session->position();
    return catching<Tensor>([&] {
      ids = logits->shape().back();
      Shape rows{logits->count() / ids, ids};
      if (logits->type() == ElementType::F32)
        return logits->reshaped(rows);
      Tensor floats = Tensor::allocate(ElementType::F32, rows);
      for (int64_t i = 0; i < floats.count(); ++i)
        floats.as<float>()[i] = float(logits->at(i));
      return floats;
    });
  }

  void reset() override {
    session->reset();
    past = 0;
  }

private:
  std::unique_ptr<Session> session;
};
} // namespace

Result<std::unique_ptr<Decoder>> Decoder::create(Model &model) {
  if (Function *step = model.function("step")) {
    auto session = model.startSession();
    if (!session)
      return Error{session.error()};
    const ValueInfo &logits = step->info().outputs.front();
    return std::unique_ptr<Decoder>(std::make_unique<StepDecoder>(
        std::move(*session), logits.shape.empty() ? -1 : logits.shape.back()));
  }
  Function *graph = model.function("main");
  if (!graph)
    return Error{"the model has no function 'main'"};
  return catching<std::unique_ptr<Decoder>>(
      [&] { return makeGraphDecoder(model, *graph, GraphRoles::find(graph->info())); });
}
