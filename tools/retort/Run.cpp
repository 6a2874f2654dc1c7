// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// retort run: a model on recorded inputs, compared with recorded outputs.
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Pipeline/OpenModel.h"
#include "lib/Runtime/Compare.h"
#include "lib/Runtime/TensorFolder.h"
#include "tools/retort/ModelFlags.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace retort;

static Error run();
static Command command("run", "run a model on tensors from files",
                       "retort run model.onnx --inputs=case --expect=case --rtol-max=1e-4", run);
static ModelFlags flags(command, "exact"); // tensors are compared with those of others
static cl::opt<std::string> inputs("inputs", cl::desc("folder with input_K.pb or NAME.npy"),
                                   cl::value_desc("DIR"), cl::sub(command));
static cl::opt<std::string>
    expected("expect", cl::desc("folder with output_K.pb or NAME.npy to compare with"),
             cl::value_desc("DIR"), cl::sub(command));
static cl::opt<std::string> outputs("outputs", cl::desc("folder that receives output_K.pb"),
                                    cl::value_desc("DIR"), cl::sub(command));
// What is allowed to be off by more is not compared at all.
static constexpr Range<double> differences{0, 1e30};
static NumberFlag<double> relativeTolerance(command, "rtol",
                                            "allowed difference, relative to the expected value",
                                            "R", 1e-3, differences);
static NumberFlag<double> absoluteTolerance(command, "atol",
                                            "allowed difference, added to the relative one", "A",
                                            1e-5, differences);
static NumberFlag<double>
    largestTolerance(command, "rtol-max",
                     "allowed difference, relative to the output's largest expected value, added "
                     "to the others",
                     "M", 0, differences);

static void print(const runtime::Comparison &found, int64_t count) {
  if (!found.mismatch.empty()) {
    outs() << found.mismatch << "\n";
    return;
  }
  outs() << "largest difference " << format("%.3g", found.absolute) << ", relative "
         << format("%.3g", found.relative) << ", of the largest element "
         << format("%.3g", found.ofLargest());
  if (found.beyond)
    outs() << "; " << found.beyond << " of " << count << " elements are off, first at "
           << found.first << ", worst at " << found.worst << ": expected "
           << format("%.6g", found.worstExpected) << ", found " << format("%.6g", found.worstFound)
           << ", off by " << format("%.3g", found.worstRelative()) << " of it and "
           << format("%.3g", found.worstOfLargest()) << " of the largest";
  outs() << "\n";
}

static cl::opt<bool> guardMemory(
    "guard-memory",
    cl::desc("put each buffer between pages that must not be touched, to find code that does"),
    cl::sub(command));

/// Prints a line for each output; an error counts those that are off.
static Error compareAll(const runtime::FunctionInfo &function,
                        const std::vector<runtime::Tensor> &results) {
  unsigned wrong = 0;
  for (size_t k = 0; k < results.size(); ++k) {
    const std::string &name = function.outputs[k].name;
    auto want = runtime::readFromFolder(expected, "output", k, name);
    if (!want)
      return makeError(want.error());
    if (!*want)
      return makeError("'" + expected + "' holds no output '" + name + "': expects 'output_" +
                       Twine(k) + ".pb' or '" + name + ".npy'");
    runtime::Comparison found = runtime::compare(
        results[k], **want, {relativeTolerance, absoluteTolerance, largestTolerance});
    wrong += !found.agrees();
    outs() << name << ": ";
    print(found, results[k].count());
  }
  if (!wrong)
    return Error::success();
  return makeError(Twine(wrong) + " of " + Twine(results.size()) + " outputs are not those of '" +
                   expected + "'");
}

static Error run() {
  auto path = flags.model();
  if (!path)
    return path.takeError();
  if (Error error = flags.expectWritesNoModel())
    return error;
  if (expected.empty() &&
      (relativeTolerance.isGiven() || absoluteTolerance.isGiven() || largestTolerance.isGiven()))
    return make_error<UsageError>("a tolerance cannot apply: nothing is compared without --expect");
  if (inputs.empty())
    return make_error<UsageError>("no inputs given: expects --inputs=DIR");
  CompileOptions options = flags.options();
  options.files.readFolder(inputs, "a file of --inputs", /*except=*/"output_");
  if (!expected.empty())
    options.files.readFolder(expected, "a reference of --expect");
  options.files.writeInto(outputs, "output_", ".pb", "--outputs");
  options.guardMemory = guardMemory;
  auto model = openModel(*path, options);
  if (!model)
    return model.takeError();
  runtime::Function *function = (*model)->function("main");
  if (!function)
    return makeError(*path + ": has no function 'main'");
  auto arguments = runtime::readInputs(inputs, function->info());
  if (!arguments)
    return makeError(arguments.error());
  flags.progress().begin("run");
  auto results = function->call(*arguments);
  flags.progress().finish();
  if (!results)
    return makeError(*path + ": " + results.error());
  if (!outputs.empty())
    if (auto written = runtime::writeOutputs(outputs, function->info(), *results); !written)
      return makeError(written.error());
  return expected.empty() ? Error::success() : compareAll(function->info(), *results);
}
