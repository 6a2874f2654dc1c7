// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where compiled code stops: failed checks, and memory that there is not.
#ifndef RETORT_LIB_CODEGEN_LOWERALLOCATIONS_H
#define RETORT_LIB_CODEGEN_LOWERALLOCATIONS_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir {
class LLVMTypeConverter;
class RewritePatternSet;
} // namespace mlir

namespace retort {

/// The address of `text` and a final zero, of which the module holds one.
mlir::Value messageText(mlir::OpBuilder &builder, mlir::Location loc, mlir::ModuleOp module,
                        llvm::StringRef text);

/// Calls retort_fail, and ends the block.
void createFailure(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value message,
                   mlir::ModuleOp module);

/// memref.alloc by malloc, of bytes that are counted without overflow. Where there are too many, or
/// malloc has none, the model stops with the name of the node.
void populateAllocationPatterns(const mlir::LLVMTypeConverter &converter,
                                mlir::RewritePatternSet &patterns);

} // namespace retort

#endif
