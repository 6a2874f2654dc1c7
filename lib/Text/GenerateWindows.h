// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Windows of tokens that a model writes itself: what a student learns from where there is no text
// (LLM-QAT, Liu et al., 2305.17888, section 3.1: data-free distillation; sequence-level
// distillation where there are prompts). Needs no tokenizer.
#ifndef RETORT_LIB_TEXT_GENERATEWINDOWS_H
#define RETORT_LIB_TEXT_GENERATEWINDOWS_H

#include "lib/Runtime/Decoder.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace retort::text {

struct WindowOptions {
  int64_t count = 0, length = 0; ///< windows, and the tokens of each: at least 2
  uint64_t seed = 0;
  double temperature = 1; ///< as the model says
  int64_t topK = 0;       ///< only the K most probable; 0: all
  double topP = 1;        ///< of those, the fewest that hold this share of the probability
  /// The most probable token so many times where a document begins. Of a model with BOS, that makes
  /// all documents begin alike.
  int64_t firstGreedy = 0;
  /// Only ids below are drawn: what is beyond pads the logits. 0: all of the logits.
  int64_t vocabulary = 0;
  /// Begins a document; without it, window i begins with id i of the vocabulary, in turn.
  std::vector<int64_t> bos;
  std::vector<int64_t> stops; ///< end a document; BOS among them
  /// Window i continues prompt i, in turn, as one document. None has `length` tokens.
  std::vector<std::vector<int64_t>> prompts;
};

/// BOS and the ends of a text as the configuration beside a model names them.
WindowOptions windowOptionsOf(const runtime::LanguageInfo &language);

/// `length` tokens, and of each whether a model is to learn to say it: not those of prompts, BOS
/// behind another end of a document, and what fills the window behind the end of a prompted one.
struct GeneratedWindow {
  std::vector<int64_t> ids;
  std::vector<bool> counts;
};

/// Hands over windows in order. Documents that end are followed by others in the same window, which
/// see what was before, as a window of a text is read. A window follows from the seed and its
/// number alone, not from how many there are, nor from the number of threads; several are written
/// beside one another where the decoder can. `progress` gets the part that is done.
runtime::Status generateWindows(runtime::Decoder &decoder, const WindowOptions &options,
                                const std::function<runtime::Status(GeneratedWindow)> &take,
                                const std::function<void(double)> &progress = nullptr);

} // namespace retort::text

#endif
