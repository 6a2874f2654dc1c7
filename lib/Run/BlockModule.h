// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One block of a graph as a module of its own.
#ifndef RETORT_LIB_RUN_BLOCKMODULE_H
#define RETORT_LIB_RUN_BLOCKMODULE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/SetVector.h"

#include <string>

namespace retort {

/// An activation, and the axis along which its products sum.
using ObservedValue = std::pair<mlir::Value, int64_t>;

/// What lies between two values of a graph.
struct GraphBlock {
  mlir::Value begin; ///< null: the block is the first, and reads the inputs of the graph alone
  mlir::Value end;
  llvm::ArrayRef<ObservedValue> observed;
  /// Constants that are arguments of the block.
  llvm::ArrayRef<mlir::Operation *> arguments;
};

/// A function `main` of (begin, inputs of the graph, constants) that returns (end, what is
/// observed, with the axis of inputs as the last).
struct BlockModule {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  bool readsBegin = false;
  llvm::SmallVector<unsigned> inputs;             ///< of the graph, by number
  llvm::SmallVector<mlir::Operation *> constants; ///< in the graph

  static BlockModule of(mlir::func::FuncOp graph, const GraphBlock &range);
  /// Tells it from blocks that compute something else of arguments of the same types. Names do not
  /// count.
  std::string structure() const;
};

/// A module of `main` alone, with inputs of these shapes, all that follows from them known. nullopt
/// in the list keeps the type of an input.
llvm::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
withInputShapes(mlir::func::FuncOp graph,
                llvm::ArrayRef<std::optional<std::vector<int64_t>>> shapes);

} // namespace retort

#endif
