// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How ONNX has codes of levels:
//   %numbers = Gather(%levels, Cast(%codes))                             2^bits floats
//   %scale = Gather(Gather(%ladder, Cast(%scales)), %groups) {axis}      64 floats; the group of
//   each place %w = Mul(%numbers, %scale)
#ifndef RETORT_LIB_FORMATS_LEVELS_LEVELSLOOKUPS_H
#define RETORT_LIB_FORMATS_LEVELS_LEVELSLOOKUPS_H

#include "lib/Formats/Levels/LevelsWeight.h"

namespace retort {

struct LevelsLookups {
  /// The weight whose last operation this is; null where it is none.
  static std::shared_ptr<LevelsWeight> read(mlir::Operation *root);
  /// The root of the expression that the operation is part of, or null.
  static mlir::Operation *rootOf(mlir::Operation *part);
};

} // namespace retort

#endif
