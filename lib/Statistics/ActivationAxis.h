// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where in an activation the inputs of a weight lie.
#ifndef RETORT_LIB_STATISTICS_ACTIVATIONAXIS_H
#define RETORT_LIB_STATISTICS_ACTIVATIONAXIS_H

#include "lib/Analysis/WeightUses.h"

namespace retort {

/// The axis of `use.activation()` along which the product sums; nullopt where that is not known, or
/// no single axis.
std::optional<int64_t> activationAxis(const WeightUse &use);

} // namespace retort

#endif
