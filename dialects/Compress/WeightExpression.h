// Reads a weight, plain or compressed, as the numbers that it stands for.
#ifndef RETORT_DIALECTS_COMPRESS_WEIGHTEXPRESSION_H
#define RETORT_DIALECTS_COMPRESS_WEIGHTEXPRESSION_H

#include "dialects/Compress/Compress.h"
#include "dialects/Compress/Groups.h"
#include "dialects/Onnx/Weights.h"

namespace retort::compress {

/// A constant, or an expression over constants: onnx.DequantizeLinear, compress.dequantize,
/// compress.decode_sparse and nestings of them. Nothing is expanded: elements are computed as they
/// are read.
class WeightExpression {
public:
  enum class Form { Dense, Quantized, Sparse };

  /// nullopt where the value is no such expression, or its constants do not fit.
  static std::optional<WeightExpression> of(mlir::Value value);

  Form form() const { return kind; }
  /// The operation that gives the value.
  mlir::Operation *op() const { return root; }
  mlir::RankedTensorType type() const { return tensorType; }
  int64_t size() const { return tensorType.getNumElements(); }
  /// Bytes of all constants of the expression.
  uint64_t bytes() const;
  /// Some constant of it is quantized.
  bool isQuantized() const;
  /// The name of the weight: that of its constant, or of its codes without what the method
  /// appended.
  llvm::StringRef name() const;

  /// Element `i`, row-major.
  float at(int64_t i) const;
  /// Elements `begin` to `begin + result.size()`.
  void read(int64_t begin, llvm::MutableArrayRef<float> result) const;

  /// Reads all elements in order, a few hundred kilobytes at a time: pieces of `slab` elements or
  /// several times as many; the last of what `slab` does not divide is shorter.
  void
  forEachPiece(int64_t slab,
               llvm::function_ref<void(int64_t begin, llvm::MutableArrayRef<float>)> visit) const;

  /// Of a dense weight: the numbers. Of a quantized one: the codes.
  const onnx::ConstantView &constant() const { return *leaf; }
  /// Of a quantized weight: which scale an element has. Entries of the table of scales are strided.
  int64_t scaleOf(int64_t i) const;
  const onnx::ConstantView &scales() const { return *scaleTable; }
  const std::optional<onnx::ConstantView> &zeroPoints() const { return zeroTable; }
  /// Of a sparse weight: whether element `i` is kept, and where it lies in `values`.
  bool isKept(int64_t i) const;
  int64_t positionOf(int64_t i) const;
  const WeightExpression &values() const { return *inner; }

private:
  static std::optional<WeightExpression> quantized(mlir::Operation *op, mlir::ValueRange operands,
                                                   int64_t axis, int64_t block);
  static std::optional<WeightExpression> sparse(DecodeSparseOp op);

  Form kind = Form::Dense;
  mlir::Operation *root = nullptr;
  mlir::RankedTensorType tensorType;
  /// Numbers, codes or mask.
  std::optional<onnx::ConstantView> leaf;

  std::optional<onnx::ConstantView> scaleTable, zeroTable;
  /// The elements as outer x length x inner around the axis; `group` of them along it share a
  /// scale, or keep `kept`.
  Groups groups;
  enum class Scales { One, PerPlace, PerGroup } sharing = Scales::One;

  std::shared_ptr<WeightExpression> inner;
  /// Kept of each group; 0 where unstructured.
  int64_t kept = 0;
  /// How many are kept before each block of 512 elements.
  std::shared_ptr<std::vector<int64_t>> keptBefore;
};

/// The constant that an expression stands for, with its name; a dense one as it is. Streamed.
mlir::ElementsAttr expand(const WeightExpression &weight);

/// A new initializer in front of `op`.
mlir::Value createConstantBefore(mlir::Operation *op, mlir::ElementsAttr value,
                                 llvm::StringRef name);
/// The name of an initializer; "weight" for another constant.
llvm::StringRef nameOfConstant(mlir::Value constant);

/// Lets everything but `by` use `by` in place of an expression, and erases what is no longer used
/// of that.
void replaceExpression(mlir::Operation *expression, mlir::Value by);
/// Erases an expression that nothing uses, and what only it used.
void eraseExpression(mlir::Operation *expression);

/// Writes numbers in ONNX's encoding of a float type, rounded to nearest even.
void encodeFloats(mlir::FloatType type, llvm::ArrayRef<float> numbers, char *bytes);

} // namespace retort::compress

#endif
