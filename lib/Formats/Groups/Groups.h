// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The kernel and the ONNX forms of codes with scales.
#ifndef RETORT_LIB_FORMATS_GROUPS_GROUPS_H
#define RETORT_LIB_FORMATS_GROUPS_GROUPS_H

#include "dialects/Compress/Compress.h"
#include "dialects/Linear/Linear.h"
#include "dialects/Linear/WeightMatrix.h"
#include "dialects/Onnx/Onnx.h"

namespace retort {

/// The sums of all groups, each times its scales.
TileBuilder::Values sumGroups(TileBuilder &b, linear::GroupsAttr format, const RowOrder &order);

/// Codes of the narrowest width that ONNX has in place of codes of another.
bool widenCodes(compress::DequantizeOp op);

/// The second factor, with its key; nullopt where its parts are no constants, or do not fit.
std::optional<WeightMatrix> factorOf(onnx::MicrosoftMatMulNBitsOp product);

/// Writes an operation that takes codes as operands of its own as ordinary ones on a weight: they
/// become one for all that looks for weights. False where it is none, or where its parts are no
/// constants, or do not fit. Scales of a product may be computed where `takesScales`.
bool exposeCodes(mlir::Operation *op, bool takesScales = false);

/// Puts MatMulNBits in place of the products whose second factor this weight is, perhaps
/// transposed: of 2, 4 or 8 bits, in blocks of a power of two from 16 on along the inputs. Others
/// stay, and so do weights with other uses. Unless `always`, only products that were MatMulNBits in
/// the file.
bool writeMatMulNBits(onnx::DequantizeLinearOp weight, bool always);

} // namespace retort

#endif
