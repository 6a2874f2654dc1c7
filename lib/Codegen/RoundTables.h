// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What differs from round to round of a loop, in tables.
#ifndef RETORT_LIB_CODEGEN_ROUNDTABLES_H
#define RETORT_LIB_CODEGEN_ROUNDTABLES_H

#include "lib/Codegen/LayerRounds.h"

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace retort {

/// Numbers, and which argument of the entry point a round reads, stand in one table of constants;
/// other values in tables on the stack, which are filled in front of the loop.
class RoundTables {
public:
  RoundTables(mlir::ImplicitLocOpBuilder &b, unsigned count)
      : b(b), count(count), types(b.getContext()) {}

  /// Finds a place for what an operand reads.
  void plan(const RoundOperand &operand);
  /// How many values are stored in front of the loop.
  size_t stored() const;
  /// Makes the tables, at the builder's place.
  void fill();
  /// In the loop: where the number of the round is known.
  void enter(mlir::Value round);
  mlir::Value valueInRound(const RoundOperand &operand);

  /// A table on the stack.
  mlir::Value make(mlir::Type type);
  void store(mlir::Value value, mlir::Value table, mlir::Value round);
  mlir::Value load(mlir::Value table, mlir::Type type, mlir::Value round);

private:
  enum class Kind { Number, Argument, Stored };
  struct Source {
    llvm::SmallVector<mlir::Value> values; // one for each round
    Kind kind;
    unsigned column = 0;     // in the table of constants
    mlir::Value table = {};  // on the stack
    mlir::Value loaded = {}; // in the loop
  };

  Source *find(const RoundOperand &operand);
  void fillNumbers();
  mlir::Value numberOf(const Source &source);
  mlir::Value argumentAt(mlir::Value number, mlir::Value example);
  mlir::Value placeIn(mlir::Value table, mlir::Type type, mlir::Value round);
  mlir::Value cast(mlir::Value value, mlir::Type type);

  mlir::ImplicitLocOpBuilder &b;
  unsigned count;
  mlir::LLVMTypeConverter types;
  llvm::SmallVector<Source> sources;
  llvm::SmallVector<llvm::SmallVector<int32_t>> columns;
  mlir::Value numbers, round;
};

} // namespace retort

#endif
