// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which values of a model methods have changed.
#ifndef RETORT_LIB_EXPORT_CHANGEDVALUES_H
#define RETORT_LIB_EXPORT_CHANGEDVALUES_H

#include "lib/Export/SourceValues.h"

namespace retort {

/// Compares a function with what it was, both bound to one source. Two values are the same where
/// they stand for one value of the source, or where the same operation computes them of the same
/// values: so a difference shows at the next value that the source knows, and nowhere behind.
class ChangedValues {
public:
  ChangedValues(const SourceMap &before, const SourceMap &after) : before(before), after(after) {}

  bool areSame(mlir::Value old, mlir::Value now);
  /// The same, whatever of the source the two stand for.
  bool isComputedSame(mlir::Value old, mlir::Value now);

private:
  bool computeSame(mlir::Operation *old, mlir::Operation *now);
  bool haveSameGraphs(mlir::Operation *old, mlir::Operation *now);

  const SourceMap &before, &after;
  llvm::DenseMap<std::pair<mlir::Operation *, mlir::Operation *>, bool> known;
  /// Arguments of graphs that are being compared.
  llvm::DenseMap<mlir::Value, mlir::Value> arguments;
};

/// The values of the source whose counterparts in `now` are computed differently than in `old`. A
/// constant that the source computes counts where what it computes it of has changed: it would
/// follow the change.
llvm::DenseSet<mlir::Value> changedValues(mlir::func::FuncOp now, const SourceMap &before,
                                          const SourceMap &after, ChangedValues &compare);

} // namespace retort

#endif
