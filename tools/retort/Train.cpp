// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// retort train: tunes an ONNX model on a text, and writes it as ONNX. What it does is a pass, which
// `retort compile --compress` takes as well.
#include "lib/Text/TokenizeText.h"
#include "tools/retort/ModelFlags.h"
#include "tools/retort/TextFiles.h"

#include "lib/Pipeline/Compiler.h"
#include "lib/Pipeline/Emission.h"

#include "llvm/Support/FileUtilities.h"

using namespace llvm;
using namespace retort;

static Error train();
static Command command("train", "tune a model on a text, and write it as ONNX",
                       "retort train model.onnx --tokenizer=tokenizer.json --text=book.txt "
                       "--steps=200 -o tuned.onnx",
                       train);
static ModelFlags flags(command);
static TokenizerFlag tokenizerFlag(command);
static TextFlag textFile(command);
static cl::opt<std::string> tokensFile("tokens",
                                       cl::desc("the same as `retort tokenize` writes it"),
                                       cl::value_desc("FILE.tokens"), cl::sub(command));
static NumberFlag<int64_t> drawn(command, "count",
                                 "windows that the teacher draws, in place of a text", "N", 0, {1});
static cl::opt<std::string> output("o", cl::desc("file to write"), cl::value_desc("FILE.onnx"),
                                   cl::sub(command));

namespace {
/// An option of the pass, by its own name.
struct PassFlag : cl::opt<std::string> {
  PassFlag(StringRef name, StringRef description, StringRef placeholder = "N")
      : opt(name, cl::desc(description), cl::value_desc(placeholder), cl::sub(command)) {
    all().push_back(this);
  }
  static std::vector<PassFlag *> &all() {
    static std::vector<PassFlag *> flags;
    return flags;
  }
};
} // namespace

static PassFlag steps("steps", "updates of the parameters (200)");
static PassFlag batch("batch", "windows that are read at once (8)");
static PassFlag context("context", "tokens of a window; 0: the trained length");
static PassFlag accumulate("accumulate", "batches of a step (1)");
static PassFlag learningRate("learning-rate",
                             "largest rate of the schedule; 0: by the model's width", "R");
static PassFlag
    loss("loss",
         "ce, or a loss that compares with the teacher: forward-kl, reverse-kl, jsd, skew-kl",
         "LOSS");
static PassFlag teacher("teacher", "another model; before: the one that is read", "MODEL");
static PassFlag temperature("temperature",
                            "what logits are divided by where teachers are compared with", "T");
static PassFlag mix("mix", "share of the loss that compares with the teacher (1)", "S");
static PassFlag hidden("hidden", "what the distance of hidden states to the teacher's counts (0)",
                       "F");
static PassFlag parameters("parameters",
                           "what is trained: all, scales, norms, biases, factors, a regular "
                           "expression, or lora beside weights (all)",
                           "WHICH");
static PassFlag factorRank("rank", "of --parameters=lora (8)");
static PassFlag mergeFactors("merge", "of --parameters=lora: what becomes of the factors", "HOW");
static PassFlag heldOut(
    "held-out",
    "share of the end of the text, or a file of tokens, that states are told apart by (0.05)", "S");
static PassFlag schedule("schedule", "cosine, linear or constant", "NAME");
static PassFlag warmup("warmup", "share of the steps over which the rate rises (0.05)", "S");
static PassFlag clip("clip", "largest norm of the gradient (1)", "C");
static PassFlag weightDecay("weight-decay", "times the rate, what a step takes of a weight (0)",
                            "D");
static PassFlag seed("seed", "which windows are read (7)");
static PassFlag evaluateEvery("evaluate-every",
                              "steps between two measurements of the held-out loss");
static PassFlag patience("patience", "measurements without a better one that end training");
static PassFlag timeLimit("time-limit", "seconds behind which training ends", "S");
static PassFlag checkpoint("checkpoint", "file that an interrupted training goes on from", "FILE");

static bool trainsFactors() {
  SmallVector<StringRef> names;
  StringRef(parameters).split(names, ',');
  return is_contained(names, "lora");
}

/// The pass, with what is given of its options.
static Expected<std::string> passText(const std::string &data) {
  std::string text = trainsFactors() ? "compress-tune-lora{" : "compress-tune{";
  if (!trainsFactors() && (factorRank.getNumOccurrences() || mergeFactors.getNumOccurrences()))
    return make_error<UsageError>("--rank and --merge cannot apply: expects --parameters=lora");
  text += "data='" + data + "'";
  if (trainsFactors() && !loss.getNumOccurrences())
    text += " loss=ce";
  for (PassFlag *flag : PassFlag::all()) {
    if (!flag->getNumOccurrences())
      continue;
    if (StringRef(*flag).contains('\''))
      return make_error<UsageError>(
          ("expects --" + flag->ArgStr + " without quotes, found " + StringRef(*flag)).str());
    text += (" " + flag->ArgStr + "='" + StringRef(*flag) + "'").str();
  }
  return text + "}";
}

static Error writeScratch(StringRef path, CompileOptions &options) {
  auto text = loadText(tokenizerFlag, textFile, options.files);
  if (!text)
    return text.takeError();
  options.tokenizer = text::hashOfVocabulary(*text->tokenizer);
  auto tokens = expectFrom(textFile, text::tokenizeText(text->content, *text->tokenizer));
  return tokens ? writeTokens(path, tokens->tokens) : tokens.takeError();
}

/// Ids of another vocabulary would be other words to the model.
static Error checkTokens(CompileOptions &options) {
  if (!tokenizerFlag.getNumOccurrences())
    return Error::success();
  auto tokenizer = tokenizerFlag.load();
  if (!tokenizer)
    return tokenizer.takeError();
  auto file = text::TokenFile::open(tokensFile);
  if (!file)
    return makeError(file.error());
  options.tokenizer = text::hashOfVocabulary(**tokenizer);
  auto status = file->expectTokenizer(options.tokenizer);
  return status ? Error::success() : makeError(status.error());
}

static Error checkFlags() {
  if (output.empty())
    return make_error<UsageError>("no output given: expects -o FILE.onnx");
  int sources = !textFile.empty() + !tokensFile.empty() + drawn.isGiven();
  if (sources != 1)
    return make_error<UsageError>("expects one of --text, --tokens and --count");
  if (drawn.isGiven() && tokenizerFlag.getNumOccurrences())
    return make_error<UsageError>("--tokenizer cannot apply: expects --text or --tokens");
  return flags.expectNone({"target-cpu", "numerics", "portable-steps", "optimize", "stop-after"},
                          "a model is written as ONNX, to its end");
}

static Error train() {
  auto model = flags.model();
  if (!model)
    return model.takeError();
  if (Error error = checkFlags())
    return error;
  CompileOptions options = flags.options();
  std::string data = drawn.isGiven() ? "generate:" + std::to_string(int64_t(drawn)) : tokensFile;
  std::optional<FileRemover> remover;
  if (!textFile.empty()) {
    auto scratch = createScratch("tokens");
    if (!scratch)
      return scratch.takeError();
    data = *scratch;
    remover.emplace(data);
    if (Error error = writeScratch(data, options))
      return error;
  } else if (!drawn.isGiven()) {
    options.files.read(tokensFile, "tokens to train on");
    if (Error error = checkTokens(options))
      return error;
  }
  auto pass = passText(data);
  if (!pass)
    return pass.takeError();
  options.compress += (options.compress.empty() ? "" : ",") + *pass;
  Error error = compileTo(EmitKind::Onnx, *model, output, options);
  flags.progress().finish();
  return error;
}
