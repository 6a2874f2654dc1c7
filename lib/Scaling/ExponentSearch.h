// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How much larger the weights of large inputs should be before they are rounded.
#ifndef RETORT_LIB_SCALING_EXPONENTSEARCH_H
#define RETORT_LIB_SCALING_EXPONENTSEARCH_H

#include "lib/Rounding/RoundToSample.h"
#include "lib/Scaling/ChannelScales.h"

#include <optional>

namespace retort {

/// What follows the scales: how weights are rounded then.
struct RoundingAhead {
  /// GPTQ and descent; nullopt: to nearest, scales by the range.
  std::optional<SampleRounding> sample;
};

/// tr(E H E') of weights that share their inputs.
struct SetError {
  double fitted = 0, held = 0;
};

/// The error that rounding leaves where the inputs are divided by `scales` and the weights are
/// multiplied with them, in outputs as they are: E' H' E'' with H' = D^-1 H D^-1. The weights of
/// `matrices` are those before.
SetError errorWithScales(llvm::ArrayRef<GroupedMatrix> matrices, const Hessian &fitted,
                         const Hessian &held, llvm::ArrayRef<float> scales,
                         const RoundingAhead &ahead);

struct ExponentChoice {
  double exponent = 0;
  std::vector<float> scales;
  SetError before, after;
};

/// Of the exponents 1/steps, 2/steps, ... 1 the one with the least error on the rows fitted to;
/// `scalesFor` gives the scales of one. Exponent 0, no scales, where none is better.
ExponentChoice searchExponent(llvm::ArrayRef<GroupedMatrix> matrices, const Hessian &fitted,
                              const Hessian &held, int64_t steps, const RoundingAhead &ahead,
                              llvm::function_ref<std::vector<float>(double)> scalesFor);

/// The same where it is not known whether weights will be rounded to nearest or to the sample: of
/// the exponents that lower the first error, fitted and held, the one with the least of the second,
/// where that is lower by a hundredth on what was held back. The second takes long: it is asked of
/// five of them. `before` and `after` are those of the sample.
ExponentChoice searchForBoth(llvm::ArrayRef<GroupedMatrix> matrices, const Hessian &fitted,
                             const Hessian &held, int64_t steps, const SampleRounding &sample,
                             llvm::function_ref<std::vector<float>(double)> scalesFor);

} // namespace retort

#endif
