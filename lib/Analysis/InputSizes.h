// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Chooses the sizes of a function's inputs so that they fit together.
#ifndef RETORT_LIB_ANALYSIS_INPUTSIZES_H
#define RETORT_LIB_ANALYSIS_INPUTSIZES_H

#include "lib/Analysis/InputRoles.h"

namespace retort {

/// One shape for each argument, for `batch` texts of `past` + `tokens` tokens. `past` is ignored
/// where no state has such a size.
llvm::SmallVector<llvm::SmallVector<int64_t>> chooseInputSizes(mlir::func::FuncOp function,
                                                               llvm::ArrayRef<InputRole> roles,
                                                               int64_t batch, int64_t tokens,
                                                               int64_t past);

} // namespace retort

#endif
