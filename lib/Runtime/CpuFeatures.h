// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whether this processor has what a model was compiled for.
#ifndef RETORT_LIB_RUNTIME_CPUFEATURES_H
#define RETORT_LIB_RUNTIME_CPUFEATURES_H

#include <string>
#include <vector>

namespace retort::runtime {

/// Those of LLVM's feature names ("+avx2") that this processor lacks. Names that no code generator
/// uses for computing are taken as present.
std::vector<std::string> missingCpuFeatures(const std::vector<std::string> &features);

} // namespace retort::runtime

#endif
