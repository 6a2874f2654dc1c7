// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a compression came to: lines for a person, JSON for a sweep.
#include "tools/retort/CompileSummary.h"
#include "lib/Support/PendingFile.h"
#include "tools/retort/JsonNumber.h"

#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace retort;

void CompileSummary::print(raw_ostream &stream) const {
  if (scored) {
    stream << formatv("held-back text, {0} tokens: perplexity {1:F4} before, {2:F4} after; "
                      "mean KL {3:F5}\n",
                      scored->tokens, scored->perplexityBefore, scored->perplexityAfter,
                      scored->kl);
    if (scored->perplexityAfter > 1.1 * scored->perplexityBefore)
      stream << "note: that is more than 10 % worse: more bits, a smaller share to go or a longer "
                "sample would help\n";
  }
  std::string line;
  for (auto &[weight, error] : worst)
    line += formatv("{0}{1} ({2:F3})", line.empty() ? "" : ", ", weight, error);
  if (!line.empty())
    stream << "farthest off, by their outputs: " << line << "\n";
  stream << formatv("{0:F1} seconds\n", seconds);
}

Error CompileSummary::write(StringRef path) const {
  json::Object object{{"retort", 1},
                      {"bytes_before", int64_t(sizes.filesBefore)},
                      {"bytes", int64_t(sizes.filesAfter)},
                      {"weight_bytes_before", int64_t(sizes.weightsBefore)},
                      {"weight_bytes", int64_t(sizes.weightsAfter)},
                      {"bits_per_weight", sizes.bitsPerWeight},
                      {"seconds", seconds}};
  if (scored) {
    object["tokens"] = scored->tokens;
    object["perplexity_before"] = jsonNumber(scored->perplexityBefore);
    object["perplexity"] = jsonNumber(scored->perplexityAfter);
    object["kl_mean"] = jsonNumber(scored->kl);
    object["top1_agreement"] = jsonNumber(scored->topAgreement);
  }
  json::Array list;
  for (auto &[weight, error] : worst)
    list.push_back(
        json::Object{{"weight", json::fixUTF8(weight)}, {"output_error", jsonNumber(error)}});
  object["worst"] = std::move(list);
  return writeFile(path, [&](raw_ostream &stream) {
    stream << formatv("{0:2}\n", json::Value(std::move(object)));
    return Error::success();
  });
}
