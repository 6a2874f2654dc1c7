// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Who is told how far a command is.
#ifndef RETORT_LIB_PIPELINE_PROGRESS_H
#define RETORT_LIB_PIPELINE_PROGRESS_H

#include "llvm/ADT/StringRef.h"

#include <memory>
#include <string>

namespace mlir {
class PassManager;
} // namespace mlir

namespace retort {

class Progress {
public:
  virtual ~Progress() = default;
  /// A phase begins; the one before is over.
  virtual void begin(llvm::StringRef phase) = 0;
  /// How much of the present phase is done, from 0 to 1.
  virtual void advance(double part) = 0;
  /// News of work that takes long, in words.
  virtual void say(const std::string &line) {}
  /// Something else is about to be printed.
  virtual void clear() = 0;
};

/// Tells how many of the passes have begun.
void watchPasses(mlir::PassManager &pm, Progress &progress);

} // namespace retort

#endif
