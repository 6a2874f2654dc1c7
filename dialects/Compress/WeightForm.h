// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A kind of compressed weight: how it is told, read, kept from folding, packed and written.
//
// A form is added to the context by whoever defines it, a folder of lib/Formats or a plugin:
//   void retort::registerTernary(DialectRegistry &registry) {
//     registry.addExtension(+[](MLIRContext *context, onnx::OnnxDialect *) {
//       compress::addForm(*context, std::make_unique<TernaryForm>());
//     });
//   }
#ifndef RETORT_DIALECTS_COMPRESS_WEIGHTFORM_H
#define RETORT_DIALECTS_COMPRESS_WEIGHTFORM_H

#include "dialects/Linear/WeightMatrix.h"

#include "mlir/IR/Operation.h"

namespace retort::compress {

/// How the numbers of one weight lie in a larger one that has zeros between them: n of each m along
/// an axis, or anywhere.
struct Spread {
  mlir::RankedTensorType type;
  int64_t axis = 0, n = 0, m = 0; ///< n and m are 0 where they lie anywhere
  /// Which number element `i` is; -1 where it is zero.
  std::function<int64_t(int64_t i)> numberAt;
};

/// The numbers of one expression over constants. Nothing is expanded: elements are computed as they
/// are read, possibly from several threads.
class WeightReader {
public:
  virtual ~WeightReader();

  /// Element `i`, row-major.
  virtual float at(int64_t i) const = 0;
  /// Bytes of all constants of the expression.
  virtual uint64_t bytes() const = 0;
  /// The name of the weight in the model.
  virtual llvm::StringRef name() const = 0;
  /// Whether some constant of it has fewer numbers to choose from than its type: quantizing it
  /// again would only lose.
  virtual bool isQuantized() const { return true; }
  /// The matrix as a kernel reads it, its axes swapped or not; nullopt where none does, and the
  /// numbers are packed as they are.
  virtual std::optional<WeightMatrix> matrix(bool isSwapped) const { return std::nullopt; }
  /// The same of some of the elements: those of column n lie from `begin + n * depth` on.
  virtual std::optional<WeightMatrix> matrixOfRows(int64_t begin, int64_t depth,
                                                   int64_t columns) const {
    return std::nullopt;
  }
  /// The matrix of a larger weight, as a kernel of this form reads it.
  virtual std::optional<WeightMatrix> matrixAmongZeros(const Spread &spread, bool isSwapped) const {
    return std::nullopt;
  }
  /// An expression of ONNX, in front of `place`, for the larger weight; null where the numbers have
  /// to be written.
  virtual mlir::Value writeAmongZeros(const Spread &spread, mlir::Operation *place) const {
    return {};
  }
  /// Whether elements can be made zero in place.
  virtual bool hasZero() const { return false; }
  /// Makes those elements zero that `keeps` does not name, in place; false where the form has no
  /// zero.
  virtual bool zeroAllBut(llvm::function_ref<bool(int64_t)> keeps) const { return false; }
};

/// What a constant is to the expression that uses it.
struct ConstantUse {
  /// Codes stand for parameters of the model; what else an expression has (scales, zero points,
  /// books) serves them.
  bool isCodes = false;
  /// Of codes that lie packed in elements: the bits of one. 0: each element is one.
  int64_t packedBits = 0;
};

class WeightForm {
public:
  virtual ~WeightForm();

  /// Tells it from other forms of a context.
  virtual llvm::StringRef name() const = 0;
  /// The expression that gives the value, of a type of floats with a static shape; null where it is
  /// none of this form, or its constants do not fit.
  virtual std::shared_ptr<const WeightReader> recognize(mlir::Value value) const = 0;
  /// Whether the operation, all of whose operands are constants, is part of such an expression:
  /// folding it would make a large matrix of a small one.
  virtual bool keeps(mlir::Operation *op) const { return false; }
  /// The matrix with which an operation multiplies, with its key, where that takes the parts of one
  /// of this form as operands of its own.
  virtual std::optional<WeightMatrix> factorOf(mlir::Operation *product) const {
    return std::nullopt;
  }
  /// Writes such an operation as ordinary ones on an expression of this form, which is a weight like
  /// others then; false where nothing was done.
  virtual bool expose(mlir::Operation *op) const { return false; }
  /// What a constant is to an expression of this form; nullopt where the use is of none.
  virtual std::optional<ConstantUse> useOf(mlir::OpOperand &use) const { return std::nullopt; }
  /// Puts what ONNX has in place of an expression with this root, or of what uses it; `weights` is
  /// the option of lower-compress-to-onnx. Whether something changed.
  virtual bool writeOnnx(mlir::Operation *root, llvm::StringRef weights) const { return false; }
};

/// Adds a form to the context; one that has a form of this name already keeps it.
void addForm(mlir::MLIRContext &context, std::unique_ptr<WeightForm> form);
/// All forms of the context, in the order in which they were added.
llvm::ArrayRef<std::shared_ptr<const WeightForm>> formsOf(mlir::MLIRContext *context);

/// Whether the operation is part of how some compressed weight is written.
bool isKeptFromFolding(mlir::Operation *op);
/// The matrix that an operation's own operands are the parts of, as some form reads it.
std::optional<WeightMatrix> factorOf(mlir::Operation *product);
/// What a constant is to the weight that the use is part of.
std::optional<ConstantUse> constantUse(mlir::OpOperand &use);

} // namespace retort::compress

#endif
