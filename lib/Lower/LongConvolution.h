// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_LIB_LOWER_LONGCONVOLUTION_H
#define RETORT_LIB_LOWER_LONGCONVOLUTION_H

#include "dialects/Onnx/Onnx.h"
#include "lib/Lower/Emitter.h"

namespace retort {

/// The rows B x C x T of a convolution of each channel by itself, over the rows before each row, by
/// so many taps that transforms are cheaper than sums; null where it is none. Zeros in front of the
/// first row may be the node's own, or those of a Pad.
Value rowsOfLongConvolution(onnx::ConvOp op);

/// In O((T + L) log(T + L)) for T rows and L taps, of which no more than T are looked at.
Value lowerLongConvolution(Emitter &e, onnx::ConvOp op, Value rows);

} // namespace retort

#endif
