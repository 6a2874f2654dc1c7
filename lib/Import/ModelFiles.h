// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which files a model consists of, told without importing it.
#ifndef RETORT_LIB_IMPORT_MODELFILES_H
#define RETORT_LIB_IMPORT_MODELFILES_H

#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace mlir {
class DialectRegistry;
}

namespace retort {

/// The files that belong to the model at `path`, beside that file itself: those of its tensors; of
/// a module, those that its weights lie in; of a compiled model, its weights and its header. Only
/// those that are there. Of a file that is no model, none. `dialects` are those that a module may
/// be written in.
std::vector<std::string> filesOfModel(llvm::StringRef path,
                                      void (*dialects)(mlir::DialectRegistry &));

} // namespace retort

#endif
