// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arithmetic on single numbers that several families of operations share.
#ifndef RETORT_LIB_LOWER_SCALARS_H
#define RETORT_LIB_LOWER_SCALARS_H

#include "lib/Lower/NarrowFloat.h"

namespace retort::scalar {

Value number(Emitter &e, double value, Type type);

// Of numbers of any type; the sign matters for integers. By zero an integer gives what the hardware
// does not trap on: operations refuse such divisors before.
Value add(Emitter &e, Value a, Value b);
Value subtract(Emitter &e, Value a, Value b);
Value multiply(Emitter &e, Value a, Value b);
Value divide(Emitter &e, Value a, Value b, bool isUnsigned);
/// With the sign of the dividend.
Value remainder(Emitter &e, Value a, Value b, bool isUnsigned);
Value maximum(Emitter &e, Value a, Value b, bool isUnsigned);
Value minimum(Emitter &e, Value a, Value b, bool isUnsigned);
Value less(Emitter &e, Value a, Value b, bool isUnsigned);
Value lessOrEqual(Emitter &e, Value a, Value b, bool isUnsigned);
Value equal(Emitter &e, Value a, Value b);

// Of real numbers in f32 or wider.
Value sigmoid(Emitter &e, Value x);
Value softplus(Emitter &e, Value x);
Value gelu(Emitter &e, Value x);
Value geluTanh(Emitter &e, Value x);
Value hardSigmoid(Emitter &e, Value x, double alpha, double beta);

/// From one type to another as ONNX casts; `from` and `to` are types of the model, with their
/// signs.
Value convert(Emitter &e, Value x, Type from, Type to, Narrowing narrowing = {});

/// An integer in a byte brought to what fewer bits can hold: the high ones are dropped.
Value wrap(Emitter &e, Value x, Type to);

} // namespace retort::scalar

#endif
