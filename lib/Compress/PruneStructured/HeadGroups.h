// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The heads of an attention as units that can go.
#ifndef RETORT_LIB_COMPRESS_PRUNESTRUCTURED_HEADGROUPS_H
#define RETORT_LIB_COMPRESS_PRUNESTRUCTURED_HEADGROUPS_H

#include "lib/Compress/PruneStructured/UnitSearch.h"

namespace retort {

/// What goes together.
enum class HeadUnit {
  Head,  ///< a head of queries; each keys and values of its own, or as many for all of these
  Group, ///< keys and values, with all heads of queries that read them
};

/// Units of which as many stay in each of `parts` equal runs: heads of grouped attention in each of
/// its groups.
struct HeadGroup {
  ChannelGroup channels;
  int64_t parts = 1;
};

/// The heads of an attention, from the products that compute queries, keys and values to the one
/// that reads its result, by the flow of values alone. The error says why they cannot go;
/// `consumer` is the weight of that last product, as far as it was found.
llvm::Expected<HeadGroup> findHeads(llm::AttentionOp attention, HeadUnit unit,
                                    mlir::Value &consumer);

} // namespace retort

#endif
