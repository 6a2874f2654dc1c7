// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounds a weight with scales that suit its numbers, or to levels: of all of it at once.
#ifndef RETORT_LIB_COMPRESS_QUANTIZERTN_ROUNDSEARCHED_H
#define RETORT_LIB_COMPRESS_QUANTIZERTN_ROUNDSEARCHED_H

#include "lib/Rounding/CodeForm.h"
#include "lib/Weights/Remark.h"

namespace retort {

/// Replaces a plain weight by codes of the form, each the nearest. `search`: the scale of a group
/// is the one of 14 shares of its range that leaves the least squares, refitted (searchScale).
WeightChange roundSearched(LinearWeight &weight, const CodeForm &form, bool search);

} // namespace retort

#endif
