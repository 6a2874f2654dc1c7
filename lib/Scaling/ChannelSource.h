// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The constants from which the channels of an activation have their size.
#ifndef RETORT_LIB_SCALING_CHANNELSOURCE_H
#define RETORT_LIB_SCALING_CHANNELSOURCE_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/ArrayRef.h"

#include <string>
#include <vector>

namespace retort {

/// Constants whose elements, divided by positive numbers, divide the channels of an activation, its
/// elements along the last axis, and nothing else that the model computes.
struct ChannelSource {
  struct Part {
    mlir::Operation *op; ///< what reads the constant
    unsigned operand;
    int64_t axis; ///< of the constant, along which its elements belong to different channels
    /// For each channel of the activation the place along that axis.
    std::vector<int64_t> places;
  };
  std::vector<Part> parts;
  /// Channels of one class share elements of a constant, as those of heads that read the same
  /// values do: they can only be divided by the same. For each channel its class, from 0 on.
  std::vector<int64_t> classes;
  int64_t classCount = 0;

  /// The numbers that a class can be divided by are those of each of its channels: their mean.
  std::vector<double> meanOfClasses(llvm::ArrayRef<double> ofChannels) const;
  /// Whether constants have fewer bits than f32.
  bool isNarrow() const;
  /// Divides channel j by scales[j], equal for channels of a class.
  void divide(llvm::ArrayRef<float> scales) const;
};

struct ChannelSearch {
  ChannelSource source;
  /// Why there is no source; empty where there is.
  std::string why;
};

/// Looks for what an activation of so many channels is made by, through what passes on factors of
/// channels: products with other activations, sums with constants, reshapes, Relu, and attention,
/// to its values. Other readers on the way end the search; those of `activation` are the caller's
/// concern.
ChannelSearch findChannelSource(mlir::Value activation, int64_t channels);

} // namespace retort

#endif
