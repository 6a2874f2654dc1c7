// Products with quantized weights as com.microsoft.MatMulNBits.
#ifndef RETORT_LIB_EXPORT_MATMULNBITS_H
#define RETORT_LIB_EXPORT_MATMULNBITS_H

#include "dialects/Onnx/Onnx.h"

namespace retort {

/// Puts MatMulNBits in place of the products whose second factor this weight is: of 4 or 8 bits, in
/// blocks of a power of two from 16 on along the inputs. Others stay, and so do weights with other
/// uses.
void writeMatMulNBits(onnx::DequantizeLinearOp weight);

} // namespace retort

#endif
