// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RETORT_LIB_LOWER_FOURIER_H
#define RETORT_LIB_LOWER_FOURIER_H

namespace retort {

class Lowering;
void addFourierLowerings(Lowering &);

} // namespace retort

#endif
