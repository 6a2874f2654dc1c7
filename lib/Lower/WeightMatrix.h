// Constant matrices as kernels read them: plain numbers, the numbers that are not zero, or codes
// with scales.
#ifndef RETORT_LIB_LOWER_WEIGHTMATRIX_H
#define RETORT_LIB_LOWER_WEIGHTMATRIX_H

#include "dialects/Onnx/Weights.h"

#include <functional>

namespace retort {

/// A weight of `depth` rows and `columns` columns. Row k and column n of it are asked for one at a
/// time, when it is packed.
struct WeightMatrix {
  mlir::Attribute format; // of the linear dialect
  int64_t depth, columns;
  mlir::FloatType element; // of numbers, or of scales
  /// Tells it from every other: the constants it is made of, and how.
  mlir::Attribute key;

  /// Dense and sparse: the number.
  std::function<double(int64_t k, int64_t n)> number;
  /// Dense: where the number lies in constant data of `element`, if it does.
  std::optional<onnx::ConstantView> data;
  bool isSwapped = false;
  /// Sparse: whether it is kept.
  std::function<bool(int64_t k, int64_t n)> isKept;
  /// Groups: codes from 0 up, and for each group of rows its scale and, unless the middle code is
  /// it, its zero point.
  std::function<int64_t(int64_t k, int64_t n)> code;
  std::function<double(int64_t group, int64_t n)> scale;
  std::function<int64_t(int64_t group, int64_t n)> zero;
};

/// What the value is as a weight, with its axes swapped or not: a constant or a compressed one
/// whose numbers are large; the compiler sees those of others. Where no kernel reads its form, it
/// is a dense one of the numbers that it stands for.
std::optional<WeightMatrix> weightMatrixOf(mlir::Value matrix, bool isSwapped);
/// The second operand of a com.microsoft MatMulNBits.
std::optional<WeightMatrix> weightMatrixOfNBits(mlir::Operation *op);

/// The parts of the weight in panels, as the format says; in memory that can be written to disk
/// where they are large.
llvm::SmallVector<mlir::ElementsAttr> packWeight(const WeightMatrix &weight);

} // namespace retort

#endif
