// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The gradient of a loss by weights, over samples.
#include "lib/Compress/PruneStructured/MeasuredGradients.h"
#include "lib/Train/TrainStudent.h"

using namespace mlir;
using namespace retort;

FailureOr<MeasuredGradients> MeasuredGradients::of(ModuleOp module, StringRef method,
                                                   ArrayRef<LinearWeight> weights,
                                                   const ImportanceOptions &options) {
  MeasuredGradients result;
  result.options = options;
  if (!needsGradients(options.importance))
    return result;
  const TrainsModels *host = trainingHost(module, method);
  if (!host || !graphToTrain(module, method))
    return failure();
  IRMapping map;
  Student student = studentOf(module, map);
  std::vector<Moments *> order;
  SmallVector<Operation *> constants;
  for (const LinearWeight &weight : weights)
    if (weight.values.isPlain())
      constants.push_back(weight.op);
  trainConstants(student, map, constants);
  for (Operation *op : constants) {
    auto size = size_t(cast<RankedTensorType>(op->getResult(0).getType()).getNumElements());
    result.moments[op] = {std::vector<float>(size), std::vector<float>(size)};
  }
  for (Operation *op : constants)
    order.push_back(&result.moments[op]);
  TrainingOptions training;
  training.data = options.data;
  training.context = options.context;
  training.loss = "ce";
  auto share = float(1.0 / double(options.samples));
  auto see = [&](double, ArrayRef<ArrayRef<float>> gradients) {
    for (auto [sums, gradient] : llvm::zip_equal(order, gradients))
      for (size_t i = 0; i < gradient.size(); ++i) {
        sums->mean[i] += share * gradient[i];
        sums->square[i] += share * gradient[i] * gradient[i];
      }
    return llvm::Error::success();
  };
  if (llvm::Error error =
          host->gradients(std::move(student), module, training, options.samples, see))
    return module.emitError() << "'" << method << "': " << llvm::toString(std::move(error));
  return result;
}

void MeasuredGradients::add(std::vector<double> &scores, const LinearWeight &weight,
                            const UnitAxis &units) const {
  auto found = moments.find(weight.op);
  std::vector<float> numbers = weight.floats();
  ImportanceMember member{weight.type().getShape(), units, numbers, {}, {}};
  if (found != moments.end()) {
    member.mean = found->second.mean;
    member.square = found->second.square;
  }
  addImportance(scores, options.importance, member);
}

std::vector<double> MeasuredGradients::scoresOf(const ChannelGroup &group,
                                                const LinearWeight &consumer,
                                                ArrayRef<LinearWeight *> producers) const {
  if (options.importance == Importance::Random)
    return randomScores(group.units, options.seed, consumer.name());
  std::vector<double> scores(group.units);
  add(scores, consumer, group.consumed);
  for (LinearWeight *producer : producers)
    add(scores, *producer, group.constants.find(producer->op->getResult(0))->second);
  return scores;
}
