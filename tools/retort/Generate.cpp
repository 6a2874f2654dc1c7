// retort generate: a model continues a text.
#include "lib/Text/Generate.h"
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Pipeline/OpenModel.h"
#include "tools/retort/ModelFlags.h"
#include "tools/retort/TextFiles.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace retort;

static Error generate();
static Command command("generate", "continue a text", generate);
static ModelFlags flags(command);
static TokenizerFlag tokenizerFlag(command);
static cl::opt<std::string> prompt("prompt", cl::desc("text to continue"), cl::value_desc("TEXT"),
                                   cl::sub(command));
static cl::opt<int64_t> tokens("tokens", cl::desc("tokens to write at most"), cl::value_desc("N"),
                               cl::init(256), cl::sub(command));
static cl::opt<double> temperature("temperature",
                                   cl::desc("0: the most probable token; 1: as the model says"),
                                   cl::value_desc("T"), cl::init(0), cl::sub(command));
static cl::opt<int64_t> topK("top-k", cl::desc("draw from the K most probable tokens; 0: from all"),
                             cl::value_desc("K"), cl::init(0), cl::sub(command));
static cl::opt<double> topP("top-p",
                            cl::desc("draw from the fewest tokens that hold this probability"),
                            cl::value_desc("P"), cl::init(1), cl::sub(command));
static cl::opt<uint64_t> seed("seed", cl::desc("the same seed draws the same tokens"),
                              cl::value_desc("S"), cl::init(0), cl::sub(command));
static cl::opt<int64_t> context("context", cl::desc("most tokens of a text; 0: the trained length"),
                                cl::value_desc("N"), cl::init(0), cl::sub(command));
static cl::opt<bool> asJson("json", cl::desc("print one JSON object"), cl::sub(command));

static Expected<text::GenerateOptions> readOptions() {
  if (!prompt.getNumOccurrences())
    return make_error<UsageError>("no prompt given: expects --prompt=TEXT");
  if (tokens < 0 || context < 0)
    return makeError("expected --" + Twine(tokens < 0 ? "tokens" : "context") +
                     " of at least 0, found " + Twine(tokens < 0 ? tokens : context));
  text::GenerateOptions options;
  options.prompt = prompt;
  options.tokens = tokens;
  options.sampler = {temperature, topK, topP, seed};
  if (auto sampler = text::Sampler::create(options.sampler); !sampler)
    return makeError(sampler.error());
  return options;
}

static json::Array arrayOf(const text::TokenIds &ids) { return json::Array(ids); }

static void printJson(const text::Generated &result, const std::string &written) {
  json::OStream stream(outs());
  stream.object([&] {
    stream.attribute("prompt_tokens", arrayOf(result.prompt));
    stream.attribute("tokens", arrayOf(result.tokens));
    stream.attribute("text", written);
  });
  outs() << "\n";
}

static void printStatistics(const text::Reader &reader, const text::Generated &result) {
  if (result.reason == text::StopReason::Context)
    errs() << "note: the context of " << reader.context << " tokens is full\n";
  auto rate = [](size_t count, double seconds) {
    return seconds > 0 ? double(count) / seconds : 0;
  };
  // The first new token comes with the prompt.
  size_t decoded = result.tokens.empty() ? 0 : result.tokens.size() - 1;
  errs() << "prompt: " << result.prompt.size() << " tokens, "
         << format("%.1f", rate(result.prompt.size(), result.promptSeconds))
         << " per second; continuation: " << result.tokens.size() << " tokens, "
         << format("%.1f", rate(decoded, result.decodeSeconds)) << " per second\n";
}

static Error generate() {
  auto path = flags.model();
  if (!path)
    return path.takeError();
  auto options = readOptions();
  if (!options)
    return options.takeError();
  auto tokenizer = tokenizerFlag.load();
  if (!tokenizer)
    return tokenizer.takeError();
  CompileOptions compileOptions = flags.options();
  compileOptions.decodeStep = true;
  compileOptions.context = context;
  compileOptions.files.read(tokenizerFlag, "the tokenizer");
  auto model = openModel(*path, compileOptions);
  if (!model)
    return model.takeError();
  auto reader = expectFrom(*path, text::Reader::open(**model, **tokenizer, context));
  if (!reader)
    return reader.takeError();
  printNotes(reader->notes);

  std::string written;
  auto write = [&](const std::string &part) {
    written += part;
    if (!asJson) {
      outs() << part;
      outs().flush();
    }
  };
  auto result = expectFrom(*path, text::generate(*reader, **tokenizer, *options, write));
  if (!asJson && !written.empty())
    outs() << "\n";
  if (!result)
    return result.takeError();
  if (asJson)
    printJson(*result, written);
  outs().flush();
  printStatistics(*reader, *result);
  return Error::success();
}
