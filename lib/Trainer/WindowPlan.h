// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which windows of a text a step reads.
//
// Window w of step s begins at a token that is a function of (seed, s, w): any of those from which
// a whole window lies in what is trained on. So nothing is kept of it, and a run that goes on reads
// what a straight one reads. As in `retort eval`, windows are cut from joined documents wherever
// they begin, and each token of a window but the first is predicted.
#ifndef RETORT_LIB_TRAINER_WINDOWPLAN_H
#define RETORT_LIB_TRAINER_WINDOWPLAN_H

#include "lib/Train/TrainingOptions.h"
#include "lib/Trainer/Objective.h"
#include "lib/Trainer/TokenSource.h"

namespace retort {

class WindowPlan {
public:
  /// States are measured on a 64th of as many windows as are trained on, within these bounds: with
  /// eight measurements that takes a tenth of the time.
  static constexpr int64_t fewestHeld = 16, mostHeld = 64;

  /// Of context (not 0), held-out, seed, and the number of windows that are trained on. Where
  /// `other` is null, a share of the end of the data is held out, at least one window; else that
  /// file. Held-out windows are cut one after the other. An error where there is no window to train
  /// on, or none to measure on. `data` outlives the plan.
  static llvm::Expected<WindowPlan> create(const TokenSource &data, const TokenSource *other,
                                           const TrainingOptions &options);

  TokenWindow window(int64_t step, int64_t place) const;
  /// Where it begins.
  int64_t firstOf(int64_t step, int64_t place) const;
  llvm::ArrayRef<TokenWindow> heldOut() const { return held; }
  int64_t context() const { return length; }
  /// Tokens from the begin of the data that are trained on; those behind them never are.
  int64_t trained() const { return end; }
  /// Of all that it reads.
  std::string hash() const { return content; }

private:
  const TokenSource *data;
  int64_t length, end;
  int64_t stride; ///< between tokens at which windows may begin
  uint64_t seed;
  std::vector<TokenWindow> held;
  std::string content;
};

/// Tokens [first, first + length), each of which but the first is predicted.
TokenWindow windowAt(const TokenSource &data, int64_t first, int64_t length);

} // namespace retort

#endif
