// Constant matrices as kernels read them: plain numbers, or codes with scales.
#ifndef RETORT_LIB_LOWER_WEIGHTEXPRESSION_H
#define RETORT_LIB_LOWER_WEIGHTEXPRESSION_H

#include "dialects/Onnx/Weights.h"

#include <functional>

namespace retort {

/// A constant and where in it row k and column n of a matrix stand.
struct MatrixView {
  onnx::ConstantView values;
  int64_t rowStride, columnStride;
  int64_t at(int64_t k, int64_t n) const { return k * rowStride + n * columnStride; }
};

/// A weight of `depth` rows and `columns` columns.
struct WeightExpression {
  mlir::Attribute format; // of the linear dialect
  int64_t depth, columns;
  mlir::Type element; // of values, or of scales
  /// Tells it from every other: the constants it is made of, and how.
  mlir::Attribute key;

  // Plain numbers.
  std::optional<MatrixView> values;
  // Codes from 0 up, and for each group of rows its scale and, unless the middle code is it, its
  // zero point.
  std::function<int64_t(int64_t k, int64_t n)> code;
  std::function<double(int64_t group, int64_t n)> scale;
  std::function<int64_t(int64_t group, int64_t n)> zero;
};

/// What the value is as a weight, with its axes swapped or not; nothing where it is not constant,
/// or not of a form that kernels read.
std::optional<WeightExpression> weightExpressionOf(mlir::Value matrix, bool isSwapped);
/// The second operand of a com.microsoft MatMulNBits.
std::optional<WeightExpression> weightExpressionOfNBits(mlir::Operation *op);

/// The parts of the weight in panels, as the format says; in memory that can be written to disk
/// where they are large.
llvm::SmallVector<mlir::ElementsAttr> packWeight(const WeightExpression &weight);

} // namespace retort

#endif
