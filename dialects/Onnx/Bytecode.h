// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The attributes of the onnx dialect in MLIR's bytecode.
#ifndef RETORT_DIALECTS_ONNX_BYTECODE_H
#define RETORT_DIALECTS_ONNX_BYTECODE_H

#include "mlir/IR/DialectInterface.h"

#include <memory>

namespace retort::onnx {

std::unique_ptr<mlir::DialectInterface> makeBytecodeInterface(mlir::Dialect *dialect);

} // namespace retort::onnx

#endif
