// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Measures the parts of a training step: TrainingBenchmark MODEL CONTEXT ROUNDS [LOSS
// [PARAMETERS]].
//
// In every round one window is read by the model alone, with its loss, and with the gradient of all
// constants that it learned, or of those whose names match PARAMETERS, one after the other.
// One line of JSON: medians of seconds, and of 10^9 multiply-adds times two a second of the probe.
#include "benchmark/Probe.h"
#include "lib/Differentiate/DeriveGradient.h"
#include "lib/Differentiate/LearnedConstants.h"
#include "lib/Pipeline/Compiler.h"
#include "lib/Run/InProcess.h"
#include "lib/Runtime/ReusedMemory.h"

#include "dialects/Onnx/ValueNames.h"
#include "dialects/Onnx/Weights.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/raw_ostream.h"

using namespace retort;
using namespace mlir;
using runtime::Tensor;

namespace {
struct Part {
  const char *name;
  std::unique_ptr<runtime::Model> code;
  std::vector<double> seconds;
};
} // namespace

template <typename T> static T orExit(llvm::Expected<T> value) {
  if (value)
    return std::move(*value);
  llvm::errs() << "error: " << llvm::toString(value.takeError()) << "\n";
  exit(1);
}

static std::unique_ptr<runtime::Model> compiled(FailureOr<OwningOpRef<ModuleOp>> module,
                                                const Refusal &refusal) {
  if (failed(module)) {
    llvm::errs() << "error: " << refusal.reason << "\n";
    exit(1);
  }
  return orExit(compileInProcess(std::move(*module), "native", runtime::reusedMemory()));
}

static double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

int main(int count, char **words) {
  if (count < 4) {
    llvm::errs() << "usage: TrainingBenchmark MODEL CONTEXT ROUNDS [LOSS [PARAMETERS]]\n";
    return 2;
  }
  CompileOptions options;
  Compiler compiler(options);
  if (llvm::Error error = compiler.compile(words[1], Phase::Recognize)) {
    llvm::errs() << "error: " << llvm::toString(std::move(error)) << "\n";
    return 1;
  }
  auto graph = compiler.module().lookupSymbol<func::FuncOp>("main");
  GradientSpec spec;
  spec.context = std::atoi(words[2]);
  spec.loss.kind = count > 4 ? words[4] : "ce";
  llvm::Regex pattern(count > 5 ? words[5] : ".");
  for (Operation *op : learnedConstants(graph))
    if (pattern.match(onnx::valueName(op->getResult(0))))
      spec.parameters.push_back(op);
  Refusal refusal;
  std::vector<Part> parts;
  parts.push_back({"forward", compiled(deriveLogits(graph, spec.context, refusal), refusal), {}});
  spec.wantsGradient = false;
  parts.push_back({"loss", compiled(deriveGradient(graph, spec, refusal), refusal), {}});
  spec.wantsGradient = true;
  parts.push_back({"gradient", compiled(deriveGradient(graph, spec, refusal), refusal), {}});

  std::vector<int64_t> tokens(size_t(spec.context));
  for (size_t i = 0; i < tokens.size(); ++i)
    tokens[i] = int64_t(i * 7 % 200 + 3);
  Tensor text = Tensor::ofIntegers(runtime::ElementType::I64, {1, spec.context}, tokens);
  Tensor weights = Tensor::allocate(runtime::ElementType::F32, {spec.context});
  std::fill_n(weights.as<float>(), spec.context, 1.0f / float(spec.context));
  std::vector<onnx::ConstantView> views;
  std::vector<Tensor> inputs{text, weights};
  if (spec.loss.readsTeacher())
    inputs.push_back(parts[0].code->function("main")->call({text})->front());
  int64_t parameters = 0;
  for (Operation *op : spec.parameters) {
    views.push_back(*onnx::ConstantView::of(op->getResult(0)));
    parameters += views.back().size();
    inputs.push_back(Tensor::borrow(runtime::ElementType::F32,
                                    runtime::Shape(views.back().type().getShape()),
                                    const_cast<char *>(views.back().bytes().data())));
  }
  double loss = 0;
  for (int round = -1; round < std::atoi(words[3]); ++round)
    for (Part &part : parts) {
      double begin = secondsNow(1);
      auto outputs = part.code->function("main")->call(
          &part == &parts[0] ? std::vector<Tensor>{text} : inputs);
      if (!outputs) {
        llvm::errs() << "error: " << outputs.error() << "\n";
        return 1;
      }
      if (round >= 0)
        part.seconds.push_back(secondsNow(1) - begin);
      if (&part != &parts[0])
        loss = outputs->front().at(0);
    }
  llvm::json::OStream stream(llvm::outs());
  stream.object([&] {
    stream.attribute("parameters", parameters);
    stream.attribute("loss", loss);
    for (Part &part : parts)
      stream.attribute(part.name, median(part.seconds));
  });
  llvm::outs() << "\n";
  return 0;
}
