// Pipelines of passes as text.
#ifndef RETORT_LIB_PIPELINE_PASSTEXT_H
#define RETORT_LIB_PIPELINE_PASSTEXT_H

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Error.h"

namespace retort {

/// Whether a pass or a pipeline has this argument.
bool isRegistered(llvm::StringRef argument);

/// `argument{options}` where it is registered, else nothing: phases slot in when their folders are
/// there.
std::string ifRegistered(llvm::StringRef argument, llvm::StringRef options = "");

/// Appends the passes of `text` (MLIR's syntax; may be empty). The error is one line behind
/// `source`.
llvm::Error addPasses(mlir::OpPassManager &pm, llvm::StringRef text, const llvm::Twine &source);

} // namespace retort

#endif
