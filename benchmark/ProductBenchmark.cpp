// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Measures models of matrix products, beside probes of the machine: ProductBenchmark ROWS ROUNDS
// [NUMERICS:]MODEL.onnx ..., with --numerics=exact (without a prefix), accurate or fast.
//
// Each model takes one matrix of f32 with ROWS rows and gives another. In every round all models
// run for a few milliseconds each, one after the other, between probes, so that what disturbs the
// machine disturbs all. One line of JSON for each: medians of microseconds, of 10^9 multiply-adds
// times two a second where MODEL is named K x N (anything-KxN.onnx), and of the probes.
#include "lib/Pipeline/OpenModel.h"
#include "lib/Runtime/Model.h"
#include "lib/Text/Probe.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace retort;

namespace {
struct Measured {
  std::string name, numerics;
  std::unique_ptr<runtime::Model> model;
  std::vector<runtime::Tensor> inputs;
  std::vector<double> seconds;
  unsigned threads = 1;
};
} // namespace

static double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

/// The mean of calls over some milliseconds.
static double measure(Measured &measured) {
  runtime::Function *main = measured.model->function("main");
  double begin = secondsNow(measured.threads), seconds = 0;
  int64_t calls = 0;
  for (; seconds < 5e-3; ++calls) {
    if (auto result = main->call(measured.inputs); !result) {
      llvm::errs() << "error: " << measured.name << ": " << result.error() << "\n";
      exit(1);
    }
    seconds = secondsNow(measured.threads) - begin;
  }
  return seconds / calls;
}

static Measured open(llvm::StringRef path, int64_t rows, CompileOptions options) {
  for (llvm::StringRef numerics : {"exact", "accurate", "fast"})
    if (path.consume_front(numerics.str() + ":"))
      options.numerics = numerics.str();
  Measured result{llvm::sys::path::stem(path).str(), options.numerics, {}, {}, {}, options.threads};
  auto model = openModel(path, options);
  if (!model) {
    llvm::errs() << "error: " << llvm::toString(model.takeError()) << "\n";
    exit(1);
  }
  result.model = std::move(*model);
  for (const runtime::ValueInfo &input : result.model->function("main")->info().inputs) {
    runtime::Shape shape = input.shape;
    for (int64_t &size : shape)
      size = size < 0 ? rows : size;
    result.inputs.push_back(runtime::Tensor::allocate(input.type, shape));
    for (int64_t i = 0; i < result.inputs.back().count(); ++i)
      result.inputs.back().as<float>()[i] = float(i % 7) - 3;
  }
  return result;
}

int main(int argc, char **argv) {
  int64_t rows = 0, rounds = 0;
  if (argc < 4 || llvm::StringRef(argv[1]).getAsInteger(10, rows) ||
      llvm::StringRef(argv[2]).getAsInteger(10, rounds) || rounds < 1) {
    llvm::errs() << "usage: ProductBenchmark ROWS ROUNDS [NUMERICS:]MODEL.onnx ...\n";
    return 2;
  }
  CompileOptions options;
  options.threads = 1;
  if (const char *threads = getenv("RETORT_THREADS"))
    options.threads = unsigned(atoi(threads));
  std::vector<Measured> models;
  for (int i = 3; i < argc; ++i)
    models.push_back(open(argv[i], rows, options));
  std::vector<double> multiplyAdd, read;
  std::vector<char> memory(256 << 20, 1);
  for (int64_t round = 0; round < rounds; ++round) {
    multiplyAdd.push_back(probeMultiplyAdd());
    read.push_back(probeRead(memory.data(), memory.size()));
    for (Measured &model : models)
      model.seconds.push_back(measure(model));
  }
  for (Measured &model : models) {
    double seconds = median(model.seconds);
    llvm::json::Object line{{"model", model.name},
                            {"numerics", model.numerics},
                            {"rows", rows},
                            {"threads", int64_t(options.threads)},
                            {"microseconds", 1e6 * seconds},
                            {"probe_gflops", median(multiplyAdd)},
                            {"probe_read_gb_per_second", median(read)}};
    auto [depth, columns] = llvm::StringRef(model.name).rsplit('-').second.split('x');
    int64_t k, n;
    if (!depth.getAsInteger(10, k) && !columns.getAsInteger(10, n))
      line["gflops"] = 2e-9 * double(rows) * double(k) * double(n) / seconds;
    llvm::outs() << llvm::json::Value(std::move(line)) << "\n";
  }
  return 0;
}
