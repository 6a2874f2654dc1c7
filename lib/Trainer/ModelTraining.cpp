// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Trains models for the methods of a context.
#include "lib/Trainer/ModelTraining.h"
#include "lib/Statistics/ContentHash.h"
#include "lib/Trainer/CompiledObjective.h"
#include "lib/Trainer/LossInParts.h"
#include "lib/Trainer/Optimizer.h"
#include "lib/Trainer/Trainer.h"
#include "lib/Trainer/TrainingData.h"
#include "lib/Trainer/TrainingState.h"

#include "dialects/Retort/Retort.h"

#include "llvm/Support/raw_ostream.h"

#include <unistd.h>

using namespace mlir;
using namespace retort;

namespace {
class TrainsInProcess : public TrainsModels {
public:
  TrainsInProcess(Dialect *dialect, ReportTraining report)
      : TrainsModels(dialect), report(std::move(report)) {}

  llvm::Expected<TrainingResult> train(Student student, ModuleOp teacher,
                                       const TrainingOptions &options) const override;
  llvm::Error gradients(Student student, ModuleOp teacher, const TrainingOptions &options,
                        int64_t samples, SeeGradients see) const override;

private:
  ReportTraining report;
};
} // namespace

/// Beside parameters and data, what a checkpoint belongs to. Reads all weights.
static std::string identityOf(const Student &student, ModuleOp teacher,
                              const TrainingOptions &options) {
  if (options.checkpoint.empty())
    return "";
  return contentHash(*student.module) + "/" + (teacher ? contentHash(teacher) : "");
}

/// As GradientSpec has it.
static int64_t bytesToKeep(const TrainingOptions &options) {
  if (options.recompute != "auto")
    return options.recompute == "block" ? 0 : -1;
  if (options.memory > 0)
    return options.memory << 20;
  return int64_t(sysconf(_SC_AVPHYS_PAGES)) * sysconf(_SC_PAGESIZE) / 2;
}

static llvm::Expected<std::unique_ptr<CompiledObjective>>
compileObjective(Student student, ModuleOp teacher, const TrainingData &data) {
  const TrainingOptions &options = data.options;
  ObjectiveSpec spec;
  spec.context = options.context;
  spec.loss = {options.loss, options.temperature, options.beta, options.mix, options.topK};
  spec.hidden = options.hidden;
  spec.hasNames = options.teacher == "before" || options.teacher == "base";
  spec.mostBytes = bytesToKeep(options);
  auto objective = CompiledObjective::create(std::move(student), teacher, spec);
  if (!objective)
    return objective;
  // Where the type of the graph says nothing of it, this is known only now.
  if (llvm::Error error =
          data.expectLogits(options.loss == "rows" ? INT64_MAX : (*objective)->vocabulary()))
    return std::move(error);
  return objective;
}

/// What an objective trains beside them is none of a method's business.
static AfterStep ofConstants(AfterStep afterStep, size_t count) {
  if (!afterStep)
    return {};
  return [afterStep = std::move(afterStep), count](int64_t step,
                                                   MutableArrayRef<std::vector<float>> values,
                                                   ArrayRef<std::vector<float>> gradient) {
    return afterStep(step, values.take_front(count), gradient.take_front(count));
  };
}

llvm::Expected<TrainingResult> TrainsInProcess::train(Student student, ModuleOp teacher,
                                                      const TrainingOptions &options) const {
  auto data = openData(*student.module, teacher, options);
  if (!data)
    return data.takeError();
  auto plan = WindowPlan::create(*data->data, data->heldOut.get(), data->options);
  if (!plan)
    return plan.takeError();
  std::string identity = identityOf(student, teacher, options);
  size_t constants = student.constants.size();
  AfterStep afterStep = ofConstants(std::move(student.afterStep), constants);
  auto objective = compileObjective(std::move(student), teacher, *data);
  if (!objective)
    return objective.takeError();
  auto result = trainParameters(
      **objective, {*plan, data->options, std::move(identity), report, std::move(afterStep)});
  if (!result)
    return result;
  result->hiddenStates = (*objective)->heldStates();
  if (!result->values.empty())
    result->values.resize(constants);
  return result;
}

llvm::Error TrainsInProcess::gradients(Student student, ModuleOp teacher,
                                       const TrainingOptions &options, int64_t samples,
                                       SeeGradients see) const {
  auto data = openData(*student.module, teacher, options);
  if (!data)
    return data.takeError();
  int64_t length = data->options.context, size = data->data->size();
  if (size < samples * length)
    return llvm::createStringError("'" + data->data->name() + "' has " + llvm::Twine(size) +
                                   " tokens: expects at least " + llvm::Twine(samples * length) +
                                   ", " + llvm::Twine(samples) + " windows of " +
                                   llvm::Twine(length));
  auto objective = compileObjective(std::move(student), teacher, *data);
  if (!objective)
    return objective.takeError();
  ParameterValues values = startOf((*objective)->parameters()),
                  gradient = zerosOf((*objective)->parameters());
  for (int64_t i = 0; i < samples; ++i) {
    auto loss = gradientInParts(**objective, windowAt(*data->data, i * length, length), 1, values,
                                gradient, [] { return llvm::Error::success(); });
    if (!loss)
      return loss.takeError();
    SmallVector<ArrayRef<float>> views(gradient.begin(), gradient.end());
    if (llvm::Error error = see(*loss, views))
      return error;
  }
  return llvm::Error::success();
}

static void printNews(const TrainingProgress &progress) {
  if (progress.isNews)
    llvm::errs() << progress.line() << "\n";
}

namespace {
struct GivesTraining : DialectExtension<GivesTraining, RetortDialect> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(GivesTraining)

  explicit GivesTraining(ReportTraining report) : report(std::move(report)) {}
  void apply(MLIRContext *, RetortDialect *dialect) const override {
    dialect->addInterface(std::make_unique<TrainsInProcess>(dialect, report));
  }

  ReportTraining report;
};
} // namespace

void retort::registerTraining(DialectRegistry &registry, ReportTraining report) {
  registry.addExtension(TypeID::get<GivesTraining>(),
                        std::make_unique<GivesTraining>(report ? std::move(report) : printNews));
}
