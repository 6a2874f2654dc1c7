// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Windows of text that are read through a model of which blocks are exchanged.
#ifndef RETORT_LIB_RUN_TEXTLAYERS_H
#define RETORT_LIB_RUN_TEXTLAYERS_H

#include "lib/Replay/LayerReplay.h"
#include "lib/Run/BlockChain.h"
#include "lib/Run/WindowGraph.h"

namespace retort {

class TextLayers : public LayerReplay {
public:
  /// See ReplaysLayers::replay. `targetCpu` as EmitOptions have it.
  static llvm::Expected<std::unique_ptr<TextLayers>> create(mlir::ModuleOp module,
                                                            const ValuesOfLayers &values,
                                                            const ReplayWindows &windows,
                                                            llvm::StringRef targetCpu = "native");

  llvm::Error advanceTo(size_t layer) override;
  llvm::Error observe(llvm::function_ref<llvm::Error(const ReplayedValues &values)> see) override;
  llvm::Expected<std::vector<double>> divergences(mlir::ModuleOp other, size_t most) override;
  llvm::Error change(mlir::ModuleOp other) override;
  void restart() override;

private:
  /// One window before the current block.
  struct Window {
    size_t place;                      ///< among the windows
    runtime::Tensor original, changed; ///< the same where nothing has changed
    runtime::Tensor logits;            ///< of the model as it was, where someone asked
    bool isHeld;
  };

  TextLayers(WindowGraph graph, std::string targetCpu)
      : graph(std::move(graph)), targetCpu(std::move(targetCpu)) {}
  llvm::Expected<std::unique_ptr<BlockChain>> chainOf(mlir::ModuleOp other);
  llvm::Expected<runtime::Tensor> runBlock(BlockChain &blocks, const Window &window,
                                           const runtime::Tensor &stream);
  llvm::Expected<runtime::Tensor> logitsFrom(const Window &window, BlockChain &first,
                                             runtime::Tensor stream);
  llvm::Expected<std::vector<runtime::Tensor>> valuesOf(const Window &window,
                                                        const runtime::Tensor &stream);
  llvm::Error advance();
  bool isChanged(const Window &window) const {
    return changed || window.changed.data() != window.original.data();
  }

  WindowGraph graph;
  std::string targetCpu;
  std::shared_ptr<BlockChain::Code> code = std::make_shared<BlockChain::Code>();
  std::unique_ptr<BlockChain> chain;
  std::unique_ptr<BlockChain> changed; ///< what the current block is; null: as it was
  /// Of each layer the block, and where among what that gives the values are.
  std::vector<std::pair<size_t, llvm::SmallVector<size_t>>> layers;
  std::vector<Window> windows;
  size_t block = 0, layer = 0;
};

struct ReplaysTextLayers : ReplaysLayers {
  using ReplaysLayers::ReplaysLayers;
  llvm::Expected<std::unique_ptr<LayerReplay>> replay(mlir::ModuleOp module, ValuesOfLayers values,
                                                      ReplayWindows windows) const override;
};

} // namespace retort

#endif
