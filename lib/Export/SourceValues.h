// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which values of a module stand for which of the model that it came from: by their names.
#ifndef RETORT_LIB_EXPORT_SOURCEVALUES_H
#define RETORT_LIB_EXPORT_SOURCEVALUES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"

namespace retort {

/// The values and blocks of a function that have a counterpart in its source. No two values have
/// the same.
struct SourceMap {
  llvm::DenseMap<mlir::Value, mlir::Value> values;
  llvm::DenseMap<mlir::Block *, mlir::Block *> blocks;
};

/// The values of a source by name. Graphs of nodes may use a name again: there the one of the same
/// graph counts.
class SourceValues {
public:
  explicit SourceValues(mlir::func::FuncOp source);

  /// Of values that were not there before, `before`, a name that the source has too means nothing.
  SourceMap bind(mlir::func::FuncOp function, const SourceMap *before = nullptr) const;

private:
  mlir::Value find(llvm::StringRef name, mlir::Block *block) const;

  mlir::func::FuncOp source;
  llvm::StringMap<llvm::SmallVector<mlir::Value, 1>> named;
};

} // namespace retort

#endif
