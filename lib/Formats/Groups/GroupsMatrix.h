// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Packs codes with a scale for each group of rows.
#ifndef RETORT_LIB_FORMATS_GROUPS_GROUPSMATRIX_H
#define RETORT_LIB_FORMATS_GROUPS_GROUPSMATRIX_H

#include "dialects/Linear/Linear.h"
#include "dialects/Linear/WeightMatrix.h"

namespace retort {

/// What is asked of codes when they are packed, a place at a time.
struct GroupsMatrix {
  int64_t bits, size, depth, columns;
  mlir::FloatType element; ///< of scales
  /// Codes from 0 up, and for each group of rows its scale and, unless the middle code is it, its
  /// zero point.
  std::function<int64_t(int64_t k, int64_t n)> code;
  std::function<double(int64_t group, int64_t n)> scale;
  std::function<int64_t(int64_t group, int64_t n)> zero;
  /// In place of that: zero points that no code is.
  std::function<double(int64_t group, int64_t n)> floatZero;

  WeightMatrix pack() const;

  /// The narrowest width of packed codes that holds integers of the type.
  static int64_t bitsOf(mlir::IntegerType type) {
    return type.getWidth() <= 2 ? 2 : type.getWidth() <= 4 ? 4 : 8;
  }
  /// What is added to integers with a sign so that codes and zero points begin at 0.
  static int64_t offsetOf(mlir::IntegerType type) {
    return type.isUnsigned() ? 0 : int64_t(1) << (bitsOf(type) - 1);
  }
};

} // namespace retort

#endif
