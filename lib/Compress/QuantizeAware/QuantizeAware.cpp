// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Trains a model with rounded weights, and writes their codes.
//
//   %w = onnx.initializer "w" ... : tensor<64x172xf32>
//   ==> compress-quantize-aware{bits=3 group-size=32 data=stories.tokens}
//   %codes = onnx.initializer "w_quantized" ... : tensor<64x172xi3>
//   %scales = onnx.initializer "w_scale" ... : tensor<2x172xf32>
//   %w = compress.dequantize(%codes, %scales) {axis = 0 : i64, block_size = 32 : i64}
//
// 1. In a copy of the module each weight is followed by its rounding (FakeWeight).
// 2. All that the copy has learned is trained beside the model as it was.
// 3. Codes of the weights and the other numbers come back.
#include "lib/Compress/QuantizeAware/FakeActivations.h"
#include "lib/Compress/QuantizeAware/FakeWeight.h"
#include "lib/Compress/QuantizeAware/StartOfScales.h"
#include "lib/Differentiate/LearnedConstants.h"
#include "lib/Train/TrainingPass.h"
#include "lib/Train/TrainingRates.h"
#include "lib/Weights/Remark.h"

#include "dialects/Compress/Compress.h"
#include "dialects/Llm/Llm.h"
#include "dialects/Onnx/ValueNames.h"
#include "dialects/Retort/Retort.h"

#include "mlir/Pass/Pass.h"

namespace retort {
#define GEN_PASS_DECL
#define GEN_PASS_DEF_QUANTIZEAWAREPASS
#include "lib/Compress/QuantizeAware/QuantizeAware.h.inc"
} // namespace retort

using namespace mlir;
using namespace retort;

namespace {
struct QuantizeAwarePass : TrainingPass<retort::impl::QuantizeAwarePassBase<QuantizeAwarePass>> {
  using TrainingPass::TrainingPass;
  void runOnOperation() override;

private:
  LogicalResult checkOptions();
  CodeForm form() const {
    return {{unsigned(bits), symmetric}, groupSize, /*isLevels=*/false, scales == "f16"};
  }
  FailureOr<std::vector<FakeWeight>> selectWeights(ArrayRef<Operation *> learned);
  FailureOr<std::vector<FakeWeight>> selectCodes();
  LogicalResult roundOthers(Student &student, ArrayRef<Operation *> copies);
  void writeBack(const TrainingResult &result, ArrayRef<Operation *> learned,
                 std::vector<FakeWeight> &weights);
};
} // namespace

LogicalResult QuantizeAwarePass::checkOptions() {
  ModuleOp module = getOperation();
  if (bits < 2 || bits > 8)
    return module.emitError() << "expects 'bits' from 2 to 8, found " << int64_t(bits);
  if (groupSize < 0)
    return module.emitError() << "expects a 'group-size' of 0 or more, found "
                              << int64_t(groupSize);
  if (scale != "fixed" && scale != "learned")
    return module.emitError() << "expects 'scale' to be fixed or learned, found '" << scale << "'";
  if (init != "rtn" && init != "gptq" && init != "codes")
    return module.emitError() << "expects 'init' to be rtn, gptq or codes, found '" << init << "'";
  if (init != "rtn" && scale == "fixed")
    return module.emitError() << "expects 'init=" << init
                              << "' with 'scale=learned': fixed scales follow the weights";
  if (scales != "f32" && scales != "f16")
    return module.emitError() << "expects 'scales' to be f32 or f16, found '" << scales << "'";
  for (auto &[name, width] :
       {std::pair<StringRef, int64_t>("activations", activations), {"kv", kv}})
    if (width != 0 && (width < 2 || width > 8))
      return module.emitError() << "expects '" << name << "' of 0, or from 2 to 8 bits, found "
                                << width;
  return success();
}

/// Why the method does not take a weight; empty where it does.
static StringRef whyNot(const LinearWeight &weight, const CodeForm &form,
                        ArrayRef<Operation *> learned) {
  if (weight.values.isQuantized())
    return "quantized already";
  if (!weight.values.isPlain())
    return "is written as an expression: plain weights are trained";
  if (!llvm::is_contained(learned, weight.op))
    return "is no constant of its own that the model has learned";
  return form.whyNot(weight);
}

FailureOr<std::vector<FakeWeight>> QuantizeAwarePass::selectWeights(ArrayRef<Operation *> learned) {
  auto selected = selectLinearWeights(getOperation(), getArgument(), include, exclude);
  if (failed(selected))
    return failure();
  std::vector<FakeWeight> weights;
  for (LinearWeight &weight : *selected) {
    if (StringRef reason = whyNot(weight, form(), learned); !reason.empty())
      weightMissed(weight.loc(), getArgument(), weight.name()) << remark::reason("{0}", reason);
    else if (failed(weight.checkFinite()))
      return failure();
    else
      weights.emplace_back(std::move(weight), form());
  }
  if (scale == "learned") {
    StartOfScales start(getOperation(), getArgument(), form());
    if (init == "gptq" && failed(start.readStatistics()))
      return failure();
    for (FakeWeight &weight : weights)
      weight.learnFrom(start.of(weight.weight()));
  }
  return weights;
}

/// Weights that consist of codes become floats, which `learnedConstants` finds from then on.
FailureOr<std::vector<FakeWeight>> QuantizeAwarePass::selectCodes() {
  auto selected = selectLinearWeights(getOperation(), getArgument(), include, exclude);
  auto originals = OriginalWeights::of(getOperation(), /*path=*/"");
  if (failed(selected) || failed(originals))
    return failure();
  std::vector<FakeWeight> weights;
  for (LinearWeight &weight : *selected) {
    std::string name = weight.name().str();
    Location loc = weight.loc();
    Refusal why;
    if (!weight.values.isQuantized())
      why = "is not made of codes";
    else if (auto fake = FakeWeight::ofCodes(weight, *originals, why)) {
      weights.push_back(std::move(*fake));
      continue;
    }
    weightMissed(loc, getArgument(), name) << remark::reason("{0}", why.reason);
  }
  return weights;
}

/// Of a weight, on average.
static double bitsOf(ArrayRef<FakeWeight> weights) {
  double bits = 0, count = 0;
  for (const FakeWeight &weight : weights) {
    auto size = double(weight.weight().type().getNumElements());
    bits += size * weight.bits();
    count += size;
  }
  return bits / count;
}

/// What is written are codes of weights: who runs them rounds the rest, or not.
LogicalResult QuantizeAwarePass::roundOthers(Student &student, ArrayRef<Operation *> copies) {
  auto options = remark::RemarkOpts::name(getArgument()).category("compress");
  ModuleOp module = getOperation();
  auto tell = [&](StringRef what, int64_t width, int64_t count, StringRef each) {
    remark::missed(module.getLoc(), options)
        << remark::reason("{0} are rounded to {1} bits while the model trains, at {2} places; the "
                          "model as written rounds weights alone: who runs it would round {0} with "
                          "a scale for each {3}, max|x| / (2^{4} - 1/2)",
                          what, width, count, each, width - 1);
  };
  if (activations > 0)
    tell("inputs of products", activations, roundActivations(copies, activations), "token");
  if (kv == 0)
    return success();
  int64_t count = roundKeysAndValues(*student.module, kv);
  if (count == 0)
    return module.emitError() << "'" << getArgument()
                              << "' with 'kv' expects attention that is recognized, found none";
  tell("keys, behind their rotation, and values", kv, count, "token and head");
  return success();
}

void QuantizeAwarePass::writeBack(const TrainingResult &result, ArrayRef<Operation *> learned,
                                  std::vector<FakeWeight> &weights) {
  llvm::DenseSet<Operation *> rounded;
  for (FakeWeight &weight : weights)
    rounded.insert(weight.weight().op);
  for (auto [op, numbers] : llvm::zip(learned, result.values)) {
    if (rounded.contains(op))
      continue;
    auto view = *onnx::ConstantView::of(op->getResult(0));
    uint64_t bytes = uint64_t(onnx::encodedBytes(view.type()));
    WeightChange change{bytes, bytes, relativeError(view.floats(0, view.size()), numbers)};
    weightPassed(op->getLoc(), getArgument(), onnx::valueName(op->getResult(0)), change);
    setNumbers(op, numbers);
  }
  for (FakeWeight &weight : weights)
    weight.write(result.values, getArgument());
}

void QuantizeAwarePass::runOnOperation() {
  ModuleOp module = getOperation();
  FailureOr<TrainingOptions> training = trainingOptions();
  func::FuncOp graph = graphToTrain(module, getArgument());
  if (failed(training) || failed(checkOptions()) || !graph)
    return signalPassFailure();
  bool hasCodes = init == "codes";
  auto weights = hasCodes ? selectCodes() : FailureOr<std::vector<FakeWeight>>();
  SmallVector<Operation *> learned = learnedConstants(graph);
  if (!hasCodes)
    weights = selectWeights(learned);
  if (failed(weights))
    return signalPassFailure();
  if (weights->empty()) // remarks tell why
    return;
  if (training->learningRate == 0)
    training->learningRate = hasCodes ? rateOfFittedCodes(module, bitsOf(*weights))
                                      : rateOfWeights(module) * (bits >= 3 ? .5 : 1);
  IRMapping map;
  Student student = studentOf(module, map);
  trainConstants(student, map, learned);
  SmallVector<Operation *> copies;
  for (const FakeWeight &weight : *weights)
    copies.push_back(inStudent(map, weight.weight().op));
  if (failed(roundOthers(student, copies)))
    return signalPassFailure();
  for (FakeWeight &weight : *weights)
    weight.insert(student, llvm::find(learned, weight.weight().op) - learned.begin());
  auto result = trainStudent(module, getArgument(), std::move(student), *training);
  if (failed(result))
    return signalPassFailure();
  writeBack(*result, learned, *weights);
}
