// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products with constant weights.
#ifndef RETORT_LIB_LOWER_LINEAR_H
#define RETORT_LIB_LOWER_LINEAR_H

#include "lib/Lower/Emitter.h"
#include "lib/Lower/WeightMatrix.h"

namespace retort {

/// x (... x K) times a weight K x N, in `element`.
Value multiplyByWeight(Emitter &e, Operation *op, Value x, const WeightMatrix &weight,
                       Type element);

/// The same where `matrix`, a value of the original function, is a weight or sums and products of
/// weights; null where it is not, or where kernels do not take such x. Swapped: K and N of it are.
Value multiplyByConstant(Emitter &e, Operation *op, Value x, Value matrix, bool isSwapped,
                         Type element);

/// A constant table of which rows are gathered, as a weight that has its rows for columns: where it
/// is quantized, or where products read it so anyway (a tied embedding, which then lies in memory
/// once). Nothing for other tables.
std::optional<WeightMatrix> packedTableOf(Value table);
/// Row k, column n of a packed weight as f32; inside a loop nest.
Value readPacked(Emitter &e, const WeightMatrix &weight, ArrayRef<Value> parts, Value k, Value n);

} // namespace retort

#endif
