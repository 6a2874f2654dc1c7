// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// retort generate: a model continues a text, or writes windows of tokens.
#include "lib/Text/Generate.h"
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Pipeline/OpenModel.h"
#include "tools/retort/ChoiceFlag.h"
#include "tools/retort/WindowFlags.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace retort;

static Error generate();
static Command
    command("generate", "continue a text",
            "retort generate model.onnx --tokenizer=tokenizer.json --prompt='Once upon a time'",
            generate);
static ModelFlags flags(command);
static TokenizerFlag tokenizerFlag(command);
static cl::opt<std::string>
    prompt("prompt",
           cl::desc("text to continue; -: standard input; @FILE: a file's; @@TEXT: @TEXT"),
           cl::value_desc("TEXT"), cl::sub(command));
static NumberFlag<int64_t> tokens(command, "tokens", "tokens to write at most", "N", 256, {0});
static NumberFlag<double> temperature(command, "temperature",
                                      "0: the most probable token (default); 1: as the model says "
                                      "(default with -o)",
                                      "T", 0, {0, 1000});
static NumberFlag<int64_t> topK(command, "top-k",
                                "draw from the K most probable tokens; 0: from all", "K", 0, {0});
static NumberFlag<double> topP(command, "top-p",
                               "draw from the fewest tokens that hold this probability", "P", 1,
                               {0, 1, /*isOpen=*/true});
static NumberFlag<uint64_t> seed(command, "seed", "the same seed draws the same tokens", "S", 0,
                                 {0});
static NumberFlag<int64_t> context(command, "context",
                                   "most tokens of a text; 0: the trained length", "N", 0,
                                   {0, mostTokens});
static cl::list<std::string> stops("stop",
                                   cl::desc("end before this text of the continuation; may be "
                                            "repeated"),
                                   cl::value_desc("TEXT"), cl::sub(command));
static ChoiceFlag<bool> draft(
    command, "draft", "guess tokens, and read up to 7 of them along with each one:",
    {{"none", "one token after the other", false},
     {"lookup", "what followed the last tokens where they stood before; the same text", true}});
static cl::opt<std::string>
    stateFile("state", cl::desc("what was read before, which the prompt begins with"),
              cl::value_desc("FILE"), cl::sub(command));
static cl::opt<std::string>
    savedState("save-state", cl::desc("file that receives what was read: prompt and continuation"),
               cl::value_desc("FILE"), cl::sub(command));
static cl::opt<bool> asJson("json", cl::desc("print one JSON object"), cl::sub(command));
static WindowFlags windows(command);

static Expected<text::GenerateOptions> readOptions() {
  if (!prompt.getNumOccurrences())
    return make_error<UsageError>("no prompt given: expects --prompt=TEXT");
  if (is_contained(stops, ""))
    return makeError("expects --stop of at least one character (found none)");
  auto text = readPrompt(prompt);
  if (!text)
    return text.takeError();
  text::GenerateOptions options;
  options.prompt = std::move(*text);
  options.stops = stops;
  options.tokens = tokens;
  options.drafts = draft;
  options.sampler = {temperature, topK, topP, seed};
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
  size_t read = result.prompt.size() - result.known;
  errs() << "prompt: " << result.prompt.size() << " tokens, ";
  if (result.known)
    errs() << result.known << " of them known, ";
  errs() << format("%.1f", rate(read, result.promptSeconds))
         << " per second; continuation: " << result.tokens.size() << " tokens, "
         << format("%.1f", rate(decoded, result.decodeSeconds)) << " per second\n";
  if (draft)
    errs() << "drafts: " << result.drafts.drafted << " tokens, of which " << result.drafts.right
           << " came; " << result.drafts.calls << " calls of the model\n";
}

/// Windows of tokens, where a flag asks for them; those of texts cannot apply then.
static Error generateWindows(StringRef path) {
  const std::pair<bool, StringRef> ofTexts[] = {{prompt.getNumOccurrences() > 0, prompt.ArgStr},
                                                {tokens.isGiven(), "tokens"},
                                                {!stops.empty(), stops.ArgStr},
                                                {draft.isGiven(), "draft"},
                                                {!stateFile.empty(), stateFile.ArgStr},
                                                {!savedState.empty(), savedState.ArgStr},
                                                {asJson, asJson.ArgStr}};
  for (auto [isGiven, name] : ofTexts)
    if (isGiven)
      return make_error<UsageError>(
          ("--" + name + " cannot apply: -o FILE takes windows of the model's own text").str());
  text::WindowOptions options;
  options.length = context;
  options.seed = seed;
  options.temperature = temperature.isGiven() ? double(temperature) : 1;
  options.topK = topK;
  options.topP = topP;
  return writeWindows(path, flags, tokenizerFlag, windows, options);
}

/// And plans what is to be written.
static Error readState(FilePlan &files, std::optional<runtime::DecoderState> &state) {
  files.write(savedState, "--save-state");
  if (stateFile.empty())
    return Error::success();
  files.read(stateFile, "the state");
  files.mayReplace(savedState, stateFile);
  auto read = runtime::readState(stateFile);
  if (!read)
    return makeError(read.error());
  state = std::move(*read);
  return Error::success();
}

static Error saveState(runtime::Decoder &decoder) {
  if (savedState.empty())
    return Error::success();
  auto state = decoder.state();
  auto written = state ? runtime::writeState(savedState, *state) : runtime::Error{state.error()};
  return written ? Error::success() : makeError(written.error());
}

static Error generate() {
  auto path = flags.model();
  if (!path)
    return path.takeError();
  if (Error error = flags.expectWritesNoModel())
    return error;
  if (windows.areGiven())
    return generateWindows(*path);
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
  std::optional<runtime::DecoderState> state;
  if (Error error = readState(compileOptions.files, state))
    return error;
  options->state = state ? &*state : nullptr;
  options->readsAll = !savedState.empty();
  auto model = openModel(*path, compileOptions);
  if (!model)
    return model.takeError();
  flags.progress().finish();
  auto reader = expectFrom(*path, text::Reader::open(**model, tokenizer->get(), context));
  if (!reader)
    return reader.takeError();
  printNotes(reader->notes);
  if (!reader->decoder->recomputes())
    printNotes({reader->decoder->isGiven() ? "the decode step is given by the model's file"
                                           : "the decode step is derived from the model's graph"});

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
  if (Error error = saveState(*reader->decoder))
    return error;
  if (asJson)
    printJson(*result, written);
  outs().flush();
  printStatistics(*reader, *result);
  return Error::success();
}
