// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A model ready to run, whatever file it comes from.
#ifndef RETORT_LIB_PIPELINE_OPENMODEL_H
#define RETORT_LIB_PIPELINE_OPENMODEL_H

#include "lib/Pipeline/CompileOptions.h"
#include "lib/Runtime/Model.h"

#include "llvm/Support/Error.h"

namespace retort {

/// Opens `path`: a `.so` that `compile` wrote is loaded, anything else is compiled in memory.
llvm::Expected<std::unique_ptr<runtime::Model>> openModel(llvm::StringRef path,
                                                          const CompileOptions &options);

} // namespace retort

#endif
