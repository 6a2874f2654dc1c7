// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which pairs stay and which are interpolated: the blend of NTK-by-parts and of YaRN.
#ifndef RETORT_LIB_COMPRESS_EXTENDROPE_BLEND_H
#define RETORT_LIB_COMPRESS_EXTENDROPE_BLEND_H

#include "lib/Compress/ExtendRope/RopeScaling.h"

namespace retort {

/// How much of each pair's frequency is kept: 1 stays, 0 is divided by the factor (2309.00071,
/// section 3.2).
std::vector<double> keptShares(llvm::ArrayRef<double> frequencies, const RopeScaling &scaling);

/// A frequency f of which a share is kept, in f32 and in the order of released code:
/// f / s (1 - kept) + f kept.
struct Blended {
  Blended(double frequency, double share);
  float at(double interpolated) const { return float(interpolated) * left + stays; }

  float kept, left; ///< shares
  float stays;      ///< f kept
};

/// f / s (1 - kept) + f kept, each.
std::vector<double> blend(llvm::ArrayRef<double> frequencies, llvm::ArrayRef<double> kept,
                          double factor);

} // namespace retort

#endif
