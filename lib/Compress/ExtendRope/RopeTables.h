// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the tables of rotary embeddings anew.
#ifndef RETORT_LIB_COMPRESS_EXTENDROPE_ROPETABLES_H
#define RETORT_LIB_COMPRESS_EXTENDROPE_ROPETABLES_H

#include "dialects/Onnx/Build.h"
#include "lib/Analysis/RopeDescription.h"
#include "lib/Compress/ExtendRope/RopeScaling.h"

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

  /// As `rewrite`, with frequencies that follow from the length of the text: the last of the
  /// positions, and one. Keys are kept as they were before they turned, and all of them turn when
  /// an attention reads them: otherwise those in a cache would have turned by other frequencies.
  llvm::LogicalResult rewriteDynamic(llm::RopeOp op, const RopeDescription &rope,
                                     const RopeMethod &method, const RopeScaling &scaling,
                                     std::string &reason);

  /// Constant tables that are looked up become tables that are computed, which have a row for every
  /// position.
  llvm::LogicalResult compute(llm::RopeOp op, const RopeDescription &rope, std::string &reason);

  struct Tables {
    mlir::Value cos, sin;
  };
  /// Whether row n of a text without tables of positions is position n: nothing came before it.
  bool canCount() const { return !samples.hasState(); }
  /// Positions of the rows of `op` (null: they are counted) in f32, as B x T x 1, or 1 x T x 1
  /// where all parts of the batch have the same; null with `reason` where they are not as many.
  mlir::Value asRows(mlir::OpBuilder &builder, llm::RopeOp op, mlir::Value positions,
                     std::string &reason);
  /// Constant tables of so many rows, in the type of those of `op`.
  Tables lookedUp(llm::RopeOp op, llvm::ArrayRef<double> frequencies, double amplitude,
                  int64_t rows);

  /// Once all are rewritten: a new table takes the name of the one that nothing reads any more, so
  /// that what looks rows up in the model stays as it is.
  void finish();

private:
  llvm::FailureOr<Tables> computed(llm::RopeOp op, mlir::Value positions,
                                   llvm::ArrayRef<double> frequencies, double amplitude,
                                   std::string &reason);
  /// What tables are computed from, of dynamic methods.
  struct Angles {
    mlir::Value rows; ///< positions, f32, B x T x 1
    RopeMethod::Values values;
  };
  Tables waves(OnnxBuilder &builder, mlir::Value rows, const RopeMethod::Values &values,
               mlir::Type element);
  Tables columnsBehind(OnnxBuilder &builder, const Angles &angles, mlir::Value past,
                       mlir::Type element);
  llvm::LogicalResult turnWhenRead(llm::RopeOp op, const Angles &angles, std::string &reason);

  mlir::func::FuncOp function;
  Samples &samples;
  std::map<std::tuple<void *, void *, void *>, Tables> made;
  mlir::Value counted;
  std::map<void *, Angles> angles;                  ///< of dynamic methods, by positions
  std::map<std::pair<void *, bool>, Tables> turned; ///< by positions, and whether of all columns
  llvm::MapVector<mlir::Value, mlir::Value> old; ///< tables that were looked up, and the new ones
};

} // namespace retort

#endif
