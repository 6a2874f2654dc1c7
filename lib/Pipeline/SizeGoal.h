// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A file of a size that was asked for: what is chosen for it, seen by what was written.
#ifndef RETORT_LIB_PIPELINE_SIZEGOAL_H
#define RETORT_LIB_PIPELINE_SIZEGOAL_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

namespace retort {

/// What a method chose for a size of the file; see `retort.size`.
struct SizeGoal {
  int64_t target = 0;          ///< the most that all files may take
  int64_t bytes = 0;           ///< of the matrices that were chosen for
  int64_t least = 0, most = 0; ///< which they can take

  /// Takes it from the module; nullopt where no method was asked for a size.
  static std::optional<SizeGoal> take(mlir::ModuleOp module);
};

/// Finds what a file takes beside the matrices that are chosen for: code, the rest of the model,
/// what matrices take more in the file than in the graph. That follows from each file that was
/// written, and changes with the choice: layers of one form share their code.
class SizeSearch {
public:
  /// nullopt where a file of `written` bytes is as large as the goal lets it be, or nearly; else
  /// what is to be taken for the bytes beside the matrices. An error where no choice is small
  /// enough.
  llvm::Expected<std::optional<int64_t>> next(const SizeGoal &goal, int64_t written);

private:
  double growth(int64_t bytes, int64_t written) const;
  /// Goes back to the largest file that fitted, which is that of `written` bytes or an earlier one.
  std::optional<int64_t> settle(int64_t written);

  struct Fit {
    std::optional<int64_t> beside;
    int64_t written;
  };

  std::optional<int64_t> beside;                   ///< that the last choice went by
  std::optional<std::pair<int64_t, int64_t>> last; ///< bytes that were chosen, and what was written
  std::optional<Fit> best;                         ///< the largest file that fitted
  bool isSettled = false;
  int round = 0;
};

} // namespace retort

#endif
