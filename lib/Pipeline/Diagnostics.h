// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Turns the diagnostics of a compilation into one error, and prints the rest.
#ifndef RETORT_LIB_PIPELINE_DIAGNOSTICS_H
#define RETORT_LIB_PIPELINE_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/Error.h"

namespace retort {

class Progress;

/// While it lives, keeps the first error on a context and prints warnings to stderr. A user sees
/// one error line for one mistake, although passes above the failing one may complain as well.
class DiagnosticCollector {
public:
  /// `model` names the file in errors that have no place in it; `progress` (may be null) makes way
  /// for warnings.
  DiagnosticCollector(mlir::MLIRContext *context, std::string model, Progress *progress = nullptr);

  /// The first error, as `model: message (at place)`; `otherwise` where nothing was reported.
  llvm::Error take(llvm::StringRef otherwise);

private:
  mlir::LogicalResult handle(mlir::Diagnostic &diagnostic);

  std::string model;
  Progress *progress;
  std::string first;
  mlir::ScopedDiagnosticHandler handler;
};

/// An error with this text.
llvm::Error makeError(const llvm::Twine &message);

} // namespace retort

#endif
