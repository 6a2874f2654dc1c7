// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What verifiers of typed operations check, one function for each kind of claim.
#ifndef RETORT_DIALECTS_ONNX_VERIFY_VERIFY_H
#define RETORT_DIALECTS_ONNX_VERIFY_VERIFY_H

#include "mlir/IR/Operation.h"

namespace retort::onnx {
struct Schema;

/// All of the below. Where an operation may not be taken, its types decide nothing.
llvm::LogicalResult verifyTypedOp(mlir::Operation *op);

/// All of the below wherever the operation stands, and whichever dialect it is of: what lowering
/// relies on.
llvm::LogicalResult verifyTaken(mlir::Operation *op);

/// Whether the operation stands in a branch of an If, which may hold for other types than those
/// that come.
bool mayNotBeTaken(mlir::Operation *op);

/// Those of the below that ask types.
llvm::LogicalResult verifyTypes(mlir::Operation *op);

/// Numbers and words that an attribute of a name may hold, whichever operation has it.
llvm::LogicalResult verifyRanges(mlir::Operation *op);

/// Attributes that count axes of an operand.
llvm::LogicalResult verifyAxes(mlir::Operation *op);

/// Windows of convolutions and pooling: a number for each spatial axis.
llvm::LogicalResult verifyWindows(mlir::Operation *op);

/// Channels, groups and weights of convolutions.
llvm::LogicalResult verifyChannels(mlir::Operation *op);

/// Element types of operands.
llvm::LogicalResult verifyElements(mlir::Operation *op, const Schema &schema);

/// Packed codes and their scales.
llvm::LogicalResult verifyBlocks(mlir::Operation *op);

/// Bodies of operations that hold graphs.
llvm::LogicalResult verifyBodies(mlir::Operation *op);

/// What Scan walks over; its bodies are verified before.
llvm::LogicalResult verifyScanned(mlir::Operation *op);

/// How many axes operands have.
llvm::LogicalResult verifyRanks(mlir::Operation *op);

/// Heads that share keys and values.
llvm::LogicalResult verifyHeads(mlir::Operation *op);

} // namespace retort::onnx

#endif
