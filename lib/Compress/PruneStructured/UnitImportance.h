// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How much units matter to a loss. Plain arrays.
#ifndef RETORT_LIB_COMPRESS_PRUNESTRUCTURED_UNITIMPORTANCE_H
#define RETORT_LIB_COMPRESS_PRUNESTRUCTURED_UNITIMPORTANCE_H

#include "lib/Compress/PruneStructured/UnitAxis.h"

#include "llvm/ADT/StringRef.h"

namespace retort {

/// With w an element of a matrix of the unit, g the mean of its gradient over samples, and F that
/// of the square of the gradient of a sample (LLM-Pruner, arXiv:2305.11627), summed over matrices:
enum class Importance {
  Random,    ///< a number that follows from a seed
  Magnitude, ///< sum w^2
  Vector,    ///< |sum w g|
  Element,   ///< sum |w g|
  Second,    ///< sum w^2 F
  Mix,       ///< sum |w g - w^2 F / 2|
};

/// random, magnitude, vector, element, second, mix.
std::optional<Importance> importanceNamed(llvm::StringRef name);
bool needsGradients(Importance importance);

/// A matrix of units, of this shape; without gradients where these are not needed.
struct ImportanceMember {
  llvm::ArrayRef<int64_t> shape;
  const UnitAxis &units;
  llvm::ArrayRef<float> weights, mean, square;
};

/// Adds what a matrix says of each unit.
void addImportance(llvm::MutableArrayRef<double> scores, Importance importance,
                   const ImportanceMember &member);

/// A number in [0, 1) for each unit, that follows from seed, name and place.
std::vector<double> randomScores(int64_t units, int64_t seed, llvm::StringRef name);

} // namespace retort

#endif
