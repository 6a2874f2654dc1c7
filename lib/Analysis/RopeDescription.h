// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a rotary embedding of a model is: its frequencies, told from its tables.
#ifndef RETORT_LIB_ANALYSIS_ROPEDESCRIPTION_H
#define RETORT_LIB_ANALYSIS_ROPEDESCRIPTION_H

#include "dialects/Llm/Llm.h"
#include "lib/Analysis/Samples.h"
#include "lib/Support/Refusal.h"

namespace retort {

/// On an llm.rope whose frequencies follow from the length of the text: keys that it turns are kept
/// as they were before, and turn when an attention reads them.
inline constexpr llvm::StringLiteral followsLengthAttr = "llm.follows_length";

/// Frequencies that are `first * base^(-2k / width)` for pair k (RoFormer, 2104.09864,
/// section 3.2.2, with first = 1; position interpolation by a factor s, 2306.15595, has first = 1 /
/// s).
struct PowerLaw {
  double first, base;
};

struct RopeDescription {
  bool interleaved = false;
  int64_t width = 0;    ///< coordinates that turn
  int64_t headSize = 0; ///< coordinates of a head; 0: not known
  /// The length of (cos, sin): the attention factor of YaRN (2309.00071, eq. 22), 1 without one.
  double amplitude = 1;
  /// Radians per position, one for each pair, within 1e-6 of what the tables were made of.
  std::vector<double> frequencies;
  /// The law that all frequencies follow within 1e-5; none for YaRN, Llama 3 and LongRoPE, which
  /// bend it.
  std::optional<PowerLaw> law;
  /// The first position for which the tables have no row; nullopt: they are computed, and have one
  /// for any.
  std::optional<int64_t> limit;
  /// i64 or another number type, one element for each row or for each row and part of the batch, in
  /// any shape; null where the tables tell of none (they are constants without look-up, or depend
  /// on the length).
  mlir::Value positions;
  /// Whether a row of the tables follows from its position alone. If not (dynamic NTK), the
  /// frequencies are those of short texts.
  bool rowStable = true;

  /// Alike in everything but the value that holds the positions.
  bool operator==(const RopeDescription &other) const;
};

/// Evaluates the tables of a rotary embedding at positions 0, 1, 2 ... Declines where
/// they depend on the data of the text, cannot be evaluated, or turn pairs by no constant
/// frequency. `samples` must be made of the function as it is.
llvm::FailureOr<RopeDescription> describeRope(llm::RopeOp op, Samples &samples, Refusal &refusal);

/// The law that the frequencies follow within `tolerance`, relative.
std::optional<PowerLaw> fitPowerLaw(llvm::ArrayRef<double> frequencies, double tolerance = 1e-5);

} // namespace retort

#endif
