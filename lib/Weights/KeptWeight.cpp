// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A weight of which n of each m inputs of an output are kept.
#include "lib/Weights/KeptWeight.h"

using namespace mlir;
using namespace retort;

std::optional<KeptWeight> KeptWeight::of(const LinearWeight &weight) {
  auto decode = dyn_cast<compress::DecodeSparseOp>(weight.op);
  if (!decode || !decode.getM() || weight.values.isQuantized())
    return std::nullopt;
  int64_t axis = decode.getAxis();
  axis = axis < 0 ? axis + weight.type().getRank() : axis;
  auto mask = onnx::ConstantView::of(decode.getMask());
  if (axis != weight.inputAxis() || !mask)
    return std::nullopt;
  return KeptWeight(*mask, cast<RankedTensorType>(decode.getValues().getType()), *decode.getN(),
                    *decode.getM());
}

StringRef retort::whyNotNumbers(const LinearWeight &weight) {
  if (weight.values.isPlain() || weight.isGiven())
    return "";
  return weight.values.isQuantized()
             ? "quantized already"
             : "is written as an expression: this method takes plain weights";
}

StringRef retort::whyNotZeroed(const LinearWeight &weight) {
  const compress::WeightReader *codes = weight.values.compressed();
  return weight.isGiven() && !codes->hasZero() ? "codes of the file, of which none is zero" : "";
}
