// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads tokens that are guessed to come next along with the one that does.
#include "lib/Text/Drafts.h"

#include <algorithm>

using namespace retort::text;
using namespace retort::runtime;

// Ends that are looked up. One token alone occurs everywhere.
static constexpr size_t longestEnd = 4, shortestEnd = 2;

TokenIds retort::text::draftByLookup(const TokenIds &text, size_t most) {
  size_t best = 0, bestLength = shortestEnd - 1;
  for (size_t end = text.size() - std::min<size_t>(text.size(), 1); end >= shortestEnd; --end) {
    size_t length = 0;
    while (length < std::min(end, longestEnd) &&
           text[end - 1 - length] == text[text.size() - 1 - length])
      ++length;
    if (length > bestLength) {
      best = end;
      bestLength = length;
    }
    if (length == longestEnd)
      break;
  }
  if (best == 0)
    return {};
  size_t count = std::min(most, text.size() - best);
  return TokenIds(text.begin() + best, text.begin() + best + count);
}

Result<Tensor> DraftedDecoder::readPrompt(const TokenIds &tokens, size_t known) {
  text = tokens;
  ++tally.calls;
  return decoder.feedForLast({tokens.begin() + int64_t(known), tokens.end()});
}

/// The model has read tokens that did not come.
Status DraftedDecoder::forgetDraft() {
  auto unused = int64_t(draft.size() - used);
  if (draft.empty())
    return Done();
  // As much as came last time, and more where all of it did.
  longest = unused == 0 ? mostDrafted : std::max<size_t>(used, 1);
  draft.clear();
  used = 0;
  return unused == 0 ? Status(Done()) : decoder.rewind(unused);
}

std::optional<Tensor> DraftedDecoder::readBefore(int64_t token) {
  if (used == draft.size() || draft[used] != token)
    return std::nullopt;
  ++tally.right;
  return rows.floatRows(int64_t(++used), 1);
}

Result<Tensor> DraftedDecoder::feed(int64_t token, int64_t left) {
  text.push_back(token);
  if (auto logits = readBefore(token))
    return *logits;
  if (Status status = forgetDraft(); !status)
    return Error{status.error()};
  ++tally.calls;
  if (isDrafting && left > 0)
    draft = draftByLookup(text, std::min(longest, size_t(left)));
  if (draft.empty())
    return decoder.feedForLast({token});
  tally.drafted += int64_t(draft.size());
  TokenIds given{token};
  given.insert(given.end(), draft.begin(), draft.end());
  auto logits = decoder.feed(given);
  if (!logits)
    return logits;
  if (logits->shape().front() != int64_t(given.size()))
    return Error{"expects logits of " + std::to_string(given.size()) + " tokens, found those of " +
                 std::to_string(logits->shape().front())};
  rows = *logits;
  return rows.floatRows(0, 1);
}
