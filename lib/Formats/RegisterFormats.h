// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What CMake declares for each folder of lib/Formats, and calls: nothing else lists the formats.
#ifndef RETORT_LIB_FORMATS_REGISTERFORMATS_H
#define RETORT_LIB_FORMATS_REGISTERFORMATS_H

#include "mlir/IR/DialectRegistry.h"

#include "lib/Formats/Formats.h.inc"

namespace retort {
/// All of them.
void registerFormats(mlir::DialectRegistry &registry);
} // namespace retort

#endif
