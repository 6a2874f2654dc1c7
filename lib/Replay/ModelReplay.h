// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A model that runs while a method works on it, as methods see it. Methods neither link code
// generation nor the runtime: who does (lib/Run) gives the context an interface, and methods ask
// it.
#ifndef RETORT_LIB_REPLAY_MODELREPLAY_H
#define RETORT_LIB_REPLAY_MODELREPLAY_H

#include "dialects/Retort/HostService.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace retort {

/// Windows of a sample. The last `held` of them are those by which methods check themselves.
struct ReplayWindows {
  std::vector<std::vector<int64_t>> tokens; ///< of one length
  size_t held = 0;

  bool isHeld(size_t window) const { return window + held >= tokens.size(); }
};

/// Weights that one block multiplies with the same activations.
struct ReplayGroup {
  int64_t block;
  int64_t inputs; ///< of each of the weights
  std::vector<std::string> weights;
};

/// Rows of activations, `count` of the inputs of a group: of the model as it was, and of the model
/// with the changes that were made.
struct ReplayedRows {
  bool isHeld;
  const float *original, *changed; ///< the same pointer where nothing before them changed
  int64_t count;
};

/// A model that is read block by block. All windows stand before one block, the `current` one: once
/// as the model was, and once as its changed predecessors left them. Nothing else of them is kept.
class ModelReplay {
public:
  virtual ~ModelReplay();

  /// Those of the weights that can be replayed, in the order in which the model reaches them.
  virtual llvm::ArrayRef<ReplayGroup> groups() const = 0;
  /// Why a weight is in none of them.
  virtual std::string whyNot(llvm::StringRef weight) const = 0;
  virtual int64_t blocks() const = 0;
  virtual int64_t current() const = 0;

  /// Lets the current block compute with these rows of outputs x inputs in place of a weight.
  virtual void change(llvm::StringRef weight, llvm::ArrayRef<float> rows) = 0;
  /// As it was.
  virtual void restore(llvm::StringRef weight) = 0;
  /// What a group of the current block is multiplied with, window by window.
  virtual llvm::Error observe(const ReplayGroup &group,
                              llvm::function_ref<llvm::Error(const ReplayedRows &)> see) = 0;
  /// KL in nats a token of the model as it was to the one that has the changes so far, all that is
  /// behind the current block being as it was; of each window that is measured: the first `most` of
  /// those that were held back, or of all where none was.
  virtual llvm::Expected<std::vector<double>> divergences(size_t most) = 0;
  /// Goes on to the next block; behind the last one, `divergences` are those of all changes.
  virtual llvm::Error advance() = 0;
  /// Back before the first block, without changes.
  virtual void restart() = 0;
};

/// What a context has whose host can run models.
class ReplaysModels : public HostService<ReplaysModels> {
public:
  using HostService::HostService;

  /// Of the function `main` of a raised and recognized module, which may change from then on.
  virtual llvm::Expected<std::unique_ptr<ModelReplay>> replay(mlir::ModuleOp module,
                                                              llvm::ArrayRef<std::string> weights,
                                                              ReplayWindows windows) const = 0;
};

} // namespace retort

MLIR_DECLARE_EXPLICIT_TYPE_ID(retort::ReplaysModels)

#endif
