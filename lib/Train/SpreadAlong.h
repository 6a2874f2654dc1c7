// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A table of what groups share, as one entry for each of their places.
#ifndef RETORT_LIB_TRAIN_SPREADALONG_H
#define RETORT_LIB_TRAIN_SPREADALONG_H

#include "dialects/Onnx/Build.h"

namespace retort {

/// Place k of the `length` places along `axis` is place k / size of the table; all other axes are
/// as they are. Written so that its gradient is a sum over each group.
mlir::Value spreadAlong(OnnxBuilder &build, mlir::Value table, int64_t axis, int64_t length,
                        int64_t size);

} // namespace retort

#endif
