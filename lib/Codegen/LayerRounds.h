// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rounds of operations in a block that do the same, and what each reads of the others.
#ifndef RETORT_LIB_CODEGEN_LAYERROUNDS_H
#define RETORT_LIB_CODEGEN_LAYERROUNDS_H

#include "mlir/IR/Operation.h"

#include <optional>

namespace retort {

/// Equal pieces of one block, one behind the other.
struct LayerRounds {
  llvm::SmallVector<llvm::SmallVector<mlir::Operation *>> rounds;

  /// The round of a value that one of them computes.
  std::optional<unsigned> roundOf(mlir::Value value) const;
  /// The place of an operation in its round.
  llvm::DenseMap<mlir::Operation *, std::pair<unsigned, unsigned>> places;
};

/// What all rounds read at one operand.
struct RoundOperand {
  enum class Kind {
    Local,   // what the round itself has computed
    Same,    // one value from before the rounds
    Carried, // what the round before has computed; the first: a value from before
    Varied   // a value from before for each round
  };
  Kind kind;
  llvm::SmallVector<mlir::OpOperand *> operands; // one of each round
};

/// The operations of a block from `begin` on, in `count` rounds of `period` operations that `order`
/// names; behind each its deallocations. Those of rounds that differ, first or last ones, are left
/// out; nothing where fewer than two remain. Buffers from before the rounds are freed behind them.
std::optional<LayerRounds> collectRounds(llvm::ArrayRef<mlir::Operation *> order, size_t begin,
                                         size_t period, size_t count);

/// All operands that read what lies outside of the round's own operations; nothing where a round
/// reads what it cannot in a loop.
std::optional<llvm::SmallVector<RoundOperand>> classifyOperands(const LayerRounds &rounds);

/// What tells an operation from others that do something else, whatever it reads.
uint64_t symbolOf(mlir::Operation *op);

} // namespace retort

#endif
