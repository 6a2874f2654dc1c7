// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The value of a tensor in the reference evaluator. Every element takes eight bytes, a double or an
// int64, and holds a value that its element type can represent: operations round once, at their
// end, as hardware of that type would.
#ifndef RETORT_DIALECTS_ONNX_EVALUATE_TENSOR_H
#define RETORT_DIALECTS_ONNX_EVALUATE_TENSOR_H

#include "mlir/IR/BuiltinAttributeInterfaces.h"
#include "mlir/IR/Types.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace retort::onnx {

/// One element: `f` where the element type is a float, else `i` (a bool is 0 or 1, unsigned types
/// zero-extended).
union Cell {
  int64_t i;
  double f;
};

/// Shares its elements with its copies until one of them writes.
class Tensor {
public:
  /// Absent: an omitted operand, or a result that is refused.
  Tensor() = default;
  /// Zeros; absent where the tensor would be larger than the limit in force (SizeLimit), or has no
  /// such element type.
  static Tensor zeros(mlir::Type element, llvm::ArrayRef<int64_t> shape);
  /// The elements of a constant, read by the weight helper; absent where it has none, or is too
  /// large.
  static Tensor of(mlir::Attribute constant);
  static Tensor ints(mlir::MLIRContext *context, llvm::ArrayRef<int64_t> values);
  static Tensor scalar(mlir::Type element, double value);
  /// Floats in row-major order.
  static Tensor floats(mlir::Type element, llvm::ArrayRef<int64_t> shape,
                       llvm::ArrayRef<double> values);

  explicit operator bool() const { return bool(elementType); }
  mlir::Type element() const { return elementType; }
  bool isFloat() const { return floating; }
  llvm::ArrayRef<int64_t> shape() const { return sizes; }
  int64_t rank() const { return sizes.size(); }
  int64_t dim(int64_t axis) const { return sizes[axis]; }
  int64_t size() const { return count; }

  llvm::ArrayRef<Cell> cells() const { return *data; }
  /// To write; call `round` after.
  llvm::MutableArrayRef<Cell> writable();
  /// Element `i` as a number.
  double number(int64_t i) const { return floating ? (*data)[i].f : double((*data)[i].i); }
  int64_t integer(int64_t i) const { return floating ? int64_t((*data)[i].f) : (*data)[i].i; }
  /// All elements as integers.
  llvm::SmallVector<int64_t> integers() const;
  std::vector<double> numbers() const;

  /// The same elements under another shape of the same size.
  Tensor reshaped(llvm::ArrayRef<int64_t> shape) const;
  /// Brings every element to what the element type can represent: floats are rounded, integers
  /// wrap.
  Tensor &round();
  /// ONNX's Cast; floats beyond the range of an integer type saturate.
  Tensor cast(mlir::Type element) const;

  /// As a constant; `name` makes the key of a large one.
  mlir::ElementsAttr attribute(llvm::StringRef name) const;

private:
  mlir::Type elementType;
  bool floating = false;
  llvm::SmallVector<int64_t, 4> sizes;
  int64_t count = 0;
  std::shared_ptr<std::vector<Cell>> data;
};

/// The most bytes that a tensor may take in the evaluator while this lives, on this thread. Without
/// one it is 64 MiB of elements in their own type.
class SizeLimit {
public:
  explicit SizeLimit(int64_t bytes);
  ~SizeLimit();
  static int64_t current();

private:
  int64_t previous;
};

} // namespace retort::onnx

#endif
