// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A constant matrix in the format in which kernels read it, and what packs it.
#ifndef RETORT_DIALECTS_LINEAR_WEIGHTMATRIX_H
#define RETORT_DIALECTS_LINEAR_WEIGHTMATRIX_H

#include "dialects/Linear/LinearFormat.h"

namespace retort {

/// A weight of `depth` rows and `columns` columns that can be packed. Products sum along its rows.
struct WeightMatrix {
  mlir::Attribute format; ///< implements LinearFormat
  int64_t depth = 0, columns = 0;
  /// Makes the parts, as the format says; in memory that can be written to disk where they are
  /// large.
  std::function<llvm::SmallVector<mlir::ElementsAttr>()> pack;
  /// Tells it from every other: the constants it is made of, and how.
  mlir::Attribute key;

  /// What the parts take, with numbers of this type.
  int64_t bytes(mlir::FloatType numbers) const {
    return llvm::cast<linear::LinearFormat>(format).bytes(depth, columns, numbers);
  }
};

namespace linear {

/// Fills parts `panels x rows x 32`.
class PanelPacker {
public:
  explicit PanelPacker(int64_t columns) : columns(columns) {}

  /// `write(bytes, row, column)` for each element, from several threads. What is behind the last
  /// column is 0.
  mlir::ElementsAttr
  fill(int64_t rows, mlir::Type element,
       llvm::function_ref<void(char *place, int64_t row, int64_t column)> write) const;
  /// The same of numbers, rounded to nearest even.
  mlir::ElementsAttr
  fillNumbers(int64_t rows, mlir::FloatType element,
              llvm::function_ref<double(int64_t row, int64_t column)> number) const;

private:
  int64_t columns;
};

} // namespace linear
} // namespace retort

#endif
