// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which values change with the text, and which follow from sizes, masks and positions alone.
#ifndef RETORT_LIB_ANALYSIS_HOTVALUES_H
#define RETORT_LIB_ANALYSIS_HOTVALUES_H

#include "lib/Analysis/InputRoles.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallBitVector.h"

namespace retort {

/// A value is hot if it depends on the contents of tokens, embeddings or states; Shape and Size cut
/// the dependence. Everything else is cold: masks, tables of angles, positions, biases, weights. A
/// model is a graph of hot values, into which cold ones enter at few places, and cold values can be
/// evaluated at sample sizes.
class HotValues {
public:
  explicit HotValues(mlir::func::FuncOp function);

  bool isHot(mlir::Value value) const;
  bool isCold(mlir::Value value) const { return !isHot(value); }
  /// The arguments whose contents the value depends on.
  llvm::SmallBitVector sources(mlir::Value value) const;
  llvm::ArrayRef<InputRole> roles() const { return inputRoles; }
  InputRole role(mlir::BlockArgument argument) const { return inputRoles[argument.getArgNumber()]; }

private:
  void visit(mlir::Operation *op);

  llvm::SmallVector<InputRole> inputRoles;
  llvm::SmallBitVector hotArguments;
  /// Absent: none.
  llvm::DenseMap<mlir::Value, llvm::SmallBitVector> dependence;
};

} // namespace retort

#endif
