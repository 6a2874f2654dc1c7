// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Improves codes and scales one at a time, each as far as it goes while the others stay.
#ifndef RETORT_LIB_ROUNDING_DESCENT_H
#define RETORT_LIB_ROUNDING_DESCENT_H

#include "lib/Rounding/GroupedMatrix.h"
#include "lib/Statistics/Hessian.h"

namespace retort {

/// Coordinate descent on tr(E H E'), E the error of the weight: `passes` times over all groups of
/// inputs, first each code (the step that is wanted is -(E H)_ij / H_jj; taken where it lowers the
/// error), then each scale in closed form: -q'(E H)_g / q'H_gg q. The error never grows.
void descend(GroupedMatrix &matrix, const Hessian &hessian, int64_t passes);

/// The same of scales alone, codes stay: at most so many passes, and no more once one lowers the
/// error by less than a millionth. Where scales are floats this ends at the least squares.
void descendScales(GroupedMatrix &matrix, const Hessian &hessian, int64_t passes);

} // namespace retort

#endif
