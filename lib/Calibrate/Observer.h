// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Adds up what the weights of a model are multiplied with.
#ifndef RETORT_LIB_CALIBRATE_OBSERVER_H
#define RETORT_LIB_CALIBRATE_OBSERVER_H

#include "lib/Calibrate/Accumulator.h"
#include "lib/Calibrate/Sample.h"
#include "lib/Calibrate/StreamObserver.h"
#include "lib/Pipeline/OpenModel.h"

namespace retort {

class Observer {
public:
  /// Large sums may be written to `folder`. `observed` outlives the observer.
  Observer(const ObservedModel &observed, KeptSums kept, llvm::StringRef folder);
  /// Takes the activations of one call.
  void observe(const std::vector<runtime::Tensor> &outputs, const CountedRows &rows);
  /// The sums so far, and back. False where they are of other activations.
  void save(llvm::raw_ostream &stream) const;
  bool load(llvm::StringRef &bytes);
  /// What was observed, in arrays of this object.
  std::vector<StatisticsRecord> records();
  /// How alike the residual stream is before and behind its segments.
  std::vector<StreamCosine> segments() const;

  bool isHeld = false;
  std::string problem; ///< of the first call that had one

private:
  /// One set of weights, and what it was multiplied with so far.
  struct Observation {
    const ExposedActivations *exposed;
    int64_t inputs;
    Accumulator fitted, held;
  };

  /// Some segments of the residual stream.
  struct StreamObservation {
    ExposedSegments exposed;
    int64_t width;
    CosineSum sum;
  };

  std::vector<Observation> all;
  std::vector<StreamObservation> stream;
};

} // namespace retort

#endif
