// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What must shrink together when channels between two products go.
#ifndef RETORT_LIB_COMPRESS_PRUNESTRUCTURED_CHANNELGROUP_H
#define RETORT_LIB_COMPRESS_PRUNESTRUCTURED_CHANNELGROUP_H

#include "mlir/IR/Value.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/Error.h"

namespace retort {

/// The channels that a product sums over, back to the products that compute them:
///
///   %gate = onnx.MatMul(%x, %a)      a, b: columns
///   %up = onnx.MatMul(%x, %b)
///   %h = onnx.Mul(silu(%gate), %up)  every value on the way: its last axis
///   %y = onnx.MatMul(%h, %c)         c: rows
struct ChannelGroup {
  int64_t size = 0; ///< how many channels there are
  /// The product that sums over them, and its weight.
  mlir::Operation *product = nullptr;
  mlir::Value consumer;
  int64_t consumerAxis = 0;
  /// Values that are computed, by the axis along which the channels lie.
  llvm::MapVector<mlir::Value, int64_t> values;
  /// Constants likewise: matrices of the products that compute the channels, biases, factors. The
  /// consumer is not among them.
  llvm::MapVector<mlir::Value, int64_t> constants;
  /// The matrices among them.
  llvm::SmallVector<mlir::Value> producers;
  /// The axes of results of Reshape whose sizes are named by a constant, to be written anew.
  llvm::MapVector<mlir::Operation *, int64_t> reshapes;
};

/// The group of the channels that `use` sums over: the use of an activation by a product whose
/// weight is `weight`, which has them along `weightAxis`. Found by the flow of values alone. The
/// error says why they cannot go.
llvm::Expected<ChannelGroup> findChannels(mlir::OpOperand &use, int64_t axis, mlir::Value weight,
                                          int64_t weightAxis);

/// Leaves the channels at these places, in this order, in all values and constants of a group but
/// the consumer.
void keepChannels(const ChannelGroup &group, llvm::ArrayRef<int64_t> kept);

/// The constant with these places along an axis only, under its name.
void keepAlong(mlir::Value constant, int64_t axis, llvm::ArrayRef<int64_t> kept);

} // namespace retort

#endif
