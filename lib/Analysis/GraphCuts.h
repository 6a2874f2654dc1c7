// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where a graph can be cut so that one value is all that goes on: the residual stream of a model.
#ifndef RETORT_LIB_ANALYSIS_GRAPHCUTS_H
#define RETORT_LIB_ANALYSIS_GRAPHCUTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace retort {

/// The values that every way from the text to one result of a graph goes through. What lies between
/// two of them is a block: it reads the first, the inputs of the graph, and constants.
///
/// A value is *carried* if it depends on the text by large constants: on embeddings, and on what
/// layers made of them. Everything else (masks, positions, tables of angles, sizes) a block
/// computes anew from the inputs of the graph.
class GraphCuts {
public:
  /// `end` is what the graph is read for, as its logits.
  GraphCuts(mlir::func::FuncOp function, mlir::Value end);

  /// In the order of the graph; `end` itself is the last, and none where it is not carried.
  llvm::ArrayRef<mlir::Value> cuts() const { return found; }
  bool isCarried(mlir::Value value) const { return carried.contains(value); }
  /// The number of the first cut that comes from an operation or depends on it; nullopt where `end`
  /// does not depend on it by carried values. Operations in graphs of others are where these are.
  std::optional<size_t> segmentOf(mlir::Operation *op) const;

  /// What keeps a value from being a cut: an operation behind it, and what that reads of what was
  /// computed before. Null where it is a cut, or `end` does not depend on it.
  struct Bypass {
    mlir::Operation *reader = nullptr;
    mlir::Value value;
  };
  Bypass whyNot(mlir::Value value) const;

private:
  void findCarried(mlir::func::FuncOp function);
  void findWay(mlir::func::FuncOp function, mlir::Value end);

  llvm::DenseSet<mlir::Value> carried;
  /// Operations that `end` depends on by carried values, in order, and the place of each.
  llvm::SmallVector<mlir::Operation *> way;
  llvm::DenseMap<mlir::Operation *, size_t> places;
  llvm::SmallVector<mlir::Value> found;
  llvm::SmallVector<size_t> foundPlaces;
  mlir::Block *body;
};

/// What an operation reads: its operands, and what its graphs take from around it.
llvm::SmallVector<mlir::Value> valuesReadBy(mlir::Operation *op);

} // namespace retort

#endif
