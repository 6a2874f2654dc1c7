// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scores a model on windows of text, alone or beside another model.
#include "lib/Text/Evaluate.h"

#include "lib/Runtime/ThreadPool.h"
#include "lib/Text/Scores.h"
#include "lib/Text/Windows.h"

#include <algorithm>
#include <cmath>

using namespace retort::text;
using namespace retort::runtime;

// The most logits that one call gives: 256 MB.
static constexpr int64_t mostLogits = int64_t(1) << 26;

namespace {
/// The scores of every token so far.
struct Scores {
  std::vector<double> nll, referenceNll, kl;
  int64_t sameTop = 0;
  double largestDifference = 0;
};

/// Logits of the tokens before `targets`, row by row.
struct Rows {
  const float *logits, *reference; // reference may be null
  const int64_t *targets;
  int64_t count, width;
  std::vector<double> nll, referenceNll;
  std::vector<RowDistance> distances;
};
} // namespace

static void scoreRows(void *context, int64_t part, int64_t parts) {
  auto &rows = *static_cast<Rows *>(context);
  for (int64_t i = part; i < rows.count; i += parts) {
    const float *row = rows.logits + i * rows.width;
    rows.nll[size_t(i)] = negativeLogLikelihood(row, rows.width, rows.targets[i]);
    if (!rows.reference)
      continue;
    const float *reference = rows.reference + i * rows.width;
    rows.referenceNll[size_t(i)] = negativeLogLikelihood(reference, rows.width, rows.targets[i]);
    rows.distances[size_t(i)] = distance(row, reference, rows.width);
  }
}

static void score(Rows rows, Scores &scores) {
  rows.nll.resize(size_t(rows.count));
  rows.referenceNll.resize(rows.reference ? size_t(rows.count) : 0);
  rows.distances.resize(rows.referenceNll.size());
  if (Status status = ThreadPool::shared().run(scoreRows, &rows); !status)
    throw Failure(status.error());
  scores.nll.insert(scores.nll.end(), rows.nll.begin(), rows.nll.end());
  scores.referenceNll.insert(scores.referenceNll.end(), rows.referenceNll.begin(),
                             rows.referenceNll.end());
  for (const RowDistance &row : rows.distances) {
    scores.kl.push_back(row.kl);
    scores.sameTop += row.sameTop;
    scores.largestDifference = std::max(scores.largestDifference, row.largestDifference);
  }
  for (double nll : rows.nll)
    if (!std::isfinite(nll))
      throw Failure("the model's logits are not finite");
}

static Tensor feed(Decoder &decoder, const TokenIds &tokens) {
  auto logits = decoder.feed(tokens);
  if (!logits)
    throw Failure(logits.error());
  return std::move(*logits);
}

/// The tokens of one call: all of a window, as far as memory goes; one where a graph gives the last
/// row alone.
static int64_t tokensPerCall(Decoder &decoder, const TokenIds &window) {
  decoder.reset();
  TokenIds pair(window.begin(), window.begin() + 2);
  bool single = feed(decoder, pair).shape().front() < 2;
  if (single)
    return 1;
  auto length = int64_t(window.size());
  return decoder.recomputes() ? length
                              : std::clamp<int64_t>(mostLogits / decoder.vocabulary(), 1, length);
}

static void readWindow(Decoder &decoder, Decoder *against, const TokenIds &window, int64_t perCall,
                       Scores &scores) {
  decoder.reset();
  if (against)
    against->reset();
  auto length = int64_t(window.size());
  for (int64_t begin = 0; begin + 1 < length; begin += perCall) {
    int64_t end = std::min(begin + perCall, length), scored = std::min(end, length - 1) - begin;
    TokenIds part(window.begin() + begin, window.begin() + end);
    Tensor logits = feed(decoder, part), reference = against ? feed(*against, part) : Tensor();
    score({logits.as<float>(),
           against ? reference.as<float>() : nullptr,
           window.data() + begin + 1,
           scored,
           logits.shape().back(),
           {},
           {},
           {}},
          scores);
  }
}

/// From `first` on: from a value of each window at a time to window by window.
static void sortByWindow(std::vector<double> &values, size_t first, size_t count) {
  if (values.size() <= first)
    return;
  std::vector<double> mixed(values.begin() + int64_t(first), values.end());
  size_t length = mixed.size() / count;
  for (size_t i = 0; i < mixed.size(); ++i)
    values[first + i] = mixed[i % length * count + i / length];
}

/// The most texts that are read beside one another, where a model takes them.
static constexpr size_t mostTexts = 16;

/// Windows of one length, a token of each at a time.
static void readWindows(Decoder &decoder, Decoder *against, const TokenIds *windows, size_t count,
                        Scores &scores) {
  size_t first = scores.nll.size();
  for (Decoder *each : {&decoder, against})
    if (each)
      each->resetTexts(int64_t(count));
  for (size_t t = 0; t + 1 < windows->size(); ++t) {
    TokenIds tokens, targets;
    for (size_t k = 0; k < count; ++k) {
      tokens.push_back(windows[k][t]);
      targets.push_back(windows[k][t + 1]);
    }
    auto feedAll = [&](Decoder *each) {
      auto logits = each ? each->feedTexts(tokens) : Result<Tensor>(Tensor());
      if (!logits)
        throw Failure(logits.error());
      return *logits;
    };
    Tensor logits = feedAll(&decoder), reference = feedAll(against);
    score({logits.as<float>(),
           against ? reference.as<float>() : nullptr,
           targets.data(),
           int64_t(count),
           logits.shape().back(),
           {},
           {},
           {}},
          scores);
  }
  for (std::vector<double> *values : {&scores.nll, &scores.referenceNll, &scores.kl})
    sortByWindow(*values, first, count);
}

/// How many windows from the first on are read beside one another: those of one length.
static size_t countBeside(const TokenIds *windows, size_t left) {
  size_t count = 1;
  while (count < std::min(left, mostTexts) && windows[count].size() == windows[0].size())
    ++count;
  return count;
}

static double meanOf(const std::vector<double> &values) {
  double sum = 0;
  for (double value : values)
    sum += value;
  return sum / double(values.size());
}

/// Of the mean of independent values; 0 for a single one.
static double standardError(const std::vector<double> &values, double mean) {
  double sum = 0;
  for (double value : values)
    sum += (value - mean) * (value - mean);
  auto count = double(values.size());
  return count > 1 ? std::sqrt(sum / (count - 1) / count) : 0;
}

static Evaluation summarize(Scores scores, int64_t bytes, bool compared) {
  Evaluation result;
  result.tokens = int64_t(scores.nll.size());
  result.meanNll = meanOf(scores.nll);
  result.nllError = standardError(scores.nll, result.meanNll);
  result.perplexity = std::exp(result.meanNll);
  result.bitsPerByte =
      result.meanNll * double(result.tokens) / std::log(2.0) / double(std::max<int64_t>(bytes, 1));
  if (compared) {
    Comparison comparison;
    comparison.klMean = meanOf(scores.kl);
    comparison.klError = standardError(scores.kl, comparison.klMean);
    comparison.klMax = *std::max_element(scores.kl.begin(), scores.kl.end());
    comparison.topAgreement = double(scores.sameTop) / double(result.tokens);
    comparison.largestDifference = scores.largestDifference;
    comparison.perplexity = std::exp(meanOf(scores.referenceNll));
    result.comparison = comparison;
  }
  result.nll = std::move(scores.nll);
  result.kl = std::move(scores.kl);
  return result;
}

static Evaluation evaluateAll(Decoder &decoder, Decoder *against, const Tokenizer *tokenizer,
                              const std::vector<TokenIds> &windows,
                              const std::function<void(int64_t)> &progress) {
  int64_t perCall = tokensPerCall(decoder, windows.front());
  if (against) {
    perCall = std::min(perCall, tokensPerCall(*against, windows.front()));
    if (decoder.vocabulary() != against->vocabulary())
      throw Failure("the models have " + std::to_string(decoder.vocabulary()) + " and " +
                    std::to_string(against->vocabulary()) + " logits");
  }
  Scores scores;
  int64_t bytes = 0, done = 0;
  bool areBeside = decoder.readsTexts() && (!against || against->readsTexts());
  for (size_t begin = 0, count = 1; begin < windows.size(); begin += count) {
    count = areBeside ? countBeside(&windows[begin], windows.size() - begin) : 1;
    if (count > 1)
      readWindows(decoder, against, &windows[begin], count, scores);
    else
      readWindow(decoder, against, windows[begin], perCall, scores);
    for (size_t k = 0; tokenizer && k < count; ++k)
      bytes += scoredBytes(windows[begin + k], *tokenizer);
    done += int64_t(count);
    if (progress)
      progress(done);
  }
  return summarize(std::move(scores), bytes, against != nullptr);
}

Result<Evaluation> retort::text::evaluate(Decoder &decoder, Decoder *against,
                                          const Tokenizer *tokenizer,
                                          const std::vector<TokenIds> &windows,
                                          const std::function<void(int64_t)> &progress) {
  return catching<Evaluation>(
      [&] { return evaluateAll(decoder, against, tokenizer, windows, progress); });
}
