// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The flags of every command that takes a model: the file, and how to compile it.
#include "tools/retort/ModelFlags.h"
#include "lib/Runtime/ThreadPool.h"

#include "dialects/Onnx/Schema/Schema.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace retort;

/// The heading of these flags in the help of a command.
static cl::OptionCategory &compiling() {
  static cl::OptionCategory category("How to compile, where MODEL is an ONNX file");
  return category;
}

/// With what holds without the flag.
static StringLiteral describeNumerics(StringRef numerics) {
  if (numerics == "exact")
    return "how far sums may be from those of f32: exact (as without the flag), accurate (some "
           "1e-5), or fast (some 2e-3)";
  return "how far sums may be from those of f32: exact, accurate (some 1e-5, as without the "
         "flag), or fast (some 2e-3)";
}

ModelFlags::ModelFlags(Command &command, StringLiteral numericsWithout)
    : path(cl::Positional, cl::desc("MODEL"), cl::sub(command)),
      recipe("recipe", cl::desc("named recipe, or a file that holds one"),
             cl::value_desc("NAME|FILE"), cl::cat(compiling()), cl::sub(command)),
      compress("compress", cl::desc("compression passes, as in PASS{option=value ...},PASS"),
               cl::value_desc("PIPELINE"), cl::cat(compiling()), cl::sub(command)),
      calibration("calibration", cl::desc("statistics of `retort calibrate` that methods fit to"),
                  cl::value_desc("FILE"), cl::cat(compiling()), cl::sub(command)),
      targetCpu("target-cpu", cl::desc("processor to compile for: native, x86-64-v3, ..."),
                cl::value_desc("CPU"), cl::init("native"), cl::cat(compiling()), cl::sub(command)),
      numerics("numerics", cl::desc(describeNumerics(numericsWithout)),
               cl::value_desc("exact|accurate|fast"), cl::init(numericsWithout.str()),
               cl::cat(compiling()), cl::sub(command)),
      portableSteps("portable-steps",
                    cl::desc("multiply without instructions that only some processors have"),
                    cl::cat(compiling()), cl::sub(command)),
      optimize(command, "optimize", "how hard LLVM works on the code; 2 without the flag", "0..3",
               2, {0, 3}),
      opset(command, "opset", "opset of an exported model; 0: the lowest that carries it", "N", 0,
            {0}),
      weights("weights",
              cl::desc("a written module carries the weights, or refers to the model's files"),
              cl::value_desc("carry|refer"), cl::init("carry"), cl::cat(compiling()),
              cl::sub(command)),
      onnxWeights("onnx-weights",
                  cl::desc("compressed weights in ONNX: standard operations, or com.microsoft's"),
                  cl::value_desc("standard|contrib"), cl::init("standard"), cl::cat(compiling()),
                  cl::sub(command)),
      onnxRetention(
          "onnx-retention",
          cl::desc("retention in ONNX: one standard operation, com.microsoft's, or its parts"),
          cl::value_desc("standard|contrib|expanded"), cl::init("standard"), cl::cat(compiling()),
          cl::sub(command)),
      plugins("plugin", cl::desc("shared library with further passes"), cl::value_desc("FILE.so"),
              cl::cat(compiling()), cl::sub(command)),
      stopAfter("stop-after",
                cl::desc("last phase: import, raise, recognize, compress, lower, codegen"),
                cl::value_desc("PHASE"), cl::cat(compiling()), cl::sub(command)),
      dumpPhases("dump-phases", cl::desc("folder that receives the module after each phase"),
                 cl::value_desc("DIR"), cl::cat(compiling()), cl::sub(command)),
      disabled("disable", cl::desc("skip a pass"), cl::value_desc("PASS"), cl::cat(compiling()),
               cl::sub(command)),
      ledger("ledger", cl::desc("file that receives what each method did to each weight"),
             cl::value_desc("FILE.json"), cl::cat(compiling()), cl::sub(command)),
      threads(command, "threads", "threads that run; 0: one for each core", "N", 0,
              {0, runtime::ThreadPool::mostThreads}),
      bar(command) {
  optimize.addCategory(compiling());
  opset.addCategory(compiling());
  threads.addCategory(compiling());
}

/// A usage error where the flag has none of the values.
static Error expectOneOf(const cl::opt<std::string> &flag, ArrayRef<StringRef> values) {
  if (is_contained(values, StringRef(flag)))
    return Error::success();
  return make_error<UsageError>(formatv("unknown value '{0}' of --{1}: expects one of {2}",
                                        flag.getValue(), flag.ArgStr, join(values, ", ")));
}

std::vector<StringRef> ModelFlags::given() const {
  std::vector<StringRef> names;
  // A list takes & for the address of its values.
  for (const cl::Option *flag : std::initializer_list<const cl::Option *>{
           &recipe, &compress, &calibration, &targetCpu, &numerics, &portableSteps, &weights,
           &onnxWeights, &onnxRetention, &dumpPhases, &stopAfter, &ledger, std::addressof(plugins),
           std::addressof(disabled)})
    if (flag->getNumOccurrences())
      names.push_back(flag->ArgStr);
  if (optimize.isGiven())
    names.push_back("optimize");
  if (opset.isGiven())
    names.push_back("opset");
  return names;
}

Error ModelFlags::expectNone(ArrayRef<StringRef> names, const Twine &why) const {
  for (StringRef name : given())
    if (is_contained(names, name))
      return make_error<UsageError>(("--" + name + " cannot apply: " + why).str());
  return Error::success();
}

Error ModelFlags::expectWritesNoModel() const {
  return expectNone({"opset", "weights", "onnx-weights", "onnx-retention"},
                    "`retort compile` alone writes a model");
}

Expected<std::string> ModelFlags::model() const {
  if (path.empty())
    return make_error<UsageError>("no model given");
  if (StringRef(path).ends_with(".so"))
    if (Error error = expectNone(given(), "'" + path + "' is compiled already"))
      return std::move(error);
  if (Error error = expectOneOf(numerics, {"exact", "accurate", "fast"}))
    return std::move(error);
  if (Error error = expectOneOf(weights, {"carry", "refer"}))
    return std::move(error);
  if (Error error = expectOneOf(onnxWeights, {"standard", "contrib"}))
    return std::move(error);
  if (Error error = expectOneOf(onnxRetention, {"standard", "contrib", "expanded"}))
    return std::move(error);
  if (int64_t newest = onnx::canonicalOpset("").value_or(0); opset > newest)
    return createStringError(
        formatv("expects --opset from 1 to {0}, or 0 (found {1})", newest, int64_t(opset)));
  return std::string(path);
}

std::vector<std::string> ModelFlags::compileWords() const {
  std::vector<std::string> words;
  for (const cl::opt<std::string> *flag : {&targetCpu, &numerics, &onnxWeights, &onnxRetention})
    if (flag->getNumOccurrences())
      words.push_back(("--" + flag->ArgStr + "=" + flag->getValue()).str());
  if (portableSteps)
    words.push_back("--portable-steps");
  if (optimize.isGiven())
    words.push_back("--optimize=" + std::to_string(int64_t(optimize)));
  if (opset.isGiven())
    words.push_back("--opset=" + std::to_string(int64_t(opset)));
  for (const std::string &plugin : plugins)
    words.push_back("--plugin=" + plugin);
  for (const std::string &pass : disabled)
    words.push_back("--disable=" + pass);
  return words;
}

std::vector<std::string> ModelFlags::runWords() const {
  if (!threads.isGiven())
    return {};
  return {"--threads=" + std::to_string(int64_t(threads))};
}

CompileOptions ModelFlags::options() {
  CompileOptions result;
  result.recipe = recipe;
  result.compress = compress;
  result.calibration = calibration;
  result.targetCpu = targetCpu;
  result.numerics = numerics;
  result.portableSteps = portableSteps;
  if (optimize.isGiven())
    result.optimize = unsigned(optimize);
  result.opset = opset;
  result.onnxWeights = onnxWeights;
  result.onnxRetention = onnxRetention;
  result.referToWeights = weights == "refer";
  result.plugins.assign(plugins.begin(), plugins.end());
  result.stopAfter = stopAfter;
  result.dumpPhases = dumpPhases;
  result.disabled.assign(disabled.begin(), disabled.end());
  result.ledger = ledger;
  result.threads = unsigned(threads);
  result.progress = &bar;
  return result;
}
