// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the tables of rotary embeddings anew.
#ifndef RETORT_LIB_COMPRESS_EXTENDROPE_ROPETABLES_H
#define RETORT_LIB_COMPRESS_EXTENDROPE_ROPETABLES_H

#include "lib/Analysis/RopeDescription.h"

#include "llvm/ADT/MapVector.h"

#include <map>

namespace retort {

/// New tables of a function, each once however many embeddings share it.
class RopeTables {
public:
  RopeTables(mlir::func::FuncOp function, Samples &samples)
      : function(function), samples(samples) {}

  /// Lets `op`, whose tables are described by `rope`, turn by `frequencies` and with `amplitude`.
  /// Constant tables that are looked up get `rows` rows; others are computed from the positions.
  /// Fails with `reason`.
  llvm::LogicalResult rewrite(llm::RopeOp op, const RopeDescription &rope,
                              std::vector<double> frequencies, double amplitude, int64_t rows,
                              std::string &reason);

  /// Once all are rewritten: a new table takes the name of the one that nothing reads any more, so
  /// that what looks rows up in the model stays as it is.
  void finish();

private:
  struct Tables {
    mlir::Value cos, sin;
  };
  Tables lookedUp(llm::RopeOp op, llvm::ArrayRef<double> frequencies, double amplitude,
                  int64_t rows);
  llvm::FailureOr<Tables> computed(llm::RopeOp op, mlir::Value positions,
                                   llvm::ArrayRef<double> frequencies, double amplitude,
                                   std::string &reason);
  mlir::Value asRows(mlir::OpBuilder &builder, llm::RopeOp op, mlir::Value positions,
                     std::string &reason);

  mlir::func::FuncOp function;
  Samples &samples;
  std::map<std::tuple<void *, void *, void *>, Tables> made;
  llvm::MapVector<mlir::Value, mlir::Value> old; ///< tables that were looked up, and the new ones
};

} // namespace retort

#endif
