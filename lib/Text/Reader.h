// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A model and the tokenizer that belongs to it, checked against each other.
#ifndef RETORT_LIB_TEXT_READER_H
#define RETORT_LIB_TEXT_READER_H

#include "lib/Runtime/Decoder.h"
#include "lib/Text/Tokenizer.h"

namespace retort::text {

struct Reader {
  std::unique_ptr<runtime::Decoder> decoder;
  int64_t context;                // the most tokens of a text; 0: any number
  TokenIds stops;                 // end a text where the model writes them
  std::vector<std::string> notes; // what the user should know

  /// For texts of up to `context` tokens (0: as the model says). An error where the logits are
  /// fewer than the tokenizer's ids, or where the model was compiled for less context. `tokenizer`
  /// may be null for those who read no text.
  static runtime::Result<Reader> open(runtime::Model &model, const Tokenizer *tokenizer,
                                      int64_t context);
};

/// The decoder of a model for windows of `length` tokens: the graph as it is where the decode step
/// holds less.
runtime::Result<std::unique_ptr<runtime::Decoder>> openForWindows(runtime::Model &model,
                                                                  int64_t length);

/// The number of logits. Reads a token to see it, and forgets it; code that is compiled on demand
/// is compiled then.
runtime::Result<int64_t> countLogits(runtime::Decoder &decoder);

/// An error where a tokenizer has ids beyond the logits.
runtime::Status checkVocabulary(runtime::Decoder &decoder, const Tokenizer &tokenizer);

} // namespace retort::text

#endif
