// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sparse weights as ONNX has them: with the zeros, in the form of what is kept where that can be.
#include "lib/Formats/Sparse/Sparse.h"

using namespace mlir;
using namespace retort;

bool retort::fillUp(compress::DecodeSparseOp op) {
  auto weight = SparseWeight::of(op);
  if (!weight)
    return false;
  const compress::WeightReader *kept = weight->values().compressed();
  Value whole = kept ? kept->writeAmongZeros(weight->spread(), op) : Value();
  if (!whole) {
    auto dense = compress::WeightExpression::of(op.getResult());
    whole = compress::createConstantBefore(op, compress::expand(*dense), weight->name());
  }
  compress::replaceExpression(op, whole);
  return true;
}
