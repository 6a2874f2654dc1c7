// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Windows of tokens that a model writes itself.
#include "lib/Text/GenerateWindows.h"
#include "lib/Support/SplitMix.h"
#include "lib/Text/Reader.h"
#include "lib/Text/Sampler.h"

#include <algorithm>

using namespace retort::text;
using namespace retort::runtime;

// Texts beside one another: always as many, so that a window has the same neighbours, and its
// logits are the same sums, whatever the number of windows.
static constexpr int64_t textsAtOnce = 16;

WindowOptions retort::text::windowOptionsOf(const LanguageInfo &language) {
  WindowOptions options;
  options.stops.assign(language.eos.begin(), language.eos.end());
  if (language.bos) {
    options.bos.push_back(*language.bos);
    options.stops.push_back(*language.bos);
  }
  return options;
}

/// Of the numbers of a window: seeds that are near to one another give sequences that are not.
static uint64_t seedOf(uint64_t seed, uint64_t index) {
  return retort::splitMix(retort::splitMix(seed) + index);
}

namespace {
/// One window, as far as it is written.
class Draft {
public:
  Draft(const WindowOptions &options, int64_t index, Sampler greedy, Sampler drawn);

  bool isFull() const { return int64_t(window.ids.size()) >= options.length; }
  const std::vector<int64_t> &ids() const { return window.ids; }
  /// The next token, and what follows it in any case.
  Status extend(const float *logits, int64_t count);
  GeneratedWindow take() { return std::move(window); }

private:
  bool isPrompted() const { return !options.prompts.empty(); }
  void add(int64_t id, bool counts) {
    if (isFull())
      return;
    window.ids.push_back(id);
    window.counts.push_back(counts);
  }
  void endDocument(int64_t stop);

  const WindowOptions &options;
  Sampler greedy, drawn;
  GeneratedWindow window;
  int64_t written = 0; // tokens of the document that the model chose
};
} // namespace

Draft::Draft(const WindowOptions &options, int64_t index, Sampler greedy, Sampler drawn)
    : options(options), greedy(std::move(greedy)), drawn(std::move(drawn)) {
  if (isPrompted())
    for (int64_t id : options.prompts[size_t(index) % options.prompts.size()])
      add(id, false);
  else if (options.bos.empty())
    add(index % options.vocabulary, true);
  else
    for (int64_t id : options.bos)
      add(id, true);
}

Status Draft::extend(const float *logits, int64_t count) {
  Sampler &sampler = written < options.firstGreedy ? greedy : drawn;
  auto id = sampler.choose(logits, std::min(count, options.vocabulary));
  if (!id)
    return Error{id.error()};
  ++written;
  add(*id, true);
  if (std::find(options.stops.begin(), options.stops.end(), *id) != options.stops.end())
    endDocument(*id);
  return Done();
}

void Draft::endDocument(int64_t stop) {
  while (isPrompted() && !isFull())
    add(stop, false);
  // BOS that the model wrote itself begins the next one.
  for (size_t i = !options.bos.empty() && options.bos.front() == stop; i < options.bos.size(); ++i)
    add(options.bos[i], false);
  written = 0;
}

static Result<Draft> makeDraft(const WindowOptions &options, int64_t index) {
  auto greedy = Sampler::create({});
  auto drawn = Sampler::create(
      {options.temperature, options.topK, options.topP, seedOf(options.seed, uint64_t(index))});
  if (!greedy || !drawn)
    return Error{greedy ? drawn.error() : greedy.error()};
  return Draft(options, index, std::move(*greedy), std::move(*drawn));
}

/// `progress` gets the number of tokens.
static Status writeAlone(Decoder &decoder, Draft &draft,
                         const std::function<void(int64_t)> &progress) {
  decoder.reset();
  for (size_t read = 0; !draft.isFull();) {
    auto logits = decoder.feedForLast({draft.ids().begin() + int64_t(read), draft.ids().end()});
    if (!logits)
      return Error{logits.error()};
    read = draft.ids().size();
    if (Status done = draft.extend(logits->as<float>(), logits->count()); !done)
      return done;
    progress(int64_t(draft.ids().size()));
  }
  return Done();
}

/// A token of each at a time: one that is not yet read, or whatever is behind the last.
static Status writeTogether(Decoder &decoder, std::vector<Draft> &drafts,
                            const std::function<void(int64_t)> &progress) {
  decoder.resetTexts(int64_t(drafts.size()));
  auto isFull = [](const Draft &draft) { return draft.isFull(); };
  for (size_t read = 0; !std::all_of(drafts.begin(), drafts.end(), isFull); ++read) {
    std::vector<int64_t> tokens;
    for (const Draft &draft : drafts)
      tokens.push_back(draft.ids()[read]);
    auto logits = decoder.feedTexts(tokens);
    if (!logits)
      return Error{logits.error()};
    int64_t width = logits->count() / int64_t(drafts.size());
    for (size_t i = 0; i < drafts.size(); ++i)
      if (!drafts[i].isFull() && drafts[i].ids().size() == read + 1)
        if (Status done = drafts[i].extend(logits->as<float>() + int64_t(i) * width, width); !done)
          return done;
    progress(int64_t(read) + 2);
  }
  return Done();
}

static Status checkOptions(const WindowOptions &options) {
  if (options.length < 2)
    return Error{"expects windows of at least 2 tokens, found " + std::to_string(options.length)};
  size_t begin = options.bos.size();
  for (const std::vector<int64_t> &prompt : options.prompts)
    if (begin = std::max(begin, prompt.size()); prompt.empty())
      return Error{"expects prompts of at least 1 token, found none"};
  if (int64_t(begin) >= options.length)
    return Error{"a window begins with " + std::to_string(begin) + " tokens, expects less than " +
                 std::to_string(options.length)};
  return Done();
}

Status retort::text::generateWindows(Decoder &decoder, const WindowOptions &given,
                                     const std::function<Status(GeneratedWindow)> &take,
                                     const std::function<void(double)> &progress) {
  if (Status sound = checkOptions(given); !sound)
    return sound;
  auto logits = countLogits(decoder);
  if (!logits)
    return Error{logits.error()};
  WindowOptions options = given;
  options.vocabulary = options.vocabulary > 0 ? std::min(options.vocabulary, *logits) : *logits;
  int64_t texts = decoder.readsTexts() ? textsAtOnce : 1;
  for (int64_t first = 0; first < options.count; first += texts) {
    std::vector<Draft> drafts;
    for (int64_t i = first; i < first + texts; ++i) {
      auto draft = makeDraft(options, i);
      if (!draft)
        return Error{draft.error()};
      drafts.push_back(std::move(*draft));
    }
    auto advance = [&](int64_t tokens) {
      double done = double(first) + double(texts) * double(tokens) / double(options.length);
      if (progress)
        progress(std::min(1., done / double(options.count)));
    };
    Status written = texts > 1 ? writeTogether(decoder, drafts, advance)
                               : writeAlone(decoder, drafts.front(), advance);
    if (!written)
      return written;
    for (int64_t i = first; i < std::min(first + texts, options.count); ++i)
      if (Status taken = take(drafts[size_t(i - first)].take()); !taken)
        return taken;
  }
  return Done();
}
