// Products with constant weights.
#ifndef RETORT_LIB_LOWER_LINEAR_H
#define RETORT_LIB_LOWER_LINEAR_H

#include "lib/Lower/Emitter.h"
#include "lib/Lower/WeightExpression.h"

namespace retort {

/// x (... x K) times a weight K x N, in `element`.
Value multiplyByWeight(Emitter &e, Operation *op, Value x, const WeightExpression &weight,
                       Type element);

/// The same where `matrix`, a value of the original function, is a weight or sums and products of
/// weights; null where it is not, or where kernels do not take such x. Swapped: K and N of it are.
Value multiplyByConstant(Emitter &e, Operation *op, Value x, Value matrix, bool isSwapped,
                         Type element);

} // namespace retort

#endif
