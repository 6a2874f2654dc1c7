// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the author of a multiply-accumulate step includes: MultiplyStep and what it builds with.
// docs/write-a-step.md is the tutorial.
#ifndef RETORT_MULTIPLYSTEP_H
#define RETORT_MULTIPLYSTEP_H

#include "dialects/Linear/MultiplyStep.h"

#endif
