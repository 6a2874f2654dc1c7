// The weights that compression methods work on: constant matrices that a model multiplies with.
#ifndef RETORT_LIB_SUPPORT_LINEARWEIGHTS_H
#define RETORT_LIB_SUPPORT_LINEARWEIGHTS_H

#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/Weights.h"

#include "mlir/IR/BuiltinOps.h"

namespace retort {

/// A constant floating-point matrix that feeds a matrix product, raised (`onnx.MatMul`) or not (`onnx.node`).
class LinearWeight {
public:
  LinearWeight(mlir::Operation *op, onnx::ConstantView values) : op(op), values(values) {}

  mlir::Location loc() const { return op->getLoc(); }
  /// Its name in the model.
  llvm::StringRef name() const;
  mlir::RankedTensorType type() const { return values.type(); }
  uint64_t bytes() const { return values.bytes().size(); }

  /// The elements as f32, row by row as they are stored.
  std::vector<float> floats() const { return values.floats(0, values.size()); }
  /// Replaces the elements; the element type stays. The new data get the name of the weight.
  void setFloats(llvm::ArrayRef<float> replacement);

  mlir::Operation *op;
  onnx::ConstantView values;
};

/// Calls `compress` on every weight of the module, each once however many operations share it. Embeddings and the
/// matrix that makes the logits are left alone unless `include` is given and matches them; `include` and `exclude` are
/// regular expressions searched for in the names of weights. What is left alone gets a `missed` remark of `method`. An
/// ill-formed expression is an error, and so is a module in which nothing is selected. Data that no weight needs any more
/// are released.
mlir::LogicalResult forEachLinearWeight(mlir::ModuleOp module, llvm::StringRef method,
                                        llvm::StringRef include, llvm::StringRef exclude,
                                        llvm::function_ref<void(LinearWeight &)> compress);

/// ||a - b|| / ||a|| in the Frobenius norm; 0 where both are zero.
double relativeError(llvm::ArrayRef<float> original, llvm::ArrayRef<float> changed);

} // namespace retort

#endif
