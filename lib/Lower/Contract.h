// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrix products, shared by the operations that are made of them.
#ifndef RETORT_LIB_LOWER_CONTRACT_H
#define RETORT_LIB_LOWER_CONTRACT_H

#include "lib/Lower/Emitter.h"

namespace retort {

/// A product over named loops: `sizes[i]` is the size of loop i, each operand is read at the loops
/// in `places`, the result has the loops of `result`; all others are summed over. `order` is the
/// nesting, outermost first. Numbers narrower than f32 are accumulated in f32, and rounded to
/// `element`.
struct Contraction {
  SmallVector<Value> sizes;
  SmallVector<std::pair<Value, SmallVector<int64_t>>> operands;
  SmallVector<int64_t> result;
  SmallVector<int64_t> order;
};
Value contract(Emitter &e, const Contraction &product, Type element);

/// a (... x M x K) times b (... x K x N), either with its last axes swapped. Batch axes broadcast.
struct MatrixProduct {
  Value a, b;
  bool swapA = false, swapB = false;
  Value originalA = {}, originalB = {}; // for what is known of their sizes
};
Value multiplyMatrices(Emitter &e, Operation *op, MatrixProduct product, Type element);

/// Every element times a constant.
Value scale(Emitter &e, Value tensor, double factor);

} // namespace retort

#endif
