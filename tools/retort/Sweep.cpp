// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// retort sweep: a model in many sizes, and what each costs in quality.
//
// 1. Statistics of the sample are measured once: `retort calibrate`, in a process of its own.
// 2. Each point is a `retort compile --score=POINT.json`, in a process of its own; the file, which
//    appears when all is done, is the point. A point that has its file is not computed again.
// 3. A point that fails is told of, and the next one begins.
#include "lib/Import/ModelFiles.h"
#include "lib/Plugin/RegisterDialects.h"
#include "tools/retort/ChoiceFlag.h"
#include "tools/retort/ModelFlags.h"
#include "tools/retort/SampleFlags.h"
#include "tools/retort/Subprocess.h"
#include "tools/retort/SweepFolder.h"
#include "tools/retort/SweepPoints.h"
#include "tools/retort/TextFiles.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace retort;

static Error sweep();
static Command command("sweep", "compress a model in many ways, and score each",
                       "retort sweep model.onnx --recipes=int8,int4,int3 "
                       "--tokenizer=tokenizer.json --text=book.txt -o sizes",
                       sweep);
static ModelFlags flags(command);
static cl::opt<std::string> recipes("recipes",
                                    cl::desc("what to compress by: recipes, or PASS{...}+PASS"),
                                    cl::value_desc("NAME,..."), cl::sub(command));
static TokenizerFlag tokenizerFlag(command);
static cl::opt<std::string> textFile("text",
                                     cl::desc("sample to fit to; its last eighth is for scores"),
                                     cl::value_desc("FILE"), cl::sub(command));
static SampleFlags sampleFlags(command);
static cl::opt<std::string> output("o", cl::desc("folder to write"), cl::value_desc("DIR"),
                                   cl::sub(command));
static ChoiceFlag<StringRef> emit(command, "emit", "what each point is:",
                                  {{"so", "native code", "so"}, {"onnx", "ONNX model", "onnx"}});
static cl::opt<bool> keepModels("keep-models", cl::desc("keep what was compiled, in folders"),
                                cl::sub(command));

static Error checkFlags(const std::string &model, const CompileOptions &options) {
  if (StringRef(model).ends_with(".so"))
    return make_error<UsageError>("'" + model + "' is compiled already: expects an ONNX model");
  if (Error error = flags.expectNone({"recipe"}, "a sweep takes --recipes=NAME,..."))
    return error;
  if (Error error = flags.expectNone({"ledger", "stop-after", "dump-phases", "weights"},
                                     "each point of a sweep is a whole compilation"))
    return error;
  if (textFile.empty() && options.calibration.empty())
    return make_error<UsageError>("no sample given: expects --text=FILE or --calibration=FILE");
  if (!textFile.empty() && !options.calibration.empty())
    return make_error<UsageError>("expects --text or --calibration, found both");
  if (output.empty())
    return make_error<UsageError>("no output given: expects -o DIR");
  if (!textFile.empty() && tokenizerFlag.getValue().empty())
    return make_error<UsageError>("no tokenizer given: expects --tokenizer=FILE");
  for (const std::string &path :
       {model, textFile.getValue(), tokenizerFlag.getValue(), options.calibration})
    if (!path.empty() && !sys::fs::exists(path))
      return createStringError("cannot read '" + path + "': No such file or directory");
  return Error::success();
}

namespace {
/// What is the same for every point.
struct Subject {
  std::string model, statistics, hash;
  std::vector<std::string> how; ///< flags of compilation
};
} // namespace

/// Measures the sample, or takes what was measured before: in this folder, or by the user.
static Expected<std::string> findStatistics(const Subject &subject, StringRef given,
                                            const SweepFolder &folder) {
  if (!given.empty())
    return given.str();
  auto key = hashOfFiles({textFile, tokenizerFlag.getValue()});
  if (!key)
    return key.takeError();
  std::vector<std::string> cut = sampleFlags.words();
  SweepPoint name{"sample", "", "", *key};
  std::string path = folder.path(name.fileName(subject.hash + join(cut, " ")) + ".statistics");
  if (sys::fs::exists(path))
    return path;
  flags.progress().begin("calibrate");
  std::vector<std::string> words{"calibrate",
                                 subject.model,
                                 "--text=" + textFile,
                                 "--tokenizer=" + tokenizerFlag.getValue(),
                                 "--progress=none",
                                 "-o",
                                 path};
  append_range(words, cut);
  append_range(words, flags.runWords());
  if (Error error = runRetort(words, folder.path("calibrate.log")))
    return std::move(error);
  return path;
}

/// Compiles and scores one point. Its folder is for what was compiled.
static Error compute(const Subject &subject, const SweepPoint &point, StringRef name,
                     const SweepFolder &folder) {
  std::string models = folder.path(name), added = flags.options().compress;
  if (std::error_code code = sys::fs::create_directories(models))
    return createStringError(code, "cannot make '" + models + "': " + code.message());
  std::string passes =
      point.compress + (point.compress.empty() || added.empty() ? "" : ",") + added;
  std::vector<std::string> words{"compile", subject.model, "--calibration=" + subject.statistics,
                                 ("--emit=" + emit.spelling()).str(), "--progress=none"};
  if (!point.recipe.empty())
    words.push_back("--recipe=" + point.recipe);
  if (!passes.empty())
    words.push_back("--compress=" + passes);
  append_range(words, subject.how);
  append_range(words, flags.runWords());
  words.insert(words.end(), {"--ledger=" + folder.path(name + ".ledger.json"),
                             "--score=" + folder.path(name + ".json"), "-o",
                             (models + "/model." + emit.spelling()).str()});
  Error error = runRetort(words, folder.path(name + ".log"));
  if (error || !keepModels)
    sys::fs::remove_directories(models);
  return error;
}

/// A line of the table.
static void print(const json::Object &point) {
  outs() << left_justify(point.getString("recipe").value_or(""), 24);
  auto number = [&](StringRef key, const char *format) {
    auto value = point.getNumber(key);
    outs() << (value ? formatv(format, *value).str() : "-");
  };
  if (auto error = point.getString("error")) {
    outs() << " failed: " << *error << "\n";
  } else {
    number("bytes", " {0,13:F0} bytes");
    number("bits_per_weight", " {0,6:F2} bits");
    number("perplexity", "  perplexity {0,-11:F4}");
    number("kl_mean", " KL {0,-9:F5}");
    number("seconds", " {0:F1} s\n");
  }
  outs().flush();
}

/// The point as sweep.json has it; its error where it has no result.
static json::Object pointOf(const Subject &subject, const SweepPoint &point,
                            const SweepFolder &folder) {
  std::string name = point.fileName(subject.hash);
  std::optional<json::Object> found = folder.finished(name);
  std::string problem;
  if (!found) {
    if (Error error = compute(subject, point, name, folder))
      problem = toString(std::move(error));
    else if (found = folder.finished(name); !found)
      problem = "no result was written";
  }
  json::Object result = found ? std::move(*found) : json::Object{{"error", problem}};
  result.erase("retort");
  result["recipe"] = json::fixUTF8(point.label);
  result["passes"] = json::fixUTF8(point.passes);
  if (found)
    result["ledger"] = name + ".ledger.json";
  return result;
}

static Error runPoints(const Subject &subject, ArrayRef<SweepPoint> points, SweepFolder &folder) {
  size_t failed = 0;
  flags.progress().begin("sweep");
  for (auto [i, point] : enumerate(points)) {
    flags.progress().advance(double(i) / double(points.size()));
    json::Object result = pointOf(subject, point, folder);
    failed += result.get("error") != nullptr;
    flags.progress().clear();
    print(result);
    if (Error error = folder.add(std::move(result)))
      return error;
  }
  flags.progress().finish();
  if (failed == 0)
    return Error::success();
  return createStringError(formatv("{0} of {1} points failed: '{2}' says why", failed,
                                   points.size(), folder.path("sweep.json")));
}

static Error sweep() {
  auto model = flags.model();
  if (!model)
    return model.takeError();
  CompileOptions options = flags.options();
  if (Error error = checkFlags(*model, options))
    return error;
  auto points = readPoints(recipes);
  if (!points)
    return points.takeError();
  std::vector<std::string> files = filesOfModel(*model, registerDialects);
  files.insert(files.begin(), *model);
  auto hash = hashOfFiles(files);
  if (!hash)
    return hash.takeError();
  json::Object about{
      {"model", json::fixUTF8(*model)}, {"model_hash", *hash}, {"emit", emit.spelling()}};
  if (!textFile.empty())
    about["text"] = json::fixUTF8(textFile);
  auto folder = SweepFolder::create(output, std::move(about));
  if (!folder)
    return folder.takeError();
  Subject subject{*model, "", *hash, flags.compileWords()};
  auto statistics = findStatistics(subject, options.calibration, *folder);
  if (!statistics)
    return statistics.takeError();
  subject.statistics = *statistics;
  auto sample = hashOfFiles({subject.statistics});
  if (!sample)
    return sample.takeError();
  subject.hash +=
      *sample + emit.spelling().str() + join(subject.how, " ") + options.compress + RETORT_VERSION;
  return runPoints(subject, *points, *folder);
}
