// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A model of which layers are exchanged one after the other, as methods see it. As in
// ModelReplay.h, who links code generation and the runtime gives the context an interface.
#ifndef RETORT_LIB_REPLAY_LAYERREPLAY_H
#define RETORT_LIB_REPLAY_LAYERREPLAY_H

#include "dialects/Retort/HostService.h"
#include "lib/Replay/ModelReplay.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace retort {

/// The numbers of one value in a window.
struct ReplayedTensor {
  const float *data;
  llvm::SmallVector<int64_t> shape;
};

/// What a layer computes in one window: of the model as it was, and behind changed predecessors.
struct ReplayedValues {
  bool isHeld;
  llvm::ArrayRef<ReplayedTensor> original, changed; ///< the same where no predecessor changed
};

/// The values of each layer that a method wants to see, in a graph of the model.
using ValuesOfLayers =
    std::function<llvm::SmallVector<llvm::SmallVector<mlir::Value>>(mlir::func::FuncOp graph)>;

/// All windows stand before the block of one layer: once as the model was, and once as changed
/// predecessors left them. Other models differ from it in operations of that block alone.
class LayerReplay {
public:
  virtual ~LayerReplay();

  /// Goes on to the block of a layer, none before the current one.
  virtual llvm::Error advanceTo(size_t layer) = 0;
  /// The layer that stands there, as it was, window by window.
  virtual llvm::Error
  observe(llvm::function_ref<llvm::Error(const ReplayedValues &values)> see) = 0;
  /// KL in nats a token of the model as it was to the one with the changes so far and, in the
  /// current block, what another model has there; all behind it is as it was. Of each window that
  /// is measured: the first `most` of those held back, or of all where none was.
  virtual llvm::Expected<std::vector<double>> divergences(mlir::ModuleOp other, size_t most) = 0;
  /// Lets the current block be that of another model from now on.
  virtual llvm::Error change(mlir::ModuleOp other) = 0;
  /// Back before the first block, without changes.
  virtual void restart() = 0;
};

/// What a context has whose host can run such models.
class ReplaysLayers : public HostService<ReplaysLayers> {
public:
  using HostService::HostService;

  /// Of the function `main` of a raised and recognized module.
  virtual llvm::Expected<std::unique_ptr<LayerReplay>>
  replay(mlir::ModuleOp module, ValuesOfLayers values, ReplayWindows windows) const = 0;
};

} // namespace retort

MLIR_DECLARE_EXPLICIT_TYPE_ID(retort::ReplaysLayers)

#endif
