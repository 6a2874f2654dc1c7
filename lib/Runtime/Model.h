// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A compiled model in this process: its functions on tensors, and sessions that decode token by
// token.
#ifndef RETORT_LIB_RUNTIME_MODEL_H
#define RETORT_LIB_RUNTIME_MODEL_H

#include "lib/Runtime/DecoderState.h"
#include "lib/Runtime/GuardedMemory.h"
#include "lib/Runtime/Manifest.h"
#include "lib/Runtime/Result.h"

#include <functional>

namespace retort::runtime {

/// Where a weight lies, in the order of the manifest's list.
struct WeightBytes {
  const void *data;
  uint64_t bytes;
};

/// Finds the code of a symbol ("retort_main"); asked when a function is first called.
using SymbolResolver = std::function<Result<void *>(const std::string &symbol)>;

/// What the functions of a model share.
struct ModelData {
  Manifest manifest;
  SymbolResolver resolve;
  std::vector<WeightBytes> weights;
  std::shared_ptr<void> owner; // of code and weights
  MemoryFunctions memory;      // that the code was compiled for
};

/// One function of a model. It keeps the model's code and weights alive.
class Function {
public:
  Function(std::shared_ptr<const ModelData> model, const FunctionInfo &info)
      : model(std::move(model)), facts(&info) {}

  const FunctionInfo &info() const { return *facts; }

  /// Inputs in the order of info().inputs; one that has a default may be Tensor(). States, where
  /// the function has some, are updated in place.
  Result<std::vector<Tensor>> call(const std::vector<Tensor> &inputs,
                                   const std::vector<Tensor> &states = {});

private:
  using Entry = void (*)(void **);
  std::vector<Tensor> invoke(const std::vector<Tensor> &given, const std::vector<Tensor> &states);
  std::vector<Tensor> withDefaults(std::vector<Tensor> inputs) const;
  void checkInputs(const std::vector<Tensor> &inputs) const;
  Entry findEntry();

  std::shared_ptr<const ModelData> model;
  const FunctionInfo *facts;
  Entry entry = nullptr;
};

/// One text that a model reads and continues: the state of its step function. Several sessions may
/// live at once.
class Session {
public:
  /// Reads T tokens that follow those before. Logits [1, R, vocabulary] of the last R = `rows` of
  /// them, or of all (0, or where the model always computes all).
  Result<Tensor> step(const std::vector<int64_t> &tokens, int64_t rows = 0);
  /// Forgets every token.
  void reset();
  /// Forgets the last `count` tokens: an error where states hold more than rows of tokens.
  Status rewind(int64_t count);
  /// Whether it can.
  bool rewinds() const { return function.info().rewinds; }

  /// Another one that has read the same: both go on by themselves.
  Result<std::unique_ptr<Session>> fork() const;
  /// What it has read, in memory that it goes on to change.
  DecoderState state() const { return {model, text, states}; }
  /// Goes on behind what a session of the same model has read. An error where the state is of
  /// another one, or longer than the context; the session stays as it was.
  Status restore(const DecoderState &state);

  /// Tokens seen so far.
  int64_t position() const { return int64_t(text.size()); }
  /// The most tokens that the state holds; 0: no limit.
  int64_t context() const { return limit; }

private:
  friend class Model;
  Session(Function function, std::string model, std::vector<Tensor> states, int64_t limit)
      : function(std::move(function)), model(std::move(model)), states(std::move(states)),
        limit(limit) {}

  void clear();

  Function function;
  std::string model; // its id
  std::vector<Tensor> states;
  std::vector<int64_t> text;
  int64_t limit;
};

class Model {
public:
  /// A model of code that is in this process already; `owner` keeps code and weights alive.
  static Result<std::unique_ptr<Model>> create(std::string_view manifest, SymbolResolver resolve,
                                               std::vector<WeightBytes> weights,
                                               std::shared_ptr<void> owner,
                                               MemoryFunctions memory = {});
  /// A shared library that `retort compile` wrote, and the weights beside it. Names of both are in
  /// the messages.
  static Result<std::unique_ptr<Model>> load(const std::string &path);

  const Manifest &manifest() const { return data->manifest; }
  /// Null where the model has no function of this name.
  Function *function(std::string_view name);
  /// Lets the code read other data of the same size as this weight of the manifest, from the next
  /// call on and as long as they stay there. Returns what it read before.
  const void *redirectWeight(int64_t index, const void *data);
  /// Where the code has a symbol besides those of its functions.
  Result<void *> symbol(const std::string &name) const { return data->resolve(name); }
  /// For the function `step`; an error where the model has none.
  Result<std::unique_ptr<Session>> startSession();

private:
  explicit Model(std::shared_ptr<ModelData> data);

  std::shared_ptr<ModelData> data;
  std::vector<Function> functions;
};

} // namespace retort::runtime

#endif
