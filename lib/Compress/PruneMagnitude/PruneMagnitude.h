// Magnitude pruning on plain arrays.
#ifndef RETORT_LIB_COMPRESS_PRUNEMAGNITUDE_H
#define RETORT_LIB_COMPRESS_PRUNEMAGNITUDE_H

#include "llvm/ADT/ArrayRef.h"

namespace retort {

/// Sets the `count` entries of smallest magnitude to zero; of equal ones the first. NaN counts as largest.
void zeroSmallest(llvm::MutableArrayRef<float> values, size_t count);

} // namespace retort

#endif
