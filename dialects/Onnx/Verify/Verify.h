// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What verifiers of typed operations check, one function for each kind of claim.
#ifndef RETORT_DIALECTS_ONNX_VERIFY_VERIFY_H
#define RETORT_DIALECTS_ONNX_VERIFY_VERIFY_H

#include "mlir/IR/Operation.h"

namespace retort::onnx {

/// What attributes and ranks alone decide, which inference and lowering rely on: all of the below.
llvm::LogicalResult verifyTypedOp(mlir::Operation *op);

/// Numbers and words that an attribute of a name may hold, whichever operation has it.
llvm::LogicalResult verifyRanges(mlir::Operation *op);

/// Attributes that count axes of an operand.
llvm::LogicalResult verifyAxes(mlir::Operation *op);

/// Windows of convolutions and pooling: a number for each spatial axis.
llvm::LogicalResult verifyWindows(mlir::Operation *op);

/// Packed codes and their scales.
llvm::LogicalResult verifyBlocks(mlir::Operation *op);

/// Bodies of operations that hold graphs.
llvm::LogicalResult verifyBodies(mlir::Operation *op);

/// How many axes operands have.
llvm::LogicalResult verifyRanks(mlir::Operation *op);

/// Heads that share keys and values.
llvm::LogicalResult verifyHeads(mlir::Operation *op);

} // namespace retort::onnx

#endif
