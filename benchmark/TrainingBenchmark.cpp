// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Measures the parts of a training step in one thread: TrainingBenchmark MODEL CONTEXT ROUNDS
// [LOSS [PARAMETERS [WINDOWS]]].
//
// In every round as many windows of CONTEXT tokens are read by the model alone, with their loss,
// and with the gradient of all constants that it learned; an update by AdamW follows. PARAMETERS
// names others: a regular expression, or lora, factors of rank 8 beside the matrices of the layers.
// One line of JSON: medians of seconds, the loss of the last round in nats, and what the probe
// reaches in 10^9 operations a second. Where ROUNDS is 0, a round is made, and a line printed, for
// each line of the input: so that others may run in between.
#include "lib/Text/Probe.h"
#include "benchmark/TrainedStudent.h"
#include "lib/Differentiate/DeriveGradient.h"
#include "lib/Pipeline/Compiler.h"
#include "lib/Run/InProcess.h"
#include "lib/Runtime/ReusedMemory.h"
#include "lib/Runtime/ThreadPool.h"
#include "lib/Trainer/CompiledObjective.h"
#include "lib/Trainer/LossInParts.h"
#include "lib/Trainer/Optimizer.h"
#include "lib/Trainer/TrainingState.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <iostream>

using namespace retort;
using namespace mlir;
using runtime::Tensor;

[[noreturn]] static void fail(const llvm::Twine &what) {
  llvm::errs() << "error: " << what << "\n";
  exit(1);
}

template <typename T> static T orExit(llvm::Expected<T> value) {
  if (!value)
    fail(llvm::toString(value.takeError()));
  return std::move(*value);
}

namespace {
/// A model, what is trained in it, and windows of tokens.
class Measured {
public:
  Measured(Compiler &compiler, int64_t context, StringRef loss, StringRef parameters,
           int64_t count);

  void round();
  void print(size_t from) const;

private:
  template <typename Function> void part(StringRef name, Function function) {
    double begin = secondsNow(1);
    function();
    samples[name.str()].push_back(secondsNow(1) - begin);
  }
  void readAlone();

  TrainingOptions options;
  std::unique_ptr<runtime::Model> logits;
  std::unique_ptr<CompiledObjective> objective;
  std::unique_ptr<Optimizer> optimizer;
  std::vector<TokenWindow> windows;
  ParameterValues values, gradient;
  OptimizerState state;
  std::map<std::string, std::vector<double>> samples;
};
} // namespace

/// The same tokens as compare-training gives to others.
static TokenWindow windowOf(int64_t number, int64_t context) {
  TokenWindow window;
  for (int64_t i = 0; i < context; ++i) {
    window.tokens.push_back((7 * i + 13 * number) % 200 + 3);
    window.weights.push_back(i + 1 < context);
  }
  return window;
}

Measured::Measured(Compiler &compiler, int64_t context, StringRef loss, StringRef parameters,
                   int64_t count) {
  auto graph = compiler.module().lookupSymbol<func::FuncOp>("main");
  Refusal refusal;
  auto module = deriveLogits(graph, context, refusal);
  if (failed(module))
    fail(refusal.reason);
  logits = orExit(compileInProcess(std::move(*module), "native", runtime::reusedMemory()));
  auto student = trainedStudent(compiler.module(), parameters);
  if (failed(student))
    exit(1);
  ObjectiveSpec spec;
  spec.context = context;
  spec.loss.kind = loss.str();
  objective = orExit(CompiledObjective::create(std::move(*student), compiler.module(), spec));
  options.learningRate = 1e-5;
  optimizer = orExit(makeOptimizer(options));
  for (int64_t i = 0; i < count; ++i)
    windows.push_back(windowOf(i, context));
  values = startOf(objective->parameters());
  gradient = zerosOf(objective->parameters());
  state = optimizer->start(objective->parameters());
}

void Measured::readAlone() {
  for (const TokenWindow &window : windows) {
    Tensor text = Tensor::ofIntegers(runtime::ElementType::I64, {1, int64_t(window.tokens.size())},
                                     window.tokens);
    if (auto outputs = logits->function("main")->call({text}); !outputs)
      fail(outputs.error());
  }
}

void Measured::round() {
  auto nothing = [] { return llvm::Error::success(); };
  double loss = 0;
  part("forward", [&] { readAlone(); });
  part("loss", [&] { orExit(lossInParts(*objective, windows, windows.size(), values, nothing)); });
  part("gradient", [&] {
    loss = orExit(gradientInParts(*objective, windows, windows.size(), values, gradient, nothing));
  });
  part("update", [&] {
    double norm = normOf(gradient);
    optimizer->update(objective->parameters(), gradient, norm > 1 ? 1 / norm : 1,
                      options.learningRate, values, state);
  });
  samples["nats"].push_back(loss);
  samples["probe"].push_back(probeMultiplyAdd());
}

static double median(llvm::ArrayRef<double> samples) {
  std::vector<double> values = samples.vec();
  std::nth_element(values.begin(), values.begin() + long(values.size()) / 2, values.end());
  return values[values.size() / 2];
}

/// Of the rounds behind the first `from`.
void Measured::print(size_t from) const {
  int64_t parameters = 0;
  for (const Parameter &parameter : objective->parameters())
    parameters += int64_t(parameter.start.size());
  llvm::json::OStream stream(llvm::outs());
  stream.object([&] {
    stream.attribute("parameters", parameters);
    for (const auto &[name, numbers] : samples)
      stream.attribute(name, name == "nats" ? numbers.back()
                                            : median(llvm::ArrayRef(numbers).drop_front(from)));
  });
  llvm::outs() << "\n";
  llvm::outs().flush();
}

int main(int count, char **words) {
  if (count < 4)
    fail("expects TrainingBenchmark MODEL CONTEXT ROUNDS [LOSS [PARAMETERS [WINDOWS]]]");
  runtime::ThreadPool::setSharedThreads(1);
  CompileOptions options;
  Compiler compiler(options);
  if (llvm::Error error = compiler.compile(words[1], Phase::Recognize))
    fail(llvm::toString(std::move(error)));
  Measured measured(compiler, std::atoi(words[2]), count > 4 ? words[4] : "ce",
                    count > 5 ? words[5] : "all", count > 6 ? std::atoi(words[6]) : 1);
  measured.round();
  int rounds = std::atoi(words[3]);
  std::string line;
  for (size_t made = 1; rounds == 0 && std::getline(std::cin, line); ++made) {
    measured.round();
    measured.print(made);
  }
  for (int i = 0; i < rounds; ++i)
    measured.round();
  if (rounds > 0)
    measured.print(1);
  return 0;
}
