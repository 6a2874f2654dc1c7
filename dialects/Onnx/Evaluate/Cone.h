// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Evaluates the part of a graph that a value depends on: what recognition by value probes with.
#ifndef RETORT_DIALECTS_ONNX_EVALUATE_CONE_H
#define RETORT_DIALECTS_ONNX_EVALUATE_CONE_H

#include "dialects/Onnx/Evaluate/Tensor.h"

#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseMap.h"

#include <string>

namespace retort::onnx {

/// The backward slices of values, cut where tensors are given. Every value is computed once.
class Cone {
public:
  using Shapes = llvm::DenseMap<mlir::Value, llvm::SmallVector<int64_t>>;

  /// Gives the elements of a value: an input of the graph, or any other.
  void bind(mlir::Value value, Tensor tensor) { values[value] = std::move(tensor); }
  /// Gives the shape alone: Shape and Size of such a value need no elements.
  void bindShape(mlir::Value value, llvm::ArrayRef<int64_t> shape) {
    shapes[value].assign(shape.begin(), shape.end());
  }
  void bindShapes(const Shapes &all) { shapes.insert(all.begin(), all.end()); }

  /// Fails with `reason`, which names the operation or the input that stands in the way.
  llvm::FailureOr<Tensor> evaluate(mlir::Value root);
  llvm::StringRef reason() const { return why; }

private:
  bool computed(mlir::Value value);
  llvm::LogicalResult compute(mlir::Operation *op);

  llvm::DenseMap<mlir::Value, Tensor> values;
  Shapes shapes;
  std::string why;
};

/// The same, for one value.
llvm::FailureOr<Tensor> evaluateCone(mlir::Value root,
                                     const llvm::DenseMap<mlir::Value, Tensor> &bindings,
                                     const Cone::Shapes &shapes = Cone::Shapes(),
                                     std::string *reason = nullptr);

} // namespace retort::onnx

#endif
