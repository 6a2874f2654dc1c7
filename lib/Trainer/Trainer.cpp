// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loop.
#include "lib/Trainer/Trainer.h"
#include "lib/Support/Interruption.h"
#include "lib/Trainer/Checkpoint.h"
#include "lib/Trainer/Fingerprint.h"
#include "lib/Trainer/LossInParts.h"
#include "lib/Trainer/Pace.h"
#include "lib/Trainer/Schedule.h"
#include "lib/Weights/Remark.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <limits>
#include <optional>

using namespace retort;

namespace {
class Training {
public:
  Training(Objective &objective, const TrainingRun &run, TrainingOptions options,
           std::unique_ptr<Optimizer> optimizer)
      : objective(objective), run(run), options(std::move(options)),
        optimizer(std::move(optimizer)), schedule(this->options),
        checkpoint(this->options.checkpoint,
                   fingerprintOf(objective.parameters(), run.plan, run.model, this->options)) {
    if (checkpoint.isKept())
      interruption.emplace();
  }

  llvm::Expected<TrainingResult> train();

private:
  llvm::Error begin();
  llvm::Error goOn();
  bool isMeasureDue() const;
  llvm::Error measure();
  llvm::Error noteStart(double loss);
  void notePoint(double loss);
  void forgetBest();
  llvm::Error makeStep();
  void change(double norm);
  void fail(const std::string &what);
  bool isOver() const;
  llvm::Error save();
  llvm::Error stopIfAsked();
  void report(bool isNews) const;
  TrainingResult finish();
  std::string whyOver() const;

  Objective &objective;
  const TrainingRun &run;
  TrainingOptions options; ///< without zeros that stand for something
  std::unique_ptr<Optimizer> optimizer;
  Schedule schedule;
  TrainingCheckpoint checkpoint;
  std::optional<Interruption> interruption;
  Pace pace;
  TrainingState state;
  ParameterValues gradient;
  double secondsBefore = 0; ///< of processes before this one
  double lastLoss = 0;
  int64_t saved = -1; ///< the step of the state in the file
};
} // namespace

llvm::Error Training::begin() {
  state.values = startOf(objective.parameters());
  state.optimizer = optimizer->start(objective.parameters());
  gradient = zerosOf(objective.parameters());
  if (options.resume) {
    auto loaded = checkpoint.load(state);
    if (!loaded)
      return loaded.takeError();
    secondsBefore = state.seconds;
    saved = *loaded ? state.step : -1;
  }
  return llvm::Error::success();
}

/// Of the state before the next step.
llvm::Error Training::measure() {
  double from = pace.elapsed();
  auto loss = lossInParts(objective, run.plan.heldOut(), size_t(options.batch), state.values,
                          [this] { return stopIfAsked(); });
  if (!loss)
    return loss.takeError();
  pace.addMeasurement(pace.elapsed() - from);
  state.measured = state.step;
  if (state.step == 0)
    return noteStart(*loss);
  if (std::isfinite(*loss))
    notePoint(*loss);
  else
    fail("held-out loss");
  return llvm::Error::success();
}

llvm::Error Training::noteStart(double loss) {
  state.before = state.heldOut = state.bestLoss = loss;
  if (std::isfinite(loss))
    return llvm::Error::success();
  return llvm::createStringError("expects a model whose loss is finite, found " +
                                 (std::isnan(loss) ? "nan" : shortNumber(loss)) +
                                 " on held-out windows before the first step");
}

void Training::notePoint(double loss) {
  state.heldOut = loss;
  double rate = state.rateFactor * schedule.rateOf(state.step - 1);
  double mean = state.lossCount ? state.lossSum / double(state.lossCount) : 0;
  state.curve.push_back({state.step, mean, loss, rate});
  state.lossSum = 0;
  state.lossCount = 0;
  ++state.notBetter;
  if (loss < state.bestLoss) {
    state.bestLoss = loss;
    state.bestStep = state.step;
    state.best = state.values;
    state.notBetter = 0;
  }
  report(/*isNews=*/true);
}

/// From here on the least loss is sought anew.
void Training::forgetBest() {
  state.bestLoss = std::numeric_limits<double>::infinity();
  state.best.clear();
  state.notBetter = 0;
}

/// Back to the best state, or to the end.
void Training::fail(const std::string &what) {
  if (++state.failures > 1) {
    state.note = llvm::formatv("ended behind step {0}: the {1} was not finite for a second time",
                               state.step, what);
    return;
  }
  state.rateFactor /= 2;
  state.values = state.best.empty() ? startOf(objective.parameters()) : state.best;
  state.optimizer = optimizer->start(objective.parameters());
  state.step = state.measured = state.bestStep;
  state.notBetter = 0;
  state.lossSum = 0;
  state.lossCount = 0;
  saved = -1;
  llvm::erase_if(state.curve,
                 [&](const TrainingPoint &point) { return point.step > state.bestStep; });
}

/// By a gradient of this norm.
void Training::change(double norm) {
  double scale = options.clip > 0 && norm > options.clip ? options.clip / norm : 1;
  double rate = state.rateFactor * schedule.rateOf(state.step);
  optimizer->update(objective.parameters(), gradient, scale, rate, state.values, state.optimizer);
}

llvm::Error Training::makeStep() {
  double from = pace.elapsed();
  std::vector<TokenWindow> windows;
  for (int64_t place = 0; place < options.batch * options.accumulate; ++place)
    windows.push_back(run.plan.window(state.step, place));
  auto loss = gradientInParts(objective, windows, size_t(options.batch), state.values, gradient,
                              [this] { return stopIfAsked(); });
  if (!loss)
    return loss.takeError();
  for (auto [parameter, each] : llvm::zip_equal(objective.parameters(), gradient))
    if (parameter.rate == 0)
      std::fill(each.begin(), each.end(), 0.0f);
  double norm = normOf(gradient);
  int64_t tokens = int64_t(windows.size()) * run.plan.context();
  state.tokens += tokens;
  if (!std::isfinite(*loss) || !std::isfinite(norm)) {
    fail(std::isfinite(*loss) ? "gradient" : "loss");
    return llvm::Error::success();
  }
  change(norm);
  ++state.step;
  if (run.afterStep && run.afterStep(state.step, state.values, gradient))
    forgetBest();
  state.lossSum += *loss;
  ++state.lossCount;
  lastLoss = *loss;
  pace.addStep(pace.elapsed() - from, tokens);
  report(/*isNews=*/pace.steps() == 2 && !isMeasureDue());
  return llvm::Error::success();
}

void Training::report(bool isNews) const {
  if (!run.report)
    return;
  int64_t last = options.steps / options.evaluateEvery, made = state.step / options.evaluateEvery;
  bool isRest = options.steps % options.evaluateEvery != 0;
  run.report({state.step, options.steps, lastLoss, state.heldOut, state.bestLoss,
              pace.tokensPerSecond(), pace.left(options.steps - state.step, last - made + isRest),
              isNews});
}

bool Training::isOver() const {
  return state.step >= options.steps || !state.note.empty() || !whyOver().empty();
}

std::string Training::whyOver() const {
  if (options.patience > 0 && state.notBetter >= options.patience)
    return llvm::formatv("ended behind step {0}: the last {1} measurements were no better",
                         state.step, state.notBetter);
  if (options.timeLimit > 0 && secondsBefore + pace.elapsed() >= options.timeLimit)
    return llvm::formatv("ended behind step {0}: 'time-limit' ({1} s) is over", state.step,
                         shortNumber(options.timeLimit));
  return "";
}

llvm::Error Training::save() {
  if (!checkpoint.isKept() || saved == state.step)
    return llvm::Error::success();
  state.seconds = secondsBefore + pace.elapsed();
  saved = state.step;
  return checkpoint.save(state);
}

/// Values are those of the last whole step: they change only behind all that may take long.
llvm::Error Training::stopIfAsked() {
  if (!interruption || !Interruption::isAsked())
    return llvm::Error::success();
  if (llvm::Error error = save())
    return error;
  return llvm::createStringError("interrupted: '" + checkpoint.file() +
                                 "' has what is done, and the same command goes on from there");
}

bool Training::isMeasureDue() const {
  bool isDue = state.step % options.evaluateEvery == 0 || state.step == options.steps;
  return isDue && state.measured != state.step;
}

llvm::Error Training::goOn() {
  while (true) {
    if (llvm::Error error = isMeasureDue() ? measure() : llvm::Error::success())
      return error;
    if (isOver())
      break;
    // So what cannot be written is told before the first step.
    if (state.step % options.saveEvery == 0)
      if (llvm::Error error = save())
        return error;
    if (llvm::Error error = makeStep())
      return error;
  }
  if (llvm::Error error = save())
    return error;
  // Where time is over, between two measurements: the file has the state before this one, for a run
  // that goes on measures what a straight one measures.
  bool isNew = state.measured != state.step && state.note.empty();
  return isNew ? measure() : llvm::Error::success();
}

TrainingResult Training::finish() {
  TrainingResult result;
  result.values = std::move(state.best);
  result.before = state.before;
  result.best = state.bestLoss;
  result.bestStep = state.bestStep;
  result.steps = state.step;
  result.tokens = state.tokens;
  result.seconds = secondsBefore + pace.elapsed();
  result.curve = std::move(state.curve);
  result.note = !state.note.empty() || state.step >= options.steps ? state.note : whyOver();
  return result;
}

llvm::Expected<TrainingResult> Training::train() {
  if (llvm::Error error = begin())
    return std::move(error);
  if (llvm::Error error = goOn())
    return std::move(error);
  return finish();
}

/// With what zeros stand for.
static TrainingOptions completed(TrainingOptions options) {
  int64_t eighth = std::max<int64_t>(options.steps / 8, 1);
  for (int64_t *every : {&options.evaluateEvery, &options.saveEvery})
    if (*every == 0)
      *every = eighth;
  return options;
}

llvm::Expected<TrainingResult> retort::trainParameters(Objective &objective,
                                                       const TrainingRun &run) {
  if (run.options.learningRate <= 0)
    return llvm::createStringError("expects 'learning-rate' above 0, found " +
                                   shortNumber(run.options.learningRate));
  auto optimizer = makeOptimizer(run.options);
  if (!optimizer)
    return optimizer.takeError();
  return Training(objective, run, completed(run.options), std::move(*optimizer)).train();
}
