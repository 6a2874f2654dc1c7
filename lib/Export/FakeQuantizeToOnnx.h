// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What ONNX has in place of compress.fake_quantize.
#ifndef RETORT_LIB_EXPORT_FAKEQUANTIZETOONNX_H
#define RETORT_LIB_EXPORT_FAKEQUANTIZETOONNX_H

#include "dialects/Compress/Compress.h"

namespace retort {

/// Puts QuantizeLinear and DequantizeLinear in its place where ONNX has such codes and scales lie
/// as these take them; else the division, the rounding, the bounds and the product, in f32 or
/// wider. The numbers are the same.
void writeFakeQuantize(compress::FakeQuantizeOp op);

} // namespace retort

#endif
