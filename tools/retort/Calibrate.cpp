// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// retort calibrate: what the inputs of a model's weights are like, for methods that fit to them.
#include "lib/Calibrate/CalibrateFile.h"
#include "tools/retort/ModelFlags.h"
#include "tools/retort/TextFiles.h"

#include "llvm/Support/FileSystem.h"

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
static cl::opt<std::string> textFile("text",
                                     cl::desc("documents, separated by lines <|endoftext|>"),
                                     cl::value_desc("FILE"), cl::sub(command));
static cl::opt<std::string> tokensFile("tokens",
                                       cl::desc("ids in place of a text: .npy, or numbers"),
                                       cl::value_desc("FILE"), cl::sub(command));
static cl::opt<std::string> output("o", cl::desc("file to write"), cl::value_desc("FILE"),
                                   cl::sub(command));
static NumberFlag<int64_t> context(command, "context",
                                   "tokens of a window; 0: the trained length, at most 512", "N", 0,
                                   {0, mostTokens});
static NumberFlag<int64_t> windowCount(command, "windows", "windows to read; 0: all of the text",
                                       "N", 128, {0});
static NumberFlag<int64_t> sensitivity(command, "sensitivity",
                                       "windows on which each matrix alone is rounded; 0: none",
                                       "N", 0, {0});

static Error checkFlags() {
  if (Error error = flags.expectWritesNoModel())
    return error;
  if (textFile.empty() && tokensFile.empty())
    return make_error<UsageError>("no sample given: expects --text=FILE or --tokens=FILE");
  if (!textFile.empty() && !tokensFile.empty())
    return make_error<UsageError>("expects --text or --tokens, found both");
  if (output.empty())
    return make_error<UsageError>("no output given: expects -o FILE");
  return Error::success();
}

/// The text with its tokenizer; neither where the sample is ids.
static Expected<TextInput> takeSample(FilePlan &files) {
  if (tokensFile.empty())
    return loadText(tokenizerFlag, textFile, files);
  files.read(tokensFile, "the tokens");
  return TextInput{};
}

static Error calibrateModel() {
  auto path = flags.model();
  if (!path)
    return path.takeError();
  if (StringRef(*path).ends_with(".so"))
    return make_error<UsageError>("'" + *path + "' is compiled already: expects an ONNX model");
  if (Error error = checkFlags())
    return error;
  CompileOptions options = flags.options();
  auto text = takeSample(options.files);
  if (!text)
    return text.takeError();
  CalibrationText sample{tokensFile.empty() ? textFile : tokensFile, text->content,
                         text->tokenizer.get(), windowCount, context};
  options.files.write(output, "-o");
  if (output != "-" && (!sys::fs::exists(output) || sys::fs::is_regular_file(output))) {
    sample.part = output + ".part";
    options.files.write(sample.part, "-o");
  }
  if (sensitivity.isGiven())
    sample.sensitivityWindows = sensitivity;
  auto held = calibrateFile(*path, options, sample, output);
  flags.progress().finish();
  return held ? Error::success() : held.takeError();
}
