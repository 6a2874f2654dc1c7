// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which pairs stay and which are interpolated: the blend of NTK-by-parts and of YaRN.
#ifndef RETORT_LIB_COMPRESS_EXTENDROPE_BLEND_H
#define RETORT_LIB_COMPRESS_EXTENDROPE_BLEND_H

#include "lib/Compress/ExtendRope/RopeScaling.h"

namespace retort {

/// How much of each pair's frequency is kept: 1 stays, 0 is divided by the factor (2309.00071,
/// section 3.2).
std::vector<double> keptShares(llvm::ArrayRef<double> frequencies, const RopeScaling &scaling);

/// f / s (1 - kept) + f kept.
std::vector<double> blend(llvm::ArrayRef<double> frequencies, llvm::ArrayRef<double> kept,
                          double factor);

} // namespace retort

#endif
