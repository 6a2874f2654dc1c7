// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A language model as a reader of tokens: logits for what comes next, whatever functions the model
// has.
#ifndef RETORT_LIB_RUNTIME_DECODER_H
#define RETORT_LIB_RUNTIME_DECODER_H

#include "lib/Runtime/Model.h"

namespace retort::runtime {

/// Sees all outputs of each call.
using ObserveOutputs = std::function<void(const std::vector<Tensor> &)>;

class Decoder {
public:
  /// In the order of preference: the model's decode step; caches that are inputs and outputs of its
  /// graph, handed back from call to call; the whole text again for every token. An error names the
  /// input that has no place in this.
  static Result<std::unique_ptr<Decoder>> create(Model &model);
  /// Through the graph as it is, whether or not there is a decode step.
  static Result<std::unique_ptr<Decoder>> ofGraph(Model &model, ObserveOutputs observe = nullptr);
  virtual ~Decoder() = default;

  /// Reads tokens that follow those before; float logits [T, vocabulary], or [1, vocabulary] where
  /// the graph gives the last row alone.
  Result<Tensor> feed(const std::vector<int64_t> &tokens) { return read(tokens, 0); }
  /// As feed, for the last row alone; a long text is read in parts.
  Result<Tensor> feedForLast(const std::vector<int64_t> &tokens);
  virtual void reset() = 0;
  /// Whether `feed` gives logits of all tokens, and not of the last one alone.
  virtual bool givesEveryRow() const { return true; }
  /// Whether the last tokens can be forgotten.
  virtual bool rewinds() const { return false; }
  /// Forgets the last `count` tokens.
  virtual Status rewind(int64_t /*count*/) { return Error{"the model forgets no tokens"}; }

  /// What was read, as the decoder has it: in memory that it may go on to change.
  virtual Result<DecoderState> state() const = 0;
  /// Goes on behind what a decoder of the same model has read. An error where the state is of
  /// another one; the decoder stays as it was.
  virtual Status restore(const DecoderState &state) = 0;

  /// Whether the model reads one token a call, but of several texts beside one another.
  virtual bool readsTexts() const { return false; }
  /// Begins so many texts anew.
  virtual void resetTexts(int64_t /*count*/) { reset(); }
  /// The next token of each text; float logits [texts, vocabulary].
  virtual Result<Tensor> feedTexts(const std::vector<int64_t> &tokens) { return feed(tokens); }

  /// Whether each call reads the whole text again.
  virtual bool recomputes() const { return false; }
  /// Whether what was read before is in inputs and outputs that the model's file has.
  virtual bool isGiven() const { return false; }

  int64_t position() const { return past; }
  /// The most tokens; 0: not known.
  int64_t context() const { return limit; }
  /// The number of ids; -1: not known before the first call.
  int64_t vocabulary() const { return ids; }

protected:
  /// Float logits of the last `rows` tokens, or of more; 0: of all.
  virtual Result<Tensor> read(const std::vector<int64_t> &tokens, int64_t rows) = 0;

  int64_t past = 0, limit = 0, ids = -1;
};

/// The inputs and outputs of a graph by what they mean; -1: there is none.
struct GraphRoles {
  int tokens = -1, mask = -1, positions = -1, logits = -1;
  std::vector<std::pair<int, int>> caches; // an input, and the output that is its next value

  /// By the roles of the manifest, where there are none by the usual names. Throws where no output
  /// is logits, or an input has no role.
  static GraphRoles find(const FunctionInfo &info);
  static bool haveLogits(const FunctionInfo &info);
};

std::unique_ptr<Decoder> makeGraphDecoder(Model &model, Function &function, GraphRoles roles,
                                          ObserveOutputs observe = nullptr);

} // namespace retort::runtime

#endif
