// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Errors that compiled code finds while it runs: retort_fail leaves the model and returns to
// whoever called it.
#ifndef RETORT_LIB_RUNTIME_FAIL_H
#define RETORT_LIB_RUNTIME_FAIL_H

#include "lib/Runtime/Result.h"

namespace retort::runtime {

/// Calls `function(argument)`, whose frames hold nothing to destroy, and returns what it passed to
/// retort_fail. Memory that the code had allocated by then is lost.
Status callGuarded(void (*function)(void *), void *argument);

} // namespace retort::runtime

#endif
