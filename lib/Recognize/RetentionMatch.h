// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations that are a retention.
#ifndef RETORT_LIB_RECOGNIZE_RETENTIONMATCH_H
#define RETORT_LIB_RECOGNIZE_RETENTIONMATCH_H

#include "lib/Support/Refusal.h"

namespace retort {

/// Why a LinearAttention cannot be written as llm.retention; empty where it can.
Refusal whyNoRetention(mlir::Operation *op);

} // namespace retort

#endif
