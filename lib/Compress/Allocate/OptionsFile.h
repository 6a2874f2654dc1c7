// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What each form of each matrix came to, kept beside the statistics: a second budget asks nothing
// anew.
#ifndef RETORT_LIB_COMPRESS_ALLOCATE_OPTIONSFILE_H
#define RETORT_LIB_COMPRESS_ALLOCATE_OPTIONSFILE_H

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <map>
#include <optional>
#include <string>

namespace retort {

/// One matrix in one form.
struct WeightOption {
  int64_t bytes; ///< of codes and scales in the graph
  double error;  ///< tr(E H E') on the rows that were held back
  double norm;   ///< tr(W H W') on the same
};

/// By the name of a weight, and that of a candidate.
class OptionsFile {
public:
  /// What is in the file, if that is of the same statistics and the same rounding; else nothing.
  static OptionsFile open(llvm::StringRef path, llvm::StringRef statistics,
                          llvm::StringRef rounding);

  const WeightOption *find(llvm::StringRef weight, llvm::StringRef candidate) const;
  void add(llvm::StringRef weight, llvm::StringRef candidate, WeightOption option);
  /// Whether something was added.
  bool isChanged() const { return changed; }
  /// Whether there is another file of this name, which must stay.
  bool isForeign() const { return foreign; }
  /// Nothing is written, and nothing said, where the folder does not allow it.
  void write(llvm::StringRef path) const;

private:
  std::string statistics, rounding;
  std::map<std::string, std::map<std::string, WeightOption>> options;
  bool changed = false, foreign = false;
};

} // namespace retort

#endif
