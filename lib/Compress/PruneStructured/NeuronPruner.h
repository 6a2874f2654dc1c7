// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Takes channels out of one group.
#ifndef RETORT_LIB_COMPRESS_PRUNESTRUCTURED_NEURONPRUNER_H
#define RETORT_LIB_COMPRESS_PRUNESTRUCTURED_NEURONPRUNER_H

#include "lib/Compress/PruneStructured/ChannelGroup.h"
#include "lib/Statistics/Statistics.h"
#include "lib/Weights/LinearWeights.h"

namespace retort {

struct PruneStructuredOptions {
  std::string method;
  double ratio, damping;
  int64_t multiple;
  bool fit;

  /// How many of so many channels stay.
  int64_t kept(int64_t channels) const;
};

/// Removes channels, with a remark for each weight that changes. `consumer` reads the channels,
/// `producers` compute them.
void pruneChannels(const ChannelGroup &group, LinearWeight &consumer,
                   llvm::ArrayRef<LinearWeight *> producers, const StatisticsRecord &record,
                   const PruneStructuredOptions &options);

} // namespace retort

#endif
