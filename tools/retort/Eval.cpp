// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// retort eval: how well a model predicts a text, and how far it is from another model.
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Pipeline/OpenModel.h"
#include "lib/Pipeline/PlanFiles.h"
#include "lib/Runtime/TensorFile.h"
#include "lib/Support/PendingFile.h"
#include "lib/Text/Evaluate.h"
#include "lib/Text/Reader.h"
#include "lib/Text/Windows.h"
#include "tools/retort/JsonNumber.h"
#include "tools/retort/ModelFlags.h"
#include "tools/retort/TextFiles.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace retort;

static Error evaluate();
static Command command("eval", "measure how well a model predicts a text",
                       "retort eval model.onnx --tokenizer=tokenizer.json --text=book.txt",
                       evaluate);
static ModelFlags flags(command);
static TokenizerFlag tokenizerFlag(command);
static TextFlag textFile(command);
static NumberFlag<int64_t> context(command, "context", "tokens of a window; 0: the trained length",
                                   "N", 0, {0, mostTokens});
static NumberFlag<int64_t> windowCount(command, "windows", "windows to read; 0: all of the text",
                                       "N", 0, {0});
static cl::opt<std::string> against("against", cl::desc("model to compare the logits with"),
                                    cl::value_desc("MODEL"), cl::sub(command));
static cl::opt<std::string>
    scoresFile("scores", cl::desc("file that receives each token's NLL, and its KL with --against"),
               cl::value_desc("FILE.npy"), cl::sub(command));
static cl::opt<bool> asJson("json", cl::desc("print one JSON object"), cl::sub(command));

// Where nobody knows the trained length.
static constexpr int64_t defaultContext = 512;

/// The tokens of a window, with a note where the model does not say.
static int64_t windowLength(const runtime::Model &model, const text::Tokenizer &tokenizer) {
  if (context > 0)
    return context;
  if (int64_t trained = model.manifest().language.context; trained > 0)
    return trained;
  int64_t length = tokenizer.longest > 0 ? tokenizer.longest : defaultContext;
  flags.progress().clear();
  printNotes({"no configuration beside the model names its trained length: taking windows of " +
              std::to_string(length) + " tokens"});
  return length;
}

/// The step reads a long window in parts, and holds the caches of graphs that cannot begin with
/// empty ones.
static CompileOptions withStep(CompileOptions options, int64_t length) {
  options.decodeStep = true;
  options.context = length;
  return options;
}

/// A model, ready for windows of `length` tokens.
struct OpenedModel {
  std::unique_ptr<runtime::Model> model;
  std::unique_ptr<runtime::Decoder> decoder;
};

static Expected<std::unique_ptr<runtime::Decoder>> openDecoder(StringRef path,
                                                               runtime::Model &model,
                                                               int64_t length,
                                                               const text::Tokenizer &tokenizer) {
  auto decoder = expectFrom(path, text::openForWindows(model, length));
  if (!decoder)
    return decoder.takeError();
  if (auto fits = expectFrom(path, text::checkVocabulary(**decoder, tokenizer)); !fits)
    return fits.takeError();
  return decoder;
}

static Expected<OpenedModel> openOther(int64_t length, const text::Tokenizer &tokenizer) {
  CompileOptions own = flags.options(), options;
  options.threads = own.threads;
  options.targetCpu = own.targetCpu;
  options.progress = own.progress;
  auto model = openModel(against, withStep(options, length));
  if (!model)
    return model.takeError();
  auto decoder = openDecoder(against, **model, length, tokenizer);
  if (!decoder)
    return decoder.takeError();
  return OpenedModel{std::move(*model), std::move(*decoder)};
}

static void printJson(const text::Evaluation &result) {
  json::OStream stream(outs());
  stream.object([&] {
    stream.attribute("tokens", result.tokens);
    stream.attribute("mean_nll", jsonNumber(result.meanNll));
    stream.attribute("nll_standard_error", jsonNumber(result.nllError));
    stream.attribute("perplexity", jsonNumber(result.perplexity));
    stream.attribute("bits_per_byte", jsonNumber(result.bitsPerByte));
    if (!result.comparison)
      return;
    stream.attribute("kl_mean", jsonNumber(result.comparison->klMean));
    stream.attribute("kl_standard_error", jsonNumber(result.comparison->klError));
    stream.attribute("kl_max", jsonNumber(result.comparison->klMax));
    stream.attribute("top1_agreement", jsonNumber(result.comparison->topAgreement));
    stream.attribute("max_logit_difference", jsonNumber(result.comparison->largestDifference));
  });
  outs() << "\n";
}

static void printTable(const text::Evaluation &result) {
  auto row = [](const char *name, const char *shape, double value) {
    outs() << left_justify(name, 26) << format(shape, value) << "\n";
  };
  row("tokens", "%.0f", double(result.tokens));
  row("mean NLL", "%.5f", result.meanNll);
  row("  standard error", "%.5f", result.nllError);
  row("perplexity", "%.4f", result.perplexity);
  row("bits per byte", "%.4f", result.bitsPerByte);
  if (!result.comparison)
    return;
  row("mean KL", "%.4g", result.comparison->klMean);
  row("  standard error", "%.2g", result.comparison->klError);
  row("largest KL", "%.4g", result.comparison->klMax);
  row("top-1 agreement", "%.4f", result.comparison->topAgreement);
  row("largest logit difference", "%.4g", result.comparison->largestDifference);
}

/// f64, tokens x 1, or x 2 beside another model.
static Error writeScores(const text::Evaluation &result) {
  if (scoresFile.empty())
    return Error::success();
  auto rows = int64_t(result.nll.size()), width = int64_t(result.kl.empty() ? 1 : 2);
  auto table = runtime::Tensor::allocate(runtime::ElementType::F64, {rows, width});
  for (int64_t i = 0; i < rows; ++i) {
    table.as<double>()[i * width] = result.nll[size_t(i)];
    if (width > 1)
      table.as<double>()[i * width + 1] = result.kl[size_t(i)];
  }
  return writeFile(scoresFile, [&](raw_ostream &stream) {
    stream << runtime::serializeNpy(table);
    return Error::success();
  });
}

static Error checkFlags() {
  if (textFile.empty())
    return make_error<UsageError>("no text given: expects --text=FILE");
  return Error::success();
}

static Error evaluate() {
  auto path = flags.model();
  if (!path)
    return path.takeError();
  if (Error error = flags.expectWritesNoModel())
    return error;
  if (Error error = checkFlags())
    return error;
  CompileOptions options = withStep(flags.options(), context);
  auto text = loadText(tokenizerFlag, textFile, options.files);
  if (!text)
    return text.takeError();
  const text::Tokenizer &tokenizer = *text->tokenizer;
  if (!against.empty())
    planModel(options.files, against, "the model of --against");
  options.files.write(scoresFile, "--scores");
  auto model = openModel(*path, options);
  if (!model)
    return model.takeError();
  int64_t length = windowLength(**model, tokenizer);
  auto windows =
      expectFrom(textFile, text::windowsOf(text->content, tokenizer, length, windowCount));
  if (!windows)
    return windows.takeError();
  auto decoder = openDecoder(*path, **model, length, tokenizer);
  if (!decoder)
    return decoder.takeError();
  OpenedModel other;
  if (!against.empty()) {
    auto opened = openOther(length, tokenizer);
    if (!opened)
      return opened.takeError();
    other = std::move(*opened);
  }
  flags.progress().begin("evaluate");
  auto progress = [&](int64_t done) {
    flags.progress().advance(double(done) / double(windows->size()));
  };
  auto result = expectFrom(
      *path, text::evaluate(**decoder, other.decoder.get(), &tokenizer, *windows, progress));
  flags.progress().finish();
  if (!result)
    return result.takeError();
  if (Error error = writeScores(*result))
    return error;
  asJson ? printJson(*result) : printTable(*result);
  return Error::success();
}
