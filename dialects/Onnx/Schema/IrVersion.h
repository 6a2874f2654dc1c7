// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The versions of the file format that go with versions of the operator sets.
#ifndef RETORT_DIALECTS_ONNX_SCHEMA_IRVERSION_H
#define RETORT_DIALECTS_ONNX_SCHEMA_IRVERSION_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace retort::onnx {

/// The lowest `ir_version` of a model that imports this opset of a domain, by the table of ONNX's
/// releases; 0 for a domain that is not in it.
int64_t lowestIrVersion(llvm::StringRef domain, int64_t opset);

} // namespace retort::onnx

#endif
