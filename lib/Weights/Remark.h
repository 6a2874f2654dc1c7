// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The remarks of compression methods: what was done to one weight, or why nothing was.
#ifndef RETORT_LIB_WEIGHTS_REMARK_H
#define RETORT_LIB_WEIGHTS_REMARK_H

#include "lib/Weights/Magnitudes.h"

#include "mlir/IR/Remarks.h"

#include <cstdio>
#include <string>

namespace retort {

/// How far a compressed model may be from the original.
enum class Exactness {
  Exact,       ///< the same function
  Bounded,     ///< an error bound holds for every input
  Statistical, ///< measured on data alone
};

/// What a method did to one weight.
struct WeightChange {
  uint64_t bytesBefore = 0;
  uint64_t bytesAfter = 0;
  /// Frobenius norm of the difference, relative to that of the weight.
  double weightError = 0;
  Exactness exactness = Exactness::Statistical;
  /// Of the weight before, where the method saw its numbers.
  std::optional<Magnitudes> magnitudes = std::nullopt;
};

/// Says that `method` (the argument of its pass) changed the weight `name`. Append further metrics
/// with `<< mlir::remark::metric("key", value)`; the ledger keeps them under these keys. The name
/// is an argument of the remark, because remarks lose the names of locations.
mlir::remark::detail::InFlightRemark weightPassed(mlir::Location loc, llvm::StringRef method,
                                                  llvm::StringRef name, const WeightChange &change);

/// Says that `method` left the weight `name` alone; append `<< mlir::remark::reason(...)`, and a
/// suggestion if there is one.
mlir::remark::detail::InFlightRemark weightMissed(mlir::Location loc, llvm::StringRef method,
                                                  llvm::StringRef name);

/// In as few digits as a person would write: 1.5, 32, 1e-06.
inline std::string shortNumber(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", number);
  return text;
}

} // namespace retort

#endif
