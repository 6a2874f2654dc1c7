// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The channels that a weight reads, as units that can go.
#ifndef RETORT_LIB_COMPRESS_PRUNESTRUCTURED_NEURONGROUPS_H
#define RETORT_LIB_COMPRESS_PRUNESTRUCTURED_NEURONGROUPS_H

#include "lib/Compress/PruneStructured/ChannelGroup.h"
#include "lib/Weights/LinearWeights.h"

#include "llvm/Support/Error.h"

namespace retort {

/// The channels that a plain weight sums over, a unit each, back to the products that compute them.
/// The error says why they cannot go.
llvm::Expected<ChannelGroup> findNeurons(const LinearWeight &weight);

} // namespace retort

#endif
