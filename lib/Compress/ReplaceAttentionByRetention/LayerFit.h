// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Fits all that may stand in the place of one attention.
#ifndef RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_LAYERFIT_H
#define RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_LAYERFIT_H

#include "lib/Compress/ReplaceAttentionByRetention/DecayFit.h"
#include "lib/Compress/ReplaceAttentionByRetention/Substitute.h"
#include "lib/Replay/LayerReplay.h"

namespace retort {

/// What a replay is asked for of a layer, in this order.
llvm::SmallVector<mlir::Value> observedValues(const AttentionSite &site);

/// One of them, fitted: how much of the layer's output it leaves, on rows that were held back.
struct FittedSubstitute {
  Substitute substitute;
  double error = 0; ///< sum |y - y'|^2 / sum |y - mean y|^2
  double ridge = 0;
  std::optional<double> divergence = std::nullopt; ///< KL in nats a token, where it was measured
};

/// The fits of one layer.
///
/// 1. Decays, by what attention makes of the queries, keys and values that the layer gets now.
/// 2. One matrix in the place of the output projection, by least squares: from what the substitute
///    makes of its inputs now, to what the layer gave in the model as it was.
class LayerFit {
public:
  /// `sized` are substitutes with their sizes. `output` is the projection, HE x N.
  LayerFit(const AttentionSite &site, std::vector<Substitute> sized, std::vector<float> output);

  /// By the windows before the layer that the replay stands at.
  llvm::Expected<std::vector<FittedSubstitute>> fit(LayerReplay &replay);

private:
  struct Task {
    FittedSubstitute fitted;
    RidgeSums sums;
    std::unique_ptr<DecayFit> averages; ///< of what its window leaves
  };

  AttentionRows rowsOf(llvm::ArrayRef<ReplayedTensor> values) const;
  llvm::Error chooseDecays(LayerReplay &replay);
  void seeDecays(const ReplayedValues &values, DecayFit *decays);
  llvm::Error seeSums(const ReplayedValues &values);
  int64_t featuresOf(const Substitute &substitute) const;
  void writeFeatures(const Substitute &substitute, const AttentionRows &rows, const float *input);
  void writeWindow(const Substitute &substitute, const AttentionRows &rows, float *at,
                   int64_t stride) const;
  void writeRetention(const Substitute &substitute, const AttentionRows &rows, float *at,
                      int64_t stride) const;
  void solve(Task &task);

  AttentionSite site;
  std::vector<float> output;
  std::vector<Task> tasks;
  int64_t seen = 0; ///< windows that decays are chosen by
  std::vector<float> features, attended;
};

} // namespace retort

#endif
