// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Windows of text that are read through a model block by block.
#ifndef RETORT_LIB_RUN_TEXTREPLAY_H
#define RETORT_LIB_RUN_TEXTREPLAY_H

#include "lib/Run/BlockChain.h"

namespace retort {

class TextReplay : public ModelReplay {
public:
  /// See ReplaysModels::replay. `targetCpu` as EmitOptions have it.
  static llvm::Expected<std::unique_ptr<TextReplay>> create(mlir::ModuleOp module,
                                                            llvm::ArrayRef<std::string> weights,
                                                            ReplayWindows windows,
                                                            llvm::StringRef targetCpu = "native");

  llvm::ArrayRef<ReplayGroup> groups() const override { return chain->groups(); }
  std::string whyNot(llvm::StringRef weight) const override { return chain->whyNot(weight); }
  int64_t blocks() const override { return int64_t(chain->size()); }
  int64_t current() const override { return int64_t(block); }
  void change(llvm::StringRef weight, llvm::ArrayRef<float> rows) override;
  void restore(llvm::StringRef weight) override { changes.erase(weight); }
  llvm::Error observe(const ReplayGroup &group,
                      llvm::function_ref<llvm::Error(const ReplayedRows &)> see) override;
  llvm::Expected<std::vector<double>> divergences(size_t most) override;
  llvm::Error advance() override;
  void restart() override;

private:
  using Changes = llvm::StringMap<runtime::Tensor>;

  /// One window before the current block.
  struct Window {
    std::vector<runtime::Tensor> inputs; ///< of the graph
    runtime::Tensor original, changed;   ///< the same where nothing has changed
    runtime::Tensor logits;              ///< of the model as it was, where someone asked
    bool isHeld;
  };

  explicit TextReplay(std::unique_ptr<BlockChain> chain) : chain(std::move(chain)) {}
  bool isChanged(const Window &window) const {
    return !changes.empty() || !needsOriginal || window.changed.data() != window.original.data();
  }
  llvm::Expected<runtime::Tensor> logitsFrom(const Window &window, runtime::Tensor stream,
                                             const Changes &first);
  llvm::Error see(const ReplayGroup &group, const Window &window,
                  llvm::function_ref<llvm::Error(const ReplayedRows &)> see);

  std::unique_ptr<BlockChain> chain;
  std::vector<Window> windows;
  Changes changes; ///< of the current block
  /// Whether the model as it was has yet to be read.
  bool needsOriginal = true;
  size_t block = 0;
};

/// Gives a context what replays models in it.
void registerReplay(mlir::DialectRegistry &registry);

} // namespace retort

#endif
