// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// --progress: how far a command is, on stderr.
#ifndef RETORT_TOOLS_RETORT_PROGRESSBAR_H
#define RETORT_TOOLS_RETORT_PROGRESSBAR_H

#include "lib/Pipeline/Progress.h"
#include "tools/retort/ChoiceFlag.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace retort {

enum class ProgressMode { Auto, Plain, None };

/// What has been done of a row of phases. Their shares of the time are those of the exports that
/// the tests compile; a share that is wrong makes the time left wrong, not the phase.
class ProgressShares {
public:
  using Clock = std::chrono::steady_clock;

  void begin(llvm::StringRef phase, Clock::time_point now);
  void advance(double part, Clock::time_point now);

  llvm::StringRef phase() const { return name; }
  /// Of the compilation, or of a phase that is not one of its.
  double fraction() const;
  /// "emit [######    ]  62 %  3 s left"
  std::string line(Clock::time_point now) const;

private:
  std::string name;
  double first = 0, share = 1, done = 0;
  double known = 0; ///< what was done when `start` was
  bool hasAdvanced = false;
  Clock::time_point start;
};

/// On a terminal, a bar that is drawn anew while a command takes longer than two seconds; or a line
/// for each phase; or nothing. News are lines of their own in the first two.
class ProgressBar : public Progress {
public:
  explicit ProgressBar(Command &command);
  ~ProgressBar() override { finish(); }

  void begin(llvm::StringRef phase) override;
  void advance(double part) override;
  /// A line that stays, also where stderr is no terminal.
  void say(const std::string &line) override;
  void clear() override;
  /// The results follow.
  void finish();

private:
  void draw();
  void printLine();

  ChoiceFlag<ProgressMode> mode;
  std::mutex mutex;
  std::condition_variable wake;
  std::thread drawer;
  ProgressShares shares;
  ProgressShares::Clock::time_point shownFrom;
  int printed = 0; // tenths of the present phase
  bool finished = false, visible = false;
};

} // namespace retort

#endif
