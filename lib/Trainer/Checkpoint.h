// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The file that an interrupted training goes on from.
//
// Layout: a line "RETORTT1 BYTES HASH", of the JSON behind it: {"training": what tells this
// training from others, "arrays": how many numbers follow, "hash": theirs, "state": TrainingState};
// and the arrays as f32, one parameter after the other: values, those of the optimizer, the best
// values where there are such.
#ifndef RETORT_LIB_TRAINER_CHECKPOINT_H
#define RETORT_LIB_TRAINER_CHECKPOINT_H

#include "lib/Trainer/TrainingState.h"

namespace retort {

class TrainingCheckpoint {
public:
  /// `path` may be empty: nothing is kept. `training` are words that tell a training from others.
  TrainingCheckpoint(std::string path, llvm::json::Object training)
      : path(std::move(path)), training(std::move(training)) {}

  bool isKept() const { return !path.empty(); }
  const std::string &file() const { return path; }

  /// Takes what an earlier run of this training left, into a state whose arrays have their sizes;
  /// false where there is no file. An error where the file is no checkpoint, damaged, or one of
  /// another training: it says what differs.
  llvm::Expected<bool> load(TrainingState &state) const;
  /// Takes the place of the file when it is complete. An error where it cannot be written, or where
  /// it would replace a file that is no checkpoint; what was there stays.
  llvm::Error save(const TrainingState &state) const;

private:
  llvm::Error checkTraining(const llvm::json::Object &other) const;

  std::string path;
  llvm::json::Object training;
};

} // namespace retort

#endif
