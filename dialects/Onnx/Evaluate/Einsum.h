// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The equation of an Einsum: one label for each axis of each operand and of the result.
#ifndef RETORT_DIALECTS_ONNX_EVALUATE_EINSUM_H
#define RETORT_DIALECTS_ONNX_EVALUATE_EINSUM_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <vector>

namespace retort::onnx {

struct EinsumEquation {
  /// Labels are letters; the axes of an ellipsis become the digits that end at '9'.
  std::vector<std::string> operands;
  std::string output;

  /// nullopt where the equation does not fit operands of these ranks.
  static std::optional<EinsumEquation> parse(llvm::StringRef equation,
                                             llvm::ArrayRef<int64_t> ranks);
};

} // namespace retort::onnx

#endif
