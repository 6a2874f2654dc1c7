// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Training of what a model has, as it stands.
#include "lib/Train/TuneConstants.h"
#include "lib/Differentiate/LearnedConstants.h"
#include "lib/Train/TrainingRates.h"
#include "lib/Weights/LinearWeights.h"
#include "lib/Weights/Remark.h"

#include "dialects/Compress/Compress.h"
#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/Meaning.h"
#include "dialects/Onnx/Onnx.h"
#include "dialects/Onnx/ValueNames.h"
#include "dialects/Onnx/Weights.h"

#include "llvm/Support/Regex.h"

using namespace mlir;
using namespace retort;

static bool isVector(Operation *op) {
  return cast<RankedTensorType>(op->getResult(0).getType()).getRank() == 1;
}

static bool isRead(Operation *op, llvm::function_ref<bool(OpOperand &)> how) {
  return llvm::any_of(op->getResult(0).getUses(), how);
}

static bool isScale(Operation *op) {
  return isRead(op, [](OpOperand &use) {
    return use.getOperandNumber() == 1 &&
           isa<onnx::DequantizeLinearOp, compress::DequantizeOp>(use.getOwner());
  });
}

static bool isOfNorm(Operation *op) {
  return isVector(op) && isRead(op, [](OpOperand &use) {
           return isa<llm::RmsNormOp>(use.getOwner()) ||
                  use.getOwner()->hasTrait<onnx::Normalizes>();
         });
}

/// Of a product of two constants.
static bool isFactor(Operation *op) {
  return isRead(op, [](OpOperand &use) {
    auto product = dyn_cast<onnx::MatMulOp>(use.getOwner());
    return product && product.getA().getDefiningOp<onnx::InitializerOp>() &&
           product.getB().getDefiningOp<onnx::InitializerOp>();
  });
}

static FailureOr<std::function<bool(Operation *)>> kindNamed(ModuleOp module, StringRef method,
                                                             StringRef name) {
  using Test = std::function<bool(Operation *)>;
  if (name == "all")
    return Test([](Operation *) { return true; });
  if (name == "scales")
    return Test(isScale);
  if (name == "norms")
    return Test(isOfNorm);
  if (name == "biases")
    return Test([](Operation *op) { return isVector(op) && !isOfNorm(op) && !isScale(op); });
  if (name == "factors")
    return Test(isFactor);
  auto pattern = std::make_shared<llvm::Regex>(name);
  std::string why;
  if (!pattern->isValid(why)) {
    module.emitError() << "'" << method
                       << "' expects all, scales, norms, biases, factors or a regular expression "
                          "as 'parameters', found '"
                       << name << "': " << why;
    return failure();
  }
  return Test(
      [pattern](Operation *op) { return pattern->match(onnx::valueName(op->getResult(0))); });
}

FailureOr<SmallVector<Operation *>> retort::constantsToTune(ModuleOp module, StringRef method,
                                                            StringRef parameters) {
  func::FuncOp graph = graphToTrain(module, method);
  if (!graph)
    return failure();
  SmallVector<StringRef> names;
  parameters.split(names, ',');
  SmallVector<std::function<bool(Operation *)>> kinds;
  for (StringRef name : names) {
    auto kind = kindNamed(module, method, name.trim());
    if (failed(kind))
      return failure();
    kinds.push_back(*kind);
  }
  SmallVector<Operation *> found = learnedConstants(graph);
  llvm::erase_if(found, [&](Operation *op) {
    return llvm::none_of(kinds, [&](const auto &isOfKind) { return isOfKind(op); });
  });
  if (found.empty())
    return module.emitError() << "'" << method << "' expects constants that a model learns as "
                              << "'parameters', found none that are '" << parameters << "'";
  return found;
}

static void say(Operation *op, StringRef method, ArrayRef<float> before, ArrayRef<float> after) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  uint64_t bytes = uint64_t(onnx::encodedBytes(type));
  WeightChange change{bytes, bytes, relativeError(before, after)};
  auto remark = weightPassed(op->getLoc(), method, onnx::valueName(op->getResult(0)), change);
  if (int64_t zeros = type.getRank() > 1 ? llvm::count(before, 0.0f) : 0)
    remark << remark::metric("zeros_kept", zeros);
}

LogicalResult retort::tuneConstants(ModuleOp module, StringRef method,
                                    ArrayRef<Operation *> constants,
                                    const TrainingOptions &options) {
  IRMapping map;
  Student student = studentOf(module, map);
  trainConstants(student, map, constants);
  FailureOr<TrainingResult> result = trainStudent(module, method, std::move(student), options);
  if (failed(result))
    return failure();
  for (auto [op, numbers] : llvm::zip(constants, result->values)) {
    auto view = *onnx::ConstantView::of(op->getResult(0));
    say(op, method, view.floats(0, view.size()), numbers);
    setNumbers(op, numbers);
  }
  return success();
}

LogicalResult retort::tuneNamed(ModuleOp module, StringRef method, StringRef parameters,
                                TrainingOptions options) {
  auto constants = constantsToTune(module, method, parameters);
  if (failed(constants))
    return failure();
  if (options.learningRate == 0)
    options.learningRate = rateOfWeights(module);
  return tuneConstants(module, method, *constants, options);
}
