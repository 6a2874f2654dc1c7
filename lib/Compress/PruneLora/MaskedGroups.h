// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Groups of channels that leave while factors beside their weights are trained.
#ifndef RETORT_LIB_COMPRESS_PRUNELORA_MASKEDGROUPS_H
#define RETORT_LIB_COMPRESS_PRUNELORA_MASKEDGROUPS_H

#include "lib/Compress/PruneLora/LoraImportance.h"
#include "lib/Compress/PruneStructured/ChannelGroup.h"
#include "lib/Compress/TuneLora/LoraWeights.h"

namespace retort {

struct MaskedGroup {
  ChannelGroup channels;
  size_t consumer; ///< among the weights
  llvm::SmallVector<size_t> producers;
  int64_t kept;
  size_t mask = 0; ///< its place among what is trained
};

/// Multiplies the channels of a group with ones in the copy, a constant that stays while others are
/// trained. Before factors stand beside the weights, so that these see the same.
void addMask(Student &student, const mlir::IRMapping &map, MaskedGroup &group);

/// When channels leave.
struct MaskSchedule {
  int64_t every = 10, last = 100;

  bool isDue(int64_t step) const { return step <= last && (step % every == 0 || step == last); }
  double shareAt(int64_t step) const { return double(step) / double(last); }
};

/// Chooses them behind each step.
class MaskChoice {
public:
  MaskChoice(llvm::ArrayRef<MaskedGroup> groups, llvm::ArrayRef<LoraWeight> weights,
             MaskSchedule schedule);

  /// As retort::AfterStep.
  bool see(int64_t step, llvm::MutableArrayRef<std::vector<float>> values,
           llvm::ArrayRef<std::vector<float>> gradient);
  /// Of the channels of group `i`, of which those with the largest stay.
  std::vector<double> scoresOf(size_t i, llvm::ArrayRef<float> mask) const {
    return masks[i].scoresOf(mask);
  }

private:
  struct Member {
    FactoredMatrix matrix;
    size_t place; ///< of A
  };

  MaskSchedule schedule;
  std::vector<size_t> places; ///< of the masks
  std::vector<std::vector<Member>> members;
  std::vector<GradualMask> masks;
};

} // namespace retort

#endif
