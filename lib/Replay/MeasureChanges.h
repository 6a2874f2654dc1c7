// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a model loses with other weights, before any of them is in the graph.
#ifndef RETORT_LIB_REPLAY_MEASURECHANGES_H
#define RETORT_LIB_REPLAY_MEASURECHANGES_H

#include "lib/Replay/ModelReplay.h"
#include "lib/Statistics/WeightStatistics.h"

namespace retort {

/// Reads the windows of a sample that were held back (all, where none was) as often as it is asked.
class ChangeMeter {
public:
  /// The rows of outputs x inputs that a weight is to have.
  using RowsOf = llvm::function_ref<llvm::FailureOr<std::vector<float>>(llvm::StringRef weight)>;

  /// An error at the module where its host cannot run models, or one of the weights is not an
  /// argument of a block; `option` is what a user asked for.
  static llvm::FailureOr<ChangeMeter> create(mlir::ModuleOp module, llvm::StringRef method,
                                             llvm::StringRef option, const StatisticsSource &source,
                                             llvm::ArrayRef<std::string> weights);

  /// KL in nats a token of the model as it is to the one with these weights. One block's weights
  /// are in memory at a time.
  llvm::FailureOr<double> measure(RowsOf rowsOf);

private:
  ChangeMeter(mlir::ModuleOp module, std::unique_ptr<ModelReplay> replay)
      : module(module), replay(std::move(replay)) {}

  mlir::ModuleOp module;
  std::unique_ptr<ModelReplay> replay;
};

/// The windows of a sample, as a replay takes them. Empty where the file holds no tokens.
ReplayWindows replayWindows(const StatisticsSource &source);

/// Starts a replay of some weights, or says at the module what is missing for what a user asked
/// for.
llvm::FailureOr<std::unique_ptr<ModelReplay>>
startReplay(mlir::ModuleOp module, llvm::StringRef method, llvm::StringRef option,
            ReplayWindows windows, llvm::ArrayRef<std::string> weights);

} // namespace retort

#endif
