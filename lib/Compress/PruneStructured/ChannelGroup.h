// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What must shrink together when channels between two products go.
#ifndef RETORT_LIB_COMPRESS_PRUNESTRUCTURED_CHANNELGROUP_H
#define RETORT_LIB_COMPRESS_PRUNESTRUCTURED_CHANNELGROUP_H

#include "lib/Compress/PruneStructured/UnitAxis.h"

#include "mlir/IR/Value.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

namespace retort {

/// The channels that a product sums over, back to the products that compute them. Those that can
/// go alone are a unit each; the channels of a head are one unit:
///
///   %gate = onnx.MatMul(%x, %a)      a, b: columns
///   %up = onnx.MatMul(%x, %b)
///   %h = onnx.Mul(silu(%gate), %up)  every value on the way: its last axis
///   %y = onnx.MatMul(%h, %c)         c: rows
struct ChannelGroup {
  int64_t units = 0; ///< how many there are
  /// The product that sums over them, its weight, and where they lie along the summed axis of that.
  mlir::Operation *product = nullptr;
  mlir::Value consumer;
  UnitAxis consumed;
  /// Values that are computed, arguments among them, by where the units lie along an axis.
  llvm::MapVector<mlir::Value, UnitAxis> values;
  /// Constants likewise: matrices of the products that compute the channels, biases, factors. The
  /// consumer is not among them.
  llvm::MapVector<mlir::Value, UnitAxis> constants;
  /// The matrices among them.
  llvm::SmallSetVector<mlir::Value, 4> producers;
  /// Operations that name sizes or places: Reshape, Split, Slice.
  llvm::SmallSetVector<mlir::Operation *, 8> resized;
  /// Operands that others read too, or that are computed of no channels (masks, biases of scores):
  /// what is kept is taken from them.
  llvm::MapVector<mlir::OpOperand *, UnitAxis> picked;

  UnitAxis unitsOf(mlir::Value value) const {
    auto constant = constants.find(value);
    return constant != constants.end() ? constant->second : values.lookup(value);
  }
};

/// Leaves the units that stay, in all values and constants of a group but the consumer.
void keepUnits(const ChannelGroup &group, llvm::ArrayRef<char> stays);

/// The constant with these places along an axis only, under its name.
void keepAlong(mlir::Value constant, int64_t axis, llvm::ArrayRef<int64_t> kept);

} // namespace retort

#endif
