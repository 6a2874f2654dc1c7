// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What methods that train have in common.
#include "lib/Train/TrainStudent.h"
#include "lib/Differentiate/LearnedConstants.h"
#include "lib/Statistics/WeightStatistics.h"
#include "lib/Train/Teacher.h"
#include "lib/Weights/LinearWeights.h"
#include "lib/Weights/Remark.h"

#include "dialects/Compress/WeightExpression.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"
#include "dialects/Onnx/Weights.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace retort;

Student retort::studentOf(ModuleOp module, IRMapping &map) {
  Student student;
  student.module = cast<ModuleOp>(module->clone(map));
  return student;
}

Operation *retort::inStudent(const IRMapping &map, Operation *constant) {
  return map.lookup(constant->getResult(0)).getDefiningOp();
}

void retort::trainConstants(Student &student, const IRMapping &map,
                            ArrayRef<Operation *> constants) {
  for (Operation *op : constants) {
    bool isMatrix = cast<RankedTensorType>(op->getResult(0).getType()).getRank() > 1;
    // Decay would pull the scale of a norm away from 1.
    student.constants.push_back(
        {inStudent(map, op), 1, /*decays=*/isMatrix, /*keepsZeros=*/isMatrix});
  }
}

Value retort::createFloats(OpBuilder &builder, Location loc, StringRef name,
                           ArrayRef<int64_t> shape, ArrayRef<float> numbers) {
  auto type = RankedTensorType::get(shape, builder.getF32Type());
  ElementsAttr value = onnx::makeConstant(type, name, [&](MutableArrayRef<char> bytes) {
    compress::encodeFloats(builder.getF32Type(), numbers, bytes.data());
  });
  return onnx::InitializerOp::create(builder, loc, type, name, value, {});
}

Value retort::addTrained(Student &student, Operation *before, StringRef name,
                         ArrayRef<int64_t> shape, ArrayRef<float> numbers, double rate) {
  OpBuilder builder(before);
  Value constant = createFloats(builder, before->getLoc(), name, shape, numbers);
  student.constants.push_back(
      {constant.getDefiningOp(), rate, /*decays=*/false, /*keepsZeros=*/false});
  return constant;
}

func::FuncOp retort::graphToTrain(ModuleOp module, StringRef method) {
  auto graph = module.lookupSymbol<func::FuncOp>("main");
  if (graph && !graph.isExternal())
    return graph;
  module.emitError() << "'" << method << "' expects a function 'main'";
  return {};
}

/// "STEP LOSS HELD-OUT RATE, ...", as the ledger keeps it.
static std::string curveOf(const TrainingResult &result) {
  std::vector<std::string> points;
  for (const TrainingPoint &point : result.curve)
    points.push_back(std::to_string(point.step) + " " + shortNumber(point.loss) + " " +
                     shortNumber(point.heldOut) + " " + shortNumber(point.rate));
  return llvm::join(points, ", ");
}

static void report(ModuleOp module, StringRef method, const TrainingResult &result) {
  using remark::metric;
  auto options = remark::RemarkOpts::name(method).category("compress");
  bool isBetter = !result.values.empty();
  auto said = isBetter ? remark::passed(module.getLoc(), options)
                       : remark::missed(module.getLoc(), options);
  if (!isBetter)
    said << remark::reason("the untrained model has the least loss on what was held out");
  said << metric("held_out_before", result.before) << metric("held_out_after", result.best)
       << metric("best_step", result.bestStep) << metric("steps", result.steps)
       << metric("tokens", result.tokens) << metric("seconds", result.seconds)
       << metric("curve", curveOf(result));
  if (result.hiddenStates)
    said << metric("hidden_states", result.hiddenStates);
  if (!result.note.empty())
    said << metric("note", result.note);
}

LogicalResult retort::emitCannotTrain(ModuleOp module, StringRef method) {
  return module.emitError() << "'" << method
                            << "' trains a model, which runs in Retort's tools and in hosts that "
                               "load libRetortTrain.so";
}

const TrainsModels *retort::trainingHost(ModuleOp module, StringRef method) {
  const TrainsModels *host = TrainsModels::of(module);
  if (!host)
    (void)emitCannotTrain(module, method);
  return host;
}

FailureOr<TrainingResult> retort::trainStudent(ModuleOp module, StringRef method, Student student,
                                               const TrainingOptions &options) {
  const TrainsModels *host = trainingHost(module, method);
  if (!host)
    return failure();
  if (student.constants.empty())
    return module.emitError() << "'" << method
                              << "' expects something to train, found no constant "
                                 "that the logits follow from";
  FailureOr<OwningOpRef<ModuleOp>> teacher = teacherOf(module, options.teacher);
  if (failed(teacher))
    return failure();
  auto result = host->train(std::move(student), **teacher, options);
  if (!result)
    return module.emitError() << "'" << method << "': " << llvm::toString(result.takeError());
  report(module, method, *result);
  if (!result->values.empty())
    markStale(module, method);
  return std::move(*result);
}

FailureOr<double> retort::heldOutLoss(ModuleOp module, StringRef method,
                                      const TrainingOptions &options) {
  const TrainsModels *host = trainingHost(module, method);
  func::FuncOp graph = host ? graphToTrain(module, method) : func::FuncOp();
  if (!graph)
    return failure();
  SmallVector<Operation *> learned = learnedConstants(graph);
  FailureOr<OwningOpRef<ModuleOp>> teacher = teacherOf(module, options.teacher);
  if (failed(teacher))
    return failure();
  IRMapping map;
  Student student = studentOf(module, map);
  trainConstants(student, map, ArrayRef(learned).take_front(1));
  TrainingOptions measuring = options;
  measuring.steps = 0;
  measuring.checkpoint.clear();
  auto result = host->train(std::move(student), **teacher, measuring);
  if (!result)
    return module.emitError() << "'" << method << "': " << llvm::toString(result.takeError());
  return result->before;
}

void retort::setNumbers(Operation *constant, ArrayRef<float> numbers) {
  auto type = cast<RankedTensorType>(constant->getResult(0).getType());
  auto element = cast<FloatType>(type.getElementType());
  constant->setAttr("value", onnx::makeConstant(type, onnx::valueName(constant->getResult(0)),
                                                [&](MutableArrayRef<char> bytes) {
                                                  compress::encodeFloats(element, numbers,
                                                                         bytes.data());
                                                }));
}

int64_t retort::widthOfModel(ModuleOp module) {
  int64_t width = 128;
  module.walk([&](Operation *op) {
    if (op->getNumResults() != 1 || !compress::WeightExpression::of(op->getResult(0)))
      return;
    WeightRoles roles = rolesOf(op->getResult(0));
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    if (roles.output && roles.inputAxis >= 0)
      width = type.getDimSize(roles.inputAxis);
  });
  return width;
}
