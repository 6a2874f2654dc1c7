// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How well a module predicts a text, for methods that choose among several. As in ModelReplay.h,
// who links code generation and the runtime gives the context an interface.
#ifndef RETORT_LIB_REPLAY_MODELSCORE_H
#define RETORT_LIB_REPLAY_MODELSCORE_H

#include "dialects/Retort/HostService.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace retort {

class ScoresModels : public HostService<ScoresModels> {
public:
  using HostService::HostService;

  /// The mean negative log likelihood in nats a token of each of the first `windows` windows of
  /// `length` tokens of a file that `retort tokenize` wrote, through the function `main` of a
  /// raised and recognized module.
  virtual llvm::Expected<std::vector<double>> score(mlir::OwningOpRef<mlir::ModuleOp> module,
                                                    llvm::StringRef tokens, int64_t length,
                                                    int64_t windows) const = 0;
};

} // namespace retort

MLIR_DECLARE_EXPLICIT_TYPE_ID(retort::ScoresModels)

#endif
