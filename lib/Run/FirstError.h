// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What goes wrong in a module that nobody but this library sees.
#ifndef RETORT_LIB_RUN_FIRSTERROR_H
#define RETORT_LIB_RUN_FIRSTERROR_H

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/Error.h"

namespace retort {

/// While it lives, keeps diagnostics of a context from whoever reads them: they are about the parts
/// of a graph that was read, and its warnings were said when it was.
class FirstError {
public:
  explicit FirstError(mlir::MLIRContext *context)
      : handler(context, [this](mlir::Diagnostic &diagnostic) {
          if (text.empty() && diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error)
            text = diagnostic.str();
          return mlir::success();
        }) {}

  /// `what`, and the first error.
  llvm::Error take(const llvm::Twine &what) const {
    return llvm::createStringError(what + (text.empty() ? "" : ": " + text));
  }

private:
  std::string text;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace retort

#endif
