// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What may stand in the place of an attention and of the product behind it.
#ifndef RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_SUBSTITUTE_H
#define RETORT_LIB_COMPRESS_REPLACEATTENTIONBYRETENTION_SUBSTITUTE_H

#include "lib/Compress/ReplaceAttentionByRetention/AttentionSite.h"

#include <optional>
#include <vector>

namespace retort {

enum class SubstituteKind {
  Keep,          ///< the attention itself
  Delete,        ///< nothing
  Affine,        ///< an affine map of what the layer reads
  Window,        ///< attention to the last tokens
  SinksWindow,   ///< and to the first ones
  Retention,     ///< states that forget
  Hybrid,        ///< a window, and states beside it
  WindowAverage, ///< a window, and averages of all values beside it
};

/// As users write it.
llvm::StringRef nameOf(SubstituteKind kind);
std::optional<SubstituteKind> substituteNamed(llvm::StringRef name);
/// But for keeping it.
std::vector<SubstituteKind> allSubstitutes();

struct Substitute {
  SubstituteKind kind = SubstituteKind::Keep;
  int64_t sinks = 0, window = 0;
  int64_t rounds = 0;               ///< of decays
  std::vector<float> logDecays;     ///< rounds x G
  int64_t averages = 0;             ///< rounds of decays that no query asks for
  std::vector<float> averageDecays; ///< averages x G
  /// In place of the output projection, features x outputs: of merged heads, of what rounds of
  /// retention give (see Replacement::runSeparated), of averages, of what the layer reads. Empty
  /// where it stays, or nothing does.
  std::vector<float> weights;
  std::vector<float> bias; ///< outputs; empty where there is none

  bool isWindow() const {
    return kind == SubstituteKind::Window || kind == SubstituteKind::SinksWindow ||
           kind == SubstituteKind::Hybrid || kind == SubstituteKind::WindowAverage;
  }
  bool isRetention() const {
    return kind == SubstituteKind::Retention || kind == SubstituteKind::Hybrid;
  }
  /// Of f32 that a decode step keeps for a text of so many tokens.
  int64_t stateBytes(const AttentionSite &site, int64_t tokens) const;
};

/// Rounds of decays at most.
inline constexpr int64_t mostRounds = 8;

/// Numbers that one round of states holds, in bytes of f32.
int64_t bytesOfRound(const AttentionSite &site);
/// The same of one round of averages.
int64_t bytesOfAverage(const AttentionSite &site);

/// The sizes with which a kind keeps at most so many bytes, and as many of them as it can use;
/// nullopt where it cannot with so few. Nothing is fitted yet.
std::optional<Substitute> sizedSubstitute(SubstituteKind kind, const AttentionSite &site,
                                          int64_t stateBytes);

/// Writes it into the graph; `prefix` begins the names of constants. What is deleted makes zeros:
/// the layer's sum stays.
void applySubstitute(const AttentionSite &site, const Substitute &substitute,
                     llvm::StringRef prefix);

} // namespace retort

#endif
