// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What passes that train share: the options of TrainingOptions.td as one struct.
//
//   class TunePass : public TrainingPass<impl::TunePassBase<TunePass>> {
//     using TrainingPass::TrainingPass;
//     void runOnOperation() override {
//       FailureOr<TrainingOptions> training = trainingOptions();
//       if (failed(training))
//         return signalPassFailure();
#ifndef RETORT_LIB_TRAIN_TRAININGPASS_H
#define RETORT_LIB_TRAIN_TRAININGPASS_H

#include "lib/Train/TrainingOptions.h"

#include "mlir/IR/Operation.h"
#include "llvm/Support/Error.h"

namespace retort {

/// An error that names the first option whose value is none, what it expects and what it found.
llvm::Error checkTrainingOptions(const TrainingOptions &options);

/// `Base` is what mlir-tblgen makes of a pass whose options hold TrainingOptions.
template <typename Base> class TrainingPass : public Base {
public:
  using Base::Base;

protected:
  /// What the user says. An error stands at the operation that the pass runs on.
  llvm::FailureOr<TrainingOptions> trainingOptions() {
    TrainingOptions options = readTrainingOptions();
    if (llvm::Error error = checkTrainingOptions(options))
      return this->getOperation()->emitError(llvm::toString(std::move(error)));
    return options;
  }

private:
  TrainingOptions readTrainingOptions() const;
};

template <typename Base> TrainingOptions TrainingPass<Base>::readTrainingOptions() const {
  TrainingOptions options;
  options.data = this->data;
  options.heldOut = this->heldOut;
  options.steps = this->steps;
  options.batch = this->batch;
  options.context = this->context;
  options.accumulate = this->accumulate;
  options.loss = this->loss;
  options.temperature = this->temperature;
  options.beta = this->beta;
  options.topK = this->topK;
  options.mix = this->mix;
  options.hidden = this->hidden;
  options.teacher = this->teacher;
  options.optimizer = this->optimizer;
  options.learningRate = this->learningRate;
  options.beta1 = this->beta1;
  options.beta2 = this->beta2;
  options.epsilon = this->epsilon;
  options.weightDecay = this->weightDecay;
  options.schedule = this->schedule;
  options.warmup = this->warmup;
  options.finalRate = this->finalRate;
  options.clip = this->clip;
  options.seed = this->seed;
  options.evaluateEvery = this->evaluateEvery;
  options.patience = this->patience;
  options.timeLimit = this->timeLimit;
  options.checkpoint = this->checkpoint;
  options.saveEvery = this->saveEvery;
  options.resume = this->resume;
  options.recompute = this->recompute;
  options.memory = this->memory;
  return options;
}

} // namespace retort

#endif
