// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What steps and measurements take, and so when a training ends.
#ifndef RETORT_LIB_TRAINER_PACE_H
#define RETORT_LIB_TRAINER_PACE_H

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace retort {

class Pace {
public:
  using Clock = std::chrono::steady_clock;

  /// Seconds since it was made.
  double elapsed() const { return std::chrono::duration<double>(Clock::now() - begin).count(); }
  /// The first one, which meets memory that is not there yet, counts where there is no other.
  void addStep(double seconds, int64_t tokens) {
    if (++stepCount == 2)
      stepSeconds = stepTokens = 0;
    stepSeconds += seconds;
    stepTokens += tokens;
  }
  void addMeasurement(double seconds) { measurementSeconds = seconds; }

  int64_t steps() const { return stepCount; } ///< of this process
  double tokensPerSecond() const { return stepSeconds > 0 ? double(stepTokens) / stepSeconds : 0; }
  double left(int64_t steps, int64_t measurements) const {
    double perStep = stepCount ? stepSeconds / double(std::max<int64_t>(stepCount - 1, 1)) : 0;
    return double(steps) * perStep + double(measurements) * measurementSeconds;
  }

private:
  Clock::time_point begin = Clock::now();
  double stepSeconds = 0, measurementSeconds = 0;
  int64_t stepTokens = 0, stepCount = 0;
};

} // namespace retort

#endif
