// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How much the means of outputs change with a weight.
#ifndef RETORT_LIB_COMPRESS_CORRECTBIAS_MEANERROR_H
#define RETORT_LIB_COMPRESS_CORRECTBIAS_MEANERROR_H

#include "lib/Statistics/Hessian.h"

namespace retort {

/// (W' - W) m for each output, m the mean of the inputs; `error` is W' - W, row by row.
std::vector<double> meanError(llvm::ArrayRef<float> error, int64_t outputs, const Moments &moments);

/// The mean of |(W' - W) x - b|^2 over the rows, summed over the outputs, where b is subtracted
/// from them: tr(E H E') - 2 b'E m + b'b.
double errorWithBias(llvm::ArrayRef<float> error, llvm::ArrayRef<double> bias,
                     const Hessian &hessian, const Moments &moments);

} // namespace retort

#endif
