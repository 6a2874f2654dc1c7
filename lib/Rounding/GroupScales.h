// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scales of groups that suit their numbers better than their range does.
#ifndef RETORT_LIB_ROUNDING_GROUPSCALES_H
#define RETORT_LIB_ROUNDING_GROUPSCALES_H

#include "lib/Rounding/CodeNumbers.h"

namespace retort {

/// The scale and zero point that leave the least sum of squares between the numbers and what their
/// nearest codes stand for. 14 shares of the range, .35 to 1.2, are tried; for the codes of each
/// the scale follows in closed form: sum(w q) / sum(q^2), q what the codes stand for. Of integers
/// around zero it may be negative. `round` brings scales to the type that they are stored in.
UniformScale searchScale(llvm::ArrayRef<float> values, const CodeNumbers &numbers,
                         llvm::function_ref<float(float)> round);

} // namespace retort

#endif
