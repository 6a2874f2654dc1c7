// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// retort calibrate: what the inputs of a model's weights are like, for methods that fit to them.
#include "lib/Calibrate/CalibrateFile.h"
#include "tools/retort/ChoiceFlag.h"
#include "tools/retort/ModelFlags.h"
#include "tools/retort/SampleFlags.h"
#include "tools/retort/TextFiles.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace retort;

static Error calibrateModel();
static Command command("calibrate",
                       "measure on a sample what a model's weights are multiplied with",
                       "retort calibrate model.onnx --tokenizer=tokenizer.json --text=book.txt "
                       "-o model.statistics",
                       calibrateModel);
static ModelFlags flags(command);
static TokenizerFlag tokenizerFlag(command);
static TextFlag textFile(command);
static cl::opt<std::string> tokensFile("tokens",
                                       cl::desc("ids in place of a text: .npy, or numbers"),
                                       cl::value_desc("FILE"), cl::sub(command));
static cl::opt<std::string>
    inputsFolder("inputs", cl::desc("tensors in place of a text: a folder for each call"),
                 cl::value_desc("DIR"), cl::sub(command));
static cl::opt<std::string> output("o", cl::desc("file to write"), cl::value_desc("FILE"),
                                   cl::sub(command));
static SampleFlags sampleFlags(command);
static ChoiceFlag<KeptSums> kept(
    command, "statistics", "what is kept of the inputs of a weight, and of its outputs:",
    {{"two-sided",
      "second moments of the inputs, and of gradients at the outputs: each window is read once "
      "more, forward and back, about four times the time of gram; where no gradient can be "
      "derived, gram",
      KeptSums::TwoSided},
     {"gram", "second moments of all pairs of inputs", KeptSums::Gram},
     {"moments", "sums of each input alone", KeptSums::Moments}});
static ParseSpecialFlag parseSpecial(command);
static cl::list<std::string> layers("layers", cl::CommaSeparated,
                                    cl::desc("only weights with such a number in their name"),
                                    cl::value_desc("N,..."), cl::sub(command));

/// The sample that is named, and by which flag; an error where it is none, or more than one.
static Expected<SampleFile> sampleFile() {
  using Named = std::pair<SampleKind, const cl::opt<std::string> *>;
  std::vector<Named> given;
  for (auto [kind, flag] :
       {Named(SampleKind::Text, &textFile), Named(SampleKind::Tokens, &tokensFile),
        Named(SampleKind::Tensors, &inputsFolder)})
    if (!flag->empty())
      given.push_back({kind, flag});
  if (given.empty())
    return make_error<UsageError>(
        "no sample given: expects --text=FILE, --tokens=FILE or --inputs=DIR");
  if (given.size() > 1)
    return make_error<UsageError>(formatv("expects one sample, found --{0} and --{1}",
                                          given[0].second->ArgStr, given[1].second->ArgStr));
  SampleFile file;
  file.kind = given[0].first;
  file.path = given[0].second->getValue();
  file.windows = sampleFlags.windows;
  file.context = sampleFlags.context;
  return file;
}

/// Sensitivities are divergences of what a model says next, with matrices rounded to their Grams.
static Error checkSensitivity(const SampleFile &file) {
  if (sampleFlags.sensitivityWindows().value_or(0) == 0)
    return Error::success();
  if (file.kind == SampleKind::Tensors)
    return make_error<UsageError>("--sensitivity cannot apply: expects --text or --tokens");
  if (kept == KeptSums::Moments)
    return make_error<UsageError>("--sensitivity cannot apply: expects --statistics=gram");
  return Error::success();
}

/// A part of a name that is one of the numbers; empty: all names.
static Expected<std::string> patternOfLayers() {
  std::string numbers;
  for (const std::string &layer : layers) {
    if (layer.empty() || !all_of(layer, isDigit))
      return make_error<UsageError>("expects --layers to be numbers, found '" + layer + "'");
    numbers += (numbers.empty() ? "" : "|") + layer;
  }
  return numbers.empty() ? "" : "(^|[./])(" + numbers + ")([./]|$)";
}

/// Labels are drawn from what a model says comes next.
static Error checkStatistics(const SampleFile &file) {
  if (file.kind == SampleKind::Tensors && kept.isGiven() && kept == KeptSums::TwoSided)
    return make_error<UsageError>(
        "--statistics=two-sided cannot apply: expects --text or --tokens");
  return Error::success();
}

static Error checkFlags(const std::string &model) {
  if (StringRef(model).ends_with(".so"))
    return make_error<UsageError>("'" + model + "' is compiled already: expects an ONNX model");
  if (Error error = flags.expectWritesNoModel())
    return error;
  if (Error error = flags.expectNone({"numerics"}, "statistics are those of exact sums"))
    return error;
  if (output.empty())
    return make_error<UsageError>("no output given: expects -o FILE");
  if (parseSpecial && textFile.empty())
    return make_error<UsageError>("--parse-special cannot apply: expects --text=FILE");
  if (inputsFolder.getNumOccurrences() && sampleFlags.context.isGiven())
    return make_error<UsageError>("--context cannot apply: tensors have their own sizes");
  return Error::success();
}

static Error calibrateModel() {
  auto path = flags.model();
  if (!path)
    return path.takeError();
  auto sample = sampleFile();
  if (!sample)
    return sample.takeError();
  if (Error error = checkFlags(*path))
    return error;
  if (Error error = checkSensitivity(*sample))
    return error;
  if (Error error = checkStatistics(*sample))
    return error;
  auto pattern = patternOfLayers();
  if (!pattern)
    return pattern.takeError();
  CompileOptions options = flags.options();
  options.exposeInclude = *pattern;
  TextInput text;
  if (sample->kind == SampleKind::Text) {
    auto loaded = loadText(tokenizerFlag, textFile, options.files);
    if (!loaded)
      return loaded.takeError();
    text = std::move(*loaded);
    text.tokenizer->findsControls = parseSpecial;
    sample->content = std::move(text.content);
    sample->tokenizer = text.tokenizer.get();
  } else if (sample->kind == SampleKind::Tokens) {
    options.files.read(sample->path, "the tokens");
  }
  CalibrationOptions calibration;
  calibration.sensitivityWindows = sampleFlags.sensitivityWindows();
  calibration.kept = kept;
  calibration.mayKeepLess = !kept.isGiven();
  calibration.note = [](const std::string &text) {
    flags.progress().clear();
    errs() << "note: " << text << "\n";
  };
  options.files.write(output, "-o");
  if (output != "-" && (!sys::fs::exists(output) || sys::fs::is_regular_file(output))) {
    calibration.part = output + ".part";
    options.files.write(calibration.part, "-o");
  }
  auto held = calibrateFile(*path, options, *sample, calibration, output);
  flags.progress().finish();
  return held ? Error::success() : held.takeError();
}
