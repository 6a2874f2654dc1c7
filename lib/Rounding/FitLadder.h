// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The ladder that suits the scales of a matrix.
#ifndef RETORT_LIB_ROUNDING_FITLADDER_H
#define RETORT_LIB_ROUNDING_FITLADDER_H

#include "dialects/Compress/Levels.h"
#include "lib/Weights/RoundToNearest.h"

namespace retort {

/// Reaches to the largest scale; its lower end is the one of several low quantiles with which the
/// scales, each at its nearest place, are off by the least squares. A few tiny scales so do not
/// spread all others.
compress::ScaleLadder fitLadder(llvm::ArrayRef<UniformScale> scales);

} // namespace retort

#endif
