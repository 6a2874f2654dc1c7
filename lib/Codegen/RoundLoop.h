// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Equal rounds as a loop.
#ifndef RETORT_LIB_CODEGEN_ROUNDLOOP_H
#define RETORT_LIB_CODEGEN_ROUNDLOOP_H

#include "lib/Codegen/LayerRounds.h"
#include "lib/Codegen/RoundTables.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace retort {

/// Makes a loop of rounds: the first one becomes its body, the others go.
class RoundLoop {
public:
  RoundLoop(const LayerRounds &rounds, llvm::ArrayRef<RoundOperand> operands);

  /// Nothing is changed, and the answer is false, where what tables need is more than a half of the
  /// operations that are saved.
  bool build();

private:
  /// A value of the body that another round, or the code behind the loop, reads.
  struct HandedOn {
    mlir::Value first;  // as the round that stays computes it
    mlir::Value before; // what the first round reads; null where only the code behind reads it
  };
  /// A value that is read of some rounds behind the loop.
  struct Kept {
    mlir::Value first;
    llvm::SmallVector<unsigned> rounds;
  };

  unsigned count() const { return unsigned(rounds.rounds.size()); }
  mlir::Value valueOf(mlir::Value first, unsigned round) const;
  unsigned handOn(mlir::Value first, mlir::Value before);
  void findHandedOn();
  void findReadBehind(mlir::Value first);
  bool isWorthIt() const;
  mlir::scf::ForOp startLoop();
  void moveBody(mlir::scf::ForOp loop);
  void replaceBehind(mlir::scf::ForOp loop);
  void replaceOutside(mlir::Value value, mlir::Value replacement, mlir::scf::ForOp loop);
  void eraseOthers();

  const LayerRounds &rounds;
  llvm::ArrayRef<RoundOperand> operands;
  mlir::ImplicitLocOpBuilder b;
  RoundTables tables;
  llvm::SmallVector<HandedOn> handedOn;
  llvm::SmallVector<Kept> kept;
  llvm::SmallVector<mlir::Value> keptTables;
};

/// Names of nodes in locations and messages of the first round keep what those of all have in
/// common.
void nameAfterAll(const LayerRounds &rounds);

} // namespace retort

#endif
