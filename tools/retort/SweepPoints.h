// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The points of a sweep: what each compresses by, and what it is called in the folder.
#ifndef RETORT_TOOLS_RETORT_SWEEPPOINTS_H
#define RETORT_TOOLS_RETORT_SWEEPPOINTS_H

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace retort {

struct SweepPoint {
  std::string label;            ///< as the user wrote it
  std::string recipe, compress; ///< one of them, as `retort compile` takes it
  std::string passes;           ///< what either means: passes

  /// What its files begin with: the label, as far as it can be a name, and a hash of everything
  /// that the result depends on: `subject` besides the passes.
  std::string fileName(llvm::StringRef subject) const;
};

/// `list` is separated by commas; a point is a recipe, or passes that `+` joins. A recipe that is
/// unknown is an error, and so are no points, or one twice.
llvm::Expected<std::vector<SweepPoint>> readPoints(llvm::StringRef list);

/// A hash of the bytes of files, one behind the other.
llvm::Expected<std::string> hashOfFiles(llvm::ArrayRef<std::string> paths);

} // namespace retort

#endif
