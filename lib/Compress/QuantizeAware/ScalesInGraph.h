// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scales that follow from a tensor of the graph, as operations.
#ifndef RETORT_LIB_COMPRESS_QUANTIZEAWARE_SCALESINGRAPH_H
#define RETORT_LIB_COMPRESS_QUANTIZEAWARE_SCALESINGRAPH_H

#include "dialects/Onnx/Build.h"
#include "lib/Weights/WriteCodes.h"

namespace retort {

struct GraphScales {
  mlir::Value scale, zero; ///< zero: null where codes are symmetric
};

/// Those of compress-quantize-rtn, to the bit: of f32 numbers that lie as the layout says, one for
/// each group along its axis, which stays, with as many places as there are groups.
GraphScales scalesOfGroups(OnnxBuilder &build, mlir::Value numbers, const CodeLayout &layout);

/// Symmetric ones for each row along the last axis, which stays with one place.
mlir::Value scalesOfRows(OnnxBuilder &build, mlir::Value numbers, int64_t bits);

} // namespace retort

#endif
