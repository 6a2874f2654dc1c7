// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What becomes of each weight, as a table.
#ifndef RETORT_LIB_PIPELINE_COMPRESSIONPLAN_H
#define RETORT_LIB_PIPELINE_COMPRESSIONPLAN_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

namespace retort {

class Ledger;

struct PlannedWeight {
  std::string name, shape;
  uint64_t bytesBefore = 0, bytesAfter = 0;
  /// What it is then; why it stays, where it does.
  std::string form;
  bool stays = false;
};

struct CompressionPlan {
  std::vector<PlannedWeight> weights;

  /// From the records of methods, and the module before them.
  static CompressionPlan of(mlir::ModuleOp before, const Ledger &ledger);
  /// A line for each weight, and their sum.
  void print(llvm::raw_ostream &stream) const;
};

} // namespace retort

#endif
