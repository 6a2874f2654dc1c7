// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Improves codes and scales one at a time where outputs are weighed against each other.
#ifndef RETORT_LIB_ROUNDING_TWOSIDEDDESCENT_H
#define RETORT_LIB_ROUNDING_TWOSIDEDDESCENT_H

#include "lib/Rounding/GroupedMatrix.h"
#include "lib/Statistics/Hessian.h"

namespace retort {

/// Coordinate descent on tr(G E A E'), G of the outputs and A of the inputs of the error E:
/// `passes` times over all groups of inputs, first each code (the step that is wanted is -(G E
/// A)_ij / (G_ii A_jj); taken where it lowers the error), then each scale in closed form. The error
/// never grows, up to rounding of f32. Takes O(N) for a step that is taken, of N outputs, and
/// products of matrices: N K (N + K) multiply-adds a pass.
void descendTwoSided(GroupedMatrix &matrix, const Hessian &outputs, const Hessian &inputs,
                     int64_t passes);

} // namespace retort

#endif
