// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A graph whose inputs have the sizes of one window of text, and these windows as its inputs.
#ifndef RETORT_LIB_RUN_WINDOWGRAPH_H
#define RETORT_LIB_RUN_WINDOWGRAPH_H

#include "lib/Replay/ModelReplay.h"
#include "lib/Runtime/Tensor.h"

#include "mlir/IR/OwningOpRef.h"

#include <optional>

namespace retort {

struct WindowGraph {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  unsigned logits;                                  ///< among its results
  std::vector<std::vector<runtime::Tensor>> inputs; ///< of each window
  std::vector<std::optional<std::vector<int64_t>>> shapes;

  /// Of the function `main` of a raised and recognized module.
  static llvm::Expected<WindowGraph> of(mlir::ModuleOp module, const ReplayWindows &windows,
                                        llvm::StringRef targetCpu);
  /// Another model of the same inputs.
  llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> alike(mlir::ModuleOp other) const;
};

} // namespace retort

#endif
