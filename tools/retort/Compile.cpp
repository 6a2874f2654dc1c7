// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// retort compile: a model as native code, or as a better ONNX model.
#include "lib/Calibrate/CalibrateFile.h"
#include "lib/Pipeline/Compiler.h"
#include "lib/Pipeline/Recipe.h"
#include "lib/Text/TokenizeText.h"
#include "tools/retort/ChoiceFlag.h"
#include "tools/retort/CompileSummary.h"
#include "tools/retort/ModelFlags.h"
#include "tools/retort/TextFiles.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"

#include <chrono>

using namespace llvm;
using namespace retort;

static Error compile();
static Command command("compile", "compile a model to native code, or to a better ONNX model",
                       "retort compile model.onnx --recipe=int4 -o model.so", compile);
static ModelFlags flags(command);
static cl::opt<std::string> output("o", cl::desc("file to write"), cl::value_desc("FILE"),
                                   cl::sub(command));
static ChoiceFlag<EmitKind>
    emit(command, "emit", "what to write:",
         {{"so", "shared library, with .weights and .h beside it", EmitKind::SharedLibrary},
          {"object", "object file, with .weights and .h beside it", EmitKind::Object},
          {"onnx", "ONNX model", EmitKind::Onnx},
          {"mlir", "compressed model; bytecode where FILE ends in .mlirbc", EmitKind::Mlir},
          {"linalg", "linalg on tensors", EmitKind::Linalg},
          {"llvm", "LLVM IR", EmitKind::Llvm}});
static NumberFlag<int64_t> context(command, "context",
                                   "tokens that a decoding session holds; 0: the trained length",
                                   "N", 0, {0, mostTokens});

static cl::opt<std::string>
    checks("checks", cl::desc("assertions of sizes and indices in --emit=linalg: all, or none"),
           cl::value_desc("all|none"), cl::init("all"), cl::sub(command));

static TokenizerFlag tokenizerFlag(command);
static cl::opt<std::string>
    textFile("text",
             cl::desc("sample that methods fit to: calibrates first, and scores the result"),
             cl::value_desc("FILE"), cl::sub(command));

static cl::opt<bool> dryRun(
    "dry-run",
    cl::desc("print what becomes of each weight, and sizes; nothing is written but --ledger"),
    cl::sub(command));

static cl::opt<std::string>
    scoreFile("score",
              cl::desc("file that receives sizes, and scores on the last eighth of a sample"),
              cl::value_desc("FILE.json"), cl::sub(command));

/// The last phase of each output.
static Phase lastPhase() {
  if (emit == EmitKind::Onnx || emit == EmitKind::Mlir)
    return Phase::Compress;
  return emit == EmitKind::Linalg ? Phase::Lower : Phase::Emit;
}

/// A score takes a sample, and a model that runs.
static Error checkScore(const CompileOptions &options) {
  if (scoreFile.empty())
    return Error::success();
  if (options.recipe.empty() && options.compress.empty())
    return make_error<UsageError>("--score cannot apply: expects --recipe or --compress");
  if (textFile.empty() && options.calibration.empty())
    return make_error<UsageError>("--score cannot apply: expects --text or --calibration");
  if ((emit != EmitKind::SharedLibrary && emit != EmitKind::Onnx) || !options.stopAfter.empty())
    return make_error<UsageError>("--score cannot apply: expects --emit=so or onnx, to its end");
  return Error::success();
}

/// What is asked for must come about, or be refused.
static Error checkFlags() {
  std::string output = ("--emit=" + emit.spelling()).str();
  if (emit != EmitKind::Onnx)
    if (Error error = flags.expectNone({"opset", "onnx-weights", "onnx-retention"},
                                       output + " writes no ONNX model"))
      return error;
  CompileOptions options = flags.options();
  if (!textFile.empty() && options.recipe.empty() && options.compress.empty())
    return make_error<UsageError>("--text cannot apply: expects --recipe or --compress");
  if (tokenizerFlag.getNumOccurrences() && options.recipe.empty() && options.compress.empty())
    return make_error<UsageError>("--tokenizer cannot apply: expects --recipe or --compress");
  if (!textFile.empty() && !options.calibration.empty())
    return make_error<UsageError>("expects --text or --calibration, found both");
  if (Error error = checkScore(options))
    return error;
  if (dryRun && options.recipe.empty() && options.compress.empty())
    return make_error<UsageError>("--dry-run cannot apply: expects --recipe or --compress");
  if (dryRun && !scoreFile.empty())
    return make_error<UsageError>("--dry-run cannot apply: --score writes a file");
  bool lowers = lastPhase() >= Phase::Lower;
  if (!lowers)
    if (Error error = flags.expectNone({"target-cpu"}, output + " writes no code"))
      return error;
  if (lastPhase() < Phase::Codegen)
    if (Error error = flags.expectNone({"numerics", "portable-steps", "optimize"},
                                       output + " writes no code"))
      return error;
  if (!lowers && context.isGiven())
    return make_error<UsageError>("--context cannot apply: " + output + " has no decode step");
  auto stop = phaseNamed(flags.options().stopAfter);
  if (stop && *stop > lastPhase() && *stop != Phase::Emit)
    return make_error<UsageError>(("--stop-after=" + nameOf(*stop) + " cannot apply: " + output +
                                   " ends with the phase " + nameOf(lastPhase()))
                                      .str());
  return Error::success();
}

/// What is compiled, and what it is scored on.
struct Sampled {
  CompileOptions options;
  std::vector<text::TokenIds> held;
};

/// Whether some method asks what the model loses with each matrix, which takes long to measure.
static Expected<bool> readsPrices(const CompileOptions &options) {
  std::string passes = options.compress;
  if (!options.recipe.empty()) {
    auto recipe = readRecipe(options.recipe, /*isCalibrated=*/true);
    if (!recipe)
      return recipe.takeError();
    passes += *recipe;
  }
  // A method of a plugin may read them too.
  return !options.plugins.empty() || StringRef(passes).contains("compress-allocate");
}

/// Reads the text and measures statistics of it; or takes those that are there.
static Expected<Sampled> takeSample(const std::string &model, CompileOptions options,
                                    const std::string &statistics) {
  if (textFile.empty()) {
    auto held = heldWindows(options.calibration);
    if (!held)
      return held.takeError();
    return Sampled{std::move(options), std::move(*held)};
  }
  auto text = loadText(tokenizerFlag, textFile, options.files);
  if (!text)
    return text.takeError();
  options.tokenizer = text::hashOfVocabulary(*text->tokenizer);
  CompileOptions plain = options;
  plain.recipe = plain.compress = plain.ledger = "";
  SampleFile sample{SampleKind::Text, textFile, std::move(text->content), text->tokenizer.get()};
  CalibrationOptions calibration;
  auto usesPrices = readsPrices(options);
  if (!usesPrices)
    return usesPrices.takeError();
  if (!*usesPrices)
    calibration.sensitivityWindows = 0;
  auto held = calibrateFile(model, plain, sample, calibration, statistics);
  if (!held)
    return held.takeError();
  options.calibration = statistics;
  return Sampled{std::move(options), std::move(*held)};
}

/// Without a text, it says of which vocabulary the tokens are that methods read.
static Error readTokenizer(CompileOptions &options) {
  if (!textFile.empty() || !tokenizerFlag.getNumOccurrences())
    return Error::success();
  auto tokenizer = tokenizerFlag.load();
  if (!tokenizer)
    return tokenizer.takeError();
  options.files.read(tokenizerFlag, "the tokenizer");
  options.tokenizer = text::hashOfVocabulary(**tokenizer);
  return Error::success();
}

/// Calibrates, compiles, scores.
static Error compileWithSample(const std::string &model, CompileOptions options) {
  auto begin = std::chrono::steady_clock::now();
  auto statistics = createScratch("statistics"), ledger = createScratch("json");
  if (!statistics || !ledger)
    return joinErrors(statistics.takeError(), ledger.takeError());
  FileRemover removers[] = {FileRemover(*statistics), FileRemover(*statistics + ".options"),
                            FileRemover(*ledger)};
  options.files.write(scoreFile, "--score");
  auto sample = takeSample(model, std::move(options), *statistics);
  if (!sample)
    return sample.takeError();
  if (sample->options.ledger.empty())
    sample->options.ledger = *ledger;
  // The linker, which runs in this process, resets the values of flags.
  std::string written = output, score = scoreFile;
  EmitKind kind = emit;
  CompileSummary summary;
  if (Error error = compileTo(kind, model, written, sample->options, &summary.sizes))
    return error;
  if (dryRun)
    return Error::success();
  bool isModel = (kind == EmitKind::SharedLibrary || kind == EmitKind::Onnx) &&
                 sample->options.stopAfter.empty();
  if (isModel && !sample->held.empty() && !sys::fs::equivalent(model, written)) {
    auto scored = scoreResult(model, written, sample->options, sample->held);
    if (!scored)
      return scored.takeError();
    summary.scored = *scored;
  }
  summary.worst = worstWeights(sample->options.ledger, 3);
  std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
  summary.seconds = passed.count();
  sample->options.progress->clear();
  summary.print(errs());
  return score.empty() ? Error::success() : summary.write(score);
}

static Error compile() {
  auto model = flags.model();
  if (!model)
    return model.takeError();
  if (Error error = checkFlags())
    return error;
  if (output.empty() && !dryRun)
    return make_error<UsageError>("no output given: expects -o FILE");
  if (checks != "all" && checks != "none")
    return make_error<UsageError>("unknown value '" + checks +
                                  "' of --checks: expects one of all, none");
  if (checks == "none" && emit != EmitKind::Linalg)
    return make_error<UsageError>("--checks=none applies to --emit=linalg alone");
  CompileOptions options = flags.options();
  options.checks = checks == "all";
  options.decodeStep = true;
  options.context = context;
  options.dryRun = dryRun;
  if (Error error = readTokenizer(options))
    return error;
  Error error = textFile.empty() && scoreFile.empty() ? compileTo(emit, *model, output, options)
                                                      : compileWithSample(*model, options);
  flags.progress().finish();
  return error;
}
