// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compressed weights of which something is trained, as operations that compute them.
#ifndef RETORT_LIB_DIFFERENTIATE_TRAINEDWEIGHTS_H
#define RETORT_LIB_DIFFERENTIATE_TRAINEDWEIGHTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace retort {

/// Operations of the compress dialect are stored forms: code reads their operands from the file. Of
/// those with an operand of floats that is no constant, writes out what they mean:
///
///     dequantize(codes, scales, zeros)   (dequantize(codes, ones) - zeros) scales, each repeated
///                                        for its group; codes stay as they are
///     decode_sparse(mask, values)        values, written to their places among zeros
///
/// Masks are constants. Products with codes (MatMulNBits) become products with a weight, trained or
/// not.
void writeOutTrainedWeights(mlir::func::FuncOp function);

} // namespace retort

#endif
