// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Takes channels, heads or groups of heads out of one group.
#ifndef RETORT_LIB_COMPRESS_PRUNESTRUCTURED_UNITPRUNER_H
#define RETORT_LIB_COMPRESS_PRUNESTRUCTURED_UNITPRUNER_H

#include "lib/Compress/PruneStructured/ChannelGroup.h"
#include "lib/Statistics/Statistics.h"
#include "lib/Weights/LinearWeights.h"

namespace retort {

struct PruneStructuredOptions {
  std::string method;
  double ratio, damping;
  int64_t multiple;
  bool fit, addsBias;
  std::string score;

  /// How many of so many units stay, as a multiple of `step`.
  int64_t kept(int64_t units, int64_t step = 1) const;
};

/// How many units stay in each of some runs of them.
struct UnitChoice {
  llvm::StringRef word; ///< what they are: channels, heads, kv_groups
  int64_t parts, kept;
  /// Those with the largest ones stay; empty: `score` of the options says which.
  std::vector<double> scores = {};
};

/// Removes units, with a remark for each weight that changes. `consumer` reads the channels,
/// `producers` compute them. Without a record nothing is fitted.
void pruneUnits(const ChannelGroup &group, const UnitChoice &choice, LinearWeight &consumer,
                llvm::ArrayRef<LinearWeight *> producers, const StatisticsRecord *record,
                const PruneStructuredOptions &options);

} // namespace retort

#endif
