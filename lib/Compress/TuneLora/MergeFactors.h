// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What becomes of factors that were trained beside a weight.
#ifndef RETORT_LIB_COMPRESS_TUNELORA_MERGEFACTORS_H
#define RETORT_LIB_COMPRESS_TUNELORA_MERGEFACTORS_H

#include "lib/Compress/TuneLora/BesideProducts.h"
#include "lib/Weights/LinearWeights.h"

namespace retort {

enum class FactorMerge {
  Keep,       ///< (x A) B stays beside x W
  Fold,       ///< W + A B takes the place of a plain W
  Requantize, ///< W + A B is rounded as W was
  ZeroPoints, ///< zero points take A B, where A is the same for all inputs of a group
};

/// A x B, the trained factors, as the weight is called and seen by its products.
struct Factors {
  int64_t rank = 0, group = 1; ///< inputs that share a row of A
  llvm::ArrayRef<float> a;     ///< inputs x rank, or groups x rank
  llvm::ArrayRef<float> b;     ///< rank x outputs
  double scale = 1;
};

/// Why a weight cannot take its factors in this way; empty where it can.
std::string whyNotMerged(const LinearWeight &weight, FactorMerge merge);
/// Inputs that share a zero point; 0 where these are not those of a group of inputs of one output.
int64_t zeroGroupOf(const LinearWeight &weight, const ProductShape &shape);
/// Whether so many elements are zero that the weight was pruned: one of 64 at least.
bool isPruned(const LinearWeight &weight);

/// scale A B in the order of the weight: inputs x outputs, or its transpose.
std::vector<float> productOf(const Factors &factors, const ProductShape &shape);

/// Lets the weight, or what stands beside it, take the factors.
void mergeFactors(LinearWeight &weight, const ProductShape &shape, const Factors &factors,
                  FactorMerge merge);

} // namespace retort

#endif
