// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is in a compiled model.
#ifndef RETORT_TOOLS_RETORT_INSPECTCOMPILED_H
#define RETORT_TOOLS_RETORT_INSPECTCOMPILED_H

#include "llvm/Support/Error.h"

namespace retort {

/// Prints functions with their inputs, outputs and states, the formats and bytes of the weights, and
/// what is known of the language model.
llvm::Error inspectCompiled(llvm::StringRef path, bool asJson);

} // namespace retort

#endif
