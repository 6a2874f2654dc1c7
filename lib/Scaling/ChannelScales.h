// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// By what the inputs of weights are divided, and the weights multiplied with.
#ifndef RETORT_LIB_SCALING_CHANNELSCALES_H
#define RETORT_LIB_SCALING_CHANNELSCALES_H

#include "lib/Scaling/ChannelSource.h"

namespace retort {

/// How large each channel is: the root of its mean square over a sample.
std::vector<double> sizesOf(llvm::ArrayRef<float> sumOfSquares, int64_t rows);

/// s = size^exponent for each channel, the geometric mean of the largest and the least being 1.
/// Channels of a class have one. What is less than 1e-4 of the largest counts as that, so that no
/// channel that a sample hardly reached is divided by next to nothing.
std::vector<float> scalesOf(llvm::ArrayRef<double> sizes, double exponent,
                            const ChannelSource &source);

/// The nearest powers of two: products with these are exact in every type.
void roundToPowersOfTwo(llvm::MutableArrayRef<float> scales);

/// Of outputs x inputs, each input times its scale.
std::vector<float> scaledInputs(llvm::ArrayRef<float> weights, llvm::ArrayRef<float> scales);

} // namespace retort

#endif
