// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The gradient of a loss by weights, over samples.
#ifndef RETORT_LIB_COMPRESS_PRUNESTRUCTURED_MEASUREDGRADIENTS_H
#define RETORT_LIB_COMPRESS_PRUNESTRUCTURED_MEASUREDGRADIENTS_H

#include "lib/Compress/PruneStructured/ChannelGroup.h"
#include "lib/Compress/PruneStructured/UnitImportance.h"
#include "lib/Weights/LinearWeights.h"

namespace retort {

struct ImportanceOptions {
  Importance importance = Importance::Element;
  std::string data;
  int64_t samples = 10, context = 64, seed = 7;
};

/// What is known of each weight: means over samples of the gradient of -log p of the next token,
/// and of its square.
class MeasuredGradients {
public:
  /// Of plain weights alone; of none where the importance needs no gradients. An error at the
  /// module where the host cannot train, and where data are too short.
  static llvm::FailureOr<MeasuredGradients> of(mlir::ModuleOp module, llvm::StringRef method,
                                               llvm::ArrayRef<LinearWeight> weights,
                                               const ImportanceOptions &options);

  /// How much each unit matters: the weights that compute it and the one that reads it.
  std::vector<double> scoresOf(const ChannelGroup &group, const LinearWeight &consumer,
                               llvm::ArrayRef<LinearWeight *> producers) const;

private:
  struct Moments {
    std::vector<float> mean, square;
  };
  void add(std::vector<double> &scores, const LinearWeight &weight, const UnitAxis &units) const;

  ImportanceOptions options;
  llvm::DenseMap<mlir::Operation *, Moments> moments;
};

} // namespace retort

#endif
