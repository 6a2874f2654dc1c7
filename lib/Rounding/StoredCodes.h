// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A weight that was rounded, as the matrix that solvers see.
#ifndef RETORT_LIB_ROUNDING_STOREDCODES_H
#define RETORT_LIB_ROUNDING_STOREDCODES_H

#include "lib/Rounding/CodeForm.h"
#include "lib/Support/Refusal.h"
#include "lib/Weights/LinearWeights.h"

namespace retort {

/// Codes and scales of DequantizeLinear, compress.dequantize or compress.decode_levels, whoever
/// wrote them.
class StoredCodes {
public:
  /// nullopt, with the reason, where groups of the inputs of an output have no scale of their own.
  static std::optional<StoredCodes> of(const LinearWeight &weight, Refusal &why);

  /// `weights` are for the caller to fill in: what the codes should stand for.
  GroupedMatrix matrix;

  /// The form that the codes have; nullopt, with the reason, where CodeForm has none
  /// such: zero points beside signed codes.
  std::optional<CodeForm> form(const LinearWeight &weight, Refusal &why) const;

  /// Puts the scales of the matrix in place of those in the graph; codes stay.
  void storeScales(const LinearWeight &weight) const;

private:
  /// The element of the table of scales that a group has.
  std::vector<int64_t> entries;
};

/// In the order of the rows: the numbers of a tensor of the weight's type.
std::vector<float> rowsOf(const LinearWeight &weight, llvm::ArrayRef<float> elements);

} // namespace retort

#endif
