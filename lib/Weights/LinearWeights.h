// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The weights that compression methods work on: constant matrices that a model multiplies with.
#ifndef RETORT_LIB_WEIGHTS_LINEARWEIGHTS_H
#define RETORT_LIB_WEIGHTS_LINEARWEIGHTS_H

#include "dialects/Compress/WeightExpression.h"
#include "dialects/Onnx/Onnx.h"
#include "lib/Analysis/WeightUses.h"
#include "lib/Weights/Magnitudes.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringSet.h"

namespace retort {

/// A floating-point matrix that feeds a matrix product: a constant, or the expression that an
/// earlier method made of one.
class LinearWeight {
public:
  LinearWeight(compress::WeightExpression values, WeightRoles roles,
               std::shared_ptr<llvm::StringSet<>> names);

  /// The same weight in a copy of the module, where this operation stands for it.
  LinearWeight inCopy(mlir::Operation *copy) const;

  mlir::Location loc() const { return op->getLoc(); }
  /// Its name in the model: that of the value that products read.
  llvm::StringRef name() const { return label; }
  /// Its name, and those of the constants that it was folded from.
  llvm::SmallVector<llvm::StringRef> names() const;
  /// What reads it: products, with the activations that they multiply it with, and lookups.
  llvm::SmallVector<WeightUse> uses() const { return usesOfWeight(op->getResult(0)); }
  mlir::RankedTensorType type() const { return values.type(); }
  /// The element type.
  mlir::FloatType element() const {
    return llvm::cast<mlir::FloatType>(values.type().getElementType());
  }
  uint64_t bytes() const { return values.bytes(); }
  /// Codes that the file came with, not those of a method: numbers as good as any other.
  bool isGiven() const { return !values.isPlain() && op->hasAttr(compress::givenKey); }
  /// The axis along which products sum; the last but one where that is not known.
  int64_t inputAxis() const { return roles.inputAxis < 0 ? type().getRank() - 2 : roles.inputAxis; }
  /// `size` neighbours along the input axis as a group; 0: all of them.
  compress::Groups groups(int64_t size) const;

  /// The elements as f32, row by row as they are stored.
  std::vector<float> floats() const;
  /// Makes the weight a plain constant of these elements; the element type stays, and so does the
  /// name.
  void setFloats(llvm::ArrayRef<float> replacement);
  /// The same in place, piece by piece: `change` gets pieces of `slab` elements, or several times
  /// as many, in order.
  void rewrite(int64_t slab,
               llvm::function_ref<void(int64_t begin, llvm::MutableArrayRef<float>)> change);

  /// A new constant before the weight, named after it: `w_scale`. `fill` writes its bytes in ONNX's
  /// encoding.
  mlir::Value addConstant(llvm::StringRef suffix, mlir::RankedTensorType type,
                          llvm::function_ref<void(llvm::MutableArrayRef<char>)> fill);
  /// Lets everything use `expression` in place of the weight, and drops what is no longer used. Of
  /// a plain weight that becomes codes the module remembers the numbers, where it has statistics.
  void replaceBy(mlir::Value expression);
  /// What it was before it became codes: of its type; nullopt where the module does not remember.
  std::optional<onnx::ConstantView> original() const;
  /// Lets the module forget it, where nothing may be fitted to it any more.
  void forgetOriginal() const;
  /// Fails, with an error that names the first such element, where some are NaN or infinite.
  llvm::LogicalResult checkFinite() const;
  /// An error at the weight, that names it.
  mlir::InFlightDiagnostic emitError() const;

  mlir::Operation *op;
  compress::WeightExpression values;
  WeightRoles roles;

private:
  mlir::Value addNamed(std::string name, mlir::RankedTensorType type,
                       llvm::function_ref<void(llvm::MutableArrayRef<char>)> fill);
  std::string label;
  std::shared_ptr<llvm::StringSet<>> taken;
};

/// Which weights a method takes where nobody names any.
enum class WeightKind {
  Layers, ///< all but the ends
  Ends,   ///< embeddings, and the matrix that makes the logits
};

/// The weights of a module that a method works on, each once however many operations share it.
/// Without `include` only those of this kind are taken; `include` and `exclude` are regular
/// expressions searched for in the names of weights. What is left alone gets a `missed` remark of
/// `method`. An ill-formed expression is an error, and so is a module in which nothing is selected,
/// but for one without ends.
llvm::FailureOr<std::vector<LinearWeight>>
selectLinearWeights(mlir::ModuleOp module, llvm::StringRef method, llvm::StringRef include,
                    llvm::StringRef exclude, WeightKind kind = WeightKind::Layers);

/// Calls `compress` on each of them until one fails. Data that no weight needs any more are
/// released.
llvm::LogicalResult
forEachLinearWeight(mlir::ModuleOp module, llvm::StringRef method, llvm::StringRef include,
                    llvm::StringRef exclude,
                    llvm::function_ref<llvm::LogicalResult(LinearWeight &)> compress,
                    WeightKind kind = WeightKind::Layers);

/// ||a - b|| / ||a|| in the Frobenius norm, of arrays that are seen piece by piece.
class RelativeError {
public:
  void add(llvm::ArrayRef<float> original, llvm::ArrayRef<float> changed);
  void add(float original, float changed);
  /// 0 where both are zero.
  double value() const;
  /// Of the original.
  const Magnitudes &magnitudes() const { return seen; }

private:
  Magnitudes seen;
  double difference = 0, norm = 0;
};
/// The same of two arrays of one size.
double relativeError(llvm::ArrayRef<float> original, llvm::ArrayRef<float> changed);

} // namespace retort

#endif
