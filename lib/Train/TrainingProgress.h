// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How far a training is, for those who watch it.
#ifndef RETORT_LIB_TRAIN_TRAININGPROGRESS_H
#define RETORT_LIB_TRAIN_TRAININGPROGRESS_H

#include <cstdint>
#include <functional>
#include <string>

namespace retort {

struct TrainingProgress {
  int64_t step = 0, steps = 0; ///< that are made, of all
  double loss = 0;             ///< of the last one
  double heldOut = 0;          ///< as it was measured last
  double best = 0;             ///< the least of those
  double tokensPerSecond = 0;  ///< of steps alone
  double secondsLeft = 0;      ///< with the measurements that are still to come
  /// Whether a user wants to read of it: the second step, from which the end can be told, and each
  /// measurement.
  bool isNews = false;

  /// "step 25 of 200: loss 2.0183, held out 1.9921, 5,700 tokens a second, 96 s left"
  std::string line() const;
};

/// Called behind each step; may be empty.
using ReportTraining = std::function<void(const TrainingProgress &)>;

} // namespace retort

#endif
