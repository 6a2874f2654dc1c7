// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads a weight, plain or compressed, as the numbers that it stands for.
#ifndef RETORT_DIALECTS_COMPRESS_WEIGHTEXPRESSION_H
#define RETORT_DIALECTS_COMPRESS_WEIGHTEXPRESSION_H

#include "dialects/Compress/Compress.h"
#include "dialects/Compress/Groups.h"
#include "dialects/Compress/WeightForm.h"
#include "dialects/Onnx/Weights.h"

namespace retort::compress {

/// On the root of an expression that the file came with, not one that a method made: methods take
/// its numbers as they take others.
inline constexpr llvm::StringLiteral givenKey = "compress.given";

/// On a product that was a com.microsoft.MatMulNBits in the file, and may become one again: its
/// accuracy_level.
inline constexpr llvm::StringLiteral nBitsKey = "compress.n_bits";

/// A constant, or an expression over constants that some form of the context recognizes: how a
/// compressed weight is written. Nothing is expanded: elements are computed as they are read.
class WeightExpression {
public:
  /// nullopt where the value is no such expression, or its constants do not fit.
  static std::optional<WeightExpression> of(mlir::Value value);

  /// The operation that gives the value.
  mlir::Operation *op() const { return root; }
  mlir::RankedTensorType type() const { return tensorType; }
  int64_t size() const { return tensorType.getNumElements(); }
  /// Bytes of all constants of the expression.
  uint64_t bytes() const { return reader ? reader->bytes() : leaf->byteCount(); }
  /// Some constant of it is quantized.
  bool isQuantized() const { return reader && reader->isQuantized(); }
  /// The name of the weight: that of its constant, or of its codes without what the method
  /// appended.
  llvm::StringRef name() const;

  /// Element `i`, row-major.
  float at(int64_t i) const { return reader ? reader->at(i) : float(leaf->floatAt(i)); }
  /// Elements `begin` to `begin + result.size()`.
  void read(int64_t begin, llvm::MutableArrayRef<float> result) const;

  /// Reads all elements in order, a few hundred kilobytes at a time: pieces of `slab` elements or
  /// several times as many; the last of what `slab` does not divide is shorter.
  void
  forEachPiece(int64_t slab,
               llvm::function_ref<void(int64_t begin, llvm::MutableArrayRef<float>)> visit) const;

  /// A constant of numbers as it is, and these numbers.
  bool isPlain() const { return !reader; }
  const onnx::ConstantView &constant() const { return *leaf; }
  /// The matrix as a kernel reads it, without a key; nullopt where none reads this form.
  std::optional<WeightMatrix> matrix(bool isSwapped) const {
    return reader ? reader->matrix(isSwapped) : std::nullopt;
  }
  /// What reads a compressed one; null where plain.
  const WeightReader *compressed() const { return reader.get(); }
  /// Makes those elements zero that `keeps` does not name, in place; false where that cannot be.
  bool zeroAllBut(llvm::function_ref<bool(int64_t)> keeps) const {
    return reader && reader->zeroAllBut(keeps);
  }

private:
  mlir::Operation *root = nullptr;
  mlir::RankedTensorType tensorType;
  std::optional<onnx::ConstantView> leaf; ///< where plain
  std::shared_ptr<const WeightReader> reader;
};

/// The constant that an expression stands for, with its name; a dense one as it is. Streamed.
mlir::ElementsAttr expand(const WeightExpression &weight);

/// A new initializer in front of `op`.
mlir::Value createConstantBefore(mlir::Operation *op, mlir::ElementsAttr value,
                                 llvm::StringRef name);
/// The name of an initializer; "weight" for another constant.
llvm::StringRef nameOfConstant(mlir::Value constant);
/// Gives operand `index` of `op` a new constant of the same type; an own one where others use the
/// old one.
void replaceConstant(mlir::Operation *op, unsigned index,
                     llvm::function_ref<void(llvm::MutableArrayRef<char>)> fill);

/// Lets everything but `by` use `by` in place of an expression, and erases what is no longer used
/// of that.
void replaceExpression(mlir::Operation *expression, mlir::Value by);
/// Erases an expression that nothing uses, and what only it used.
void eraseExpression(mlir::Operation *expression);

/// Writes numbers in ONNX's encoding of a float type, rounded to nearest even.
void encodeFloats(mlir::FloatType type, llvm::ArrayRef<float> numbers, char *bytes);

} // namespace retort::compress

#endif
