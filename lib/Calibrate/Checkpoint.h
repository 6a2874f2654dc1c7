// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What an interrupted calibration leaves, for the same command to go on with.
//
// Layout: the magic "RETORTP2", the fingerprint of the calibration and the number of calls that
// were made (a line each), and the sums of its records as bytes.
#ifndef RETORT_LIB_CALIBRATE_CHECKPOINT_H
#define RETORT_LIB_CALIBRATE_CHECKPOINT_H

#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <functional>
#include <optional>

namespace retort {

class Checkpoint {
public:
  /// `path` is `STATISTICS.part`; empty: nothing is kept. The fingerprint, a line, tells the
  /// calibration from every other.
  Checkpoint(std::string path, std::string fingerprint)
      : path(std::move(path)), fingerprint(std::move(fingerprint)) {}

  /// How many calls are done; `load` takes the sums, and says whether they are of this model. 0
  /// where there is no such file, or one of another calibration.
  int64_t resume(llvm::function_ref<bool(llvm::StringRef)> load) const;
  /// Writes the file.
  llvm::Error save(int64_t done, llvm::function_ref<void(llvm::raw_ostream &)> sums) const;
  llvm::StringRef file() const { return path; }

private:
  std::string path, fingerprint;
};

} // namespace retort

#endif
