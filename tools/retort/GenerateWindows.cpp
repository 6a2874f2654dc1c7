// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// retort generate -o FILE.tokens: windows of what a model writes itself, for training.
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Pipeline/OpenModel.h"
#include "lib/Text/Prompts.h"
#include "lib/Text/Reader.h"
#include "lib/Text/TokenizeText.h"
#include "tools/retort/WindowFlags.h"

#include "llvm/Support/FormatVariadic.h"

#include <chrono>

using namespace llvm;
using namespace retort;

WindowFlags::WindowFlags(Command &command)
    : output("o", cl::desc("file of tokens to write: windows of the model's own text"),
             cl::value_desc("FILE"), cl::sub(command)),
      count(command, "count", "windows to write; 0: one for each prompt", "N", 0, {0}),
      prompts("prompts", cl::desc("prompts to continue, one a line: one for each window, in turn"),
              cl::value_desc("FILE"), cl::sub(command)),
      templates("template", cl::desc("text with {input} in the place of a prompt; may be repeated"),
                cl::value_desc("FILE"), cl::sub(command)),
      firstGreedy(command, "first-greedy",
                  "the most probable token so many times where a document begins", "K", 0, {0}),
      parseSpecial(command, "prompts") {}

bool WindowFlags::areGiven() const {
  return output.getNumOccurrences() || count.isGiven() || prompts.getNumOccurrences() ||
         !templates.empty() || firstGreedy.isGiven() || parseSpecial;
}

Error WindowFlags::check() const {
  if (output.empty())
    return make_error<UsageError>("no output given: expects -o FILE");
  if (count == 0 && prompts.empty())
    return make_error<UsageError>("no windows given: expects --count=N or --prompts=FILE");
  if (prompts.empty() && (parseSpecial || !templates.empty()))
    return make_error<UsageError>(
        formatv("--{0} cannot apply: expects --prompts=FILE",
                templates.empty() ? parseSpecial.ArgStr : templates.ArgStr));
  return Error::success();
}

namespace {
/// What of the command's input is text.
struct WindowTexts {
  std::unique_ptr<text::Tokenizer> tokenizer; ///< may be null
  std::vector<text::Prompt> prompts;
  std::vector<std::string> templates;
};
} // namespace

static Expected<WindowTexts> readTexts(const TokenizerFlag &flag, const WindowFlags &windows,
                                       FilePlan &files) {
  WindowTexts texts;
  if (flag.empty() && windows.prompts.empty())
    return texts;
  auto tokenizer = flag.load();
  if (!tokenizer)
    return tokenizer.takeError();
  files.read(flag, "the tokenizer");
  texts.tokenizer = std::move(*tokenizer);
  texts.tokenizer->findsControls = windows.parseSpecial;
  if (windows.prompts.empty())
    return texts;
  auto content = readTextFile(windows.prompts);
  if (!content)
    return content.takeError();
  auto prompts = expectFrom(windows.prompts, text::promptsOf(*content));
  if (!prompts)
    return prompts.takeError();
  files.read(windows.prompts, "the prompts");
  texts.prompts = std::move(*prompts);
  for (const std::string &path : windows.templates) {
    auto content = readTextFile(path);
    if (!content)
      return content.takeError();
    auto one = expectFrom(path, text::templateOf(std::move(*content)));
    if (!one)
      return one.takeError();
    files.read(path, "a template");
    texts.templates.push_back(std::move(*one));
  }
  return texts;
}

/// Adds to the options what model, tokenizer and prompts say.
static Error complete(text::WindowOptions &options, StringRef path, const text::Reader &reader,
                      const runtime::LanguageInfo &language, const WindowTexts &texts,
                      const WindowFlags &windows) {
  if (options.length == 0)
    options.length = language.context;
  if (options.length == 0)
    return makeError(path + ": expects --context=N, since no configuration beside the model names "
                            "its trained length");
  options.bos = text::windowOptionsOf(language).bos;
  options.stops = reader.stops;
  options.firstGreedy = windows.firstGreedy;
  auto logits = expectFrom(path, text::countLogits(*reader.decoder));
  if (!logits)
    return logits.takeError();
  options.vocabulary = *logits;
  if (texts.tokenizer) {
    options.vocabulary = texts.tokenizer->size();
    if (!texts.tokenizer->bos.empty())
      options.bos = texts.tokenizer->bos;
  }
  if (!texts.prompts.empty()) {
    auto prompts =
        expectFrom(windows.prompts, text::tokensOfPrompts(texts.prompts, texts.templates,
                                                          *texts.tokenizer, options.length));
    if (!prompts)
      return prompts.takeError();
    options.prompts = std::move(*prompts);
  }
  options.count = windows.count > 0 ? int64_t(windows.count) : int64_t(options.prompts.size());
  return Error::success();
}

static Expected<text::TokenWriter> generateAll(StringRef path, text::Reader &reader,
                                               const text::WindowOptions &options,
                                               uint64_t tokenizerHash, ProgressBar &bar) {
  text::TokenWriter writer(options.vocabulary, tokenizerHash, options.length);
  bar.begin("generate");
  auto done = expectFrom(path, text::generateWindows(
                                   *reader.decoder, options,
                                   [&](const text::GeneratedWindow &window) {
                                     return writer.append(window.ids, window.counts);
                                   },
                                   [&](double part) { bar.advance(part); }));
  bar.finish();
  if (!done)
    return done.takeError();
  return writer;
}

Error retort::writeWindows(StringRef path, ModelFlags &flags, const TokenizerFlag &tokenizer,
                           const WindowFlags &windows, text::WindowOptions options) {
  if (Error error = windows.check())
    return error;
  CompileOptions compileOptions = flags.options();
  compileOptions.decodeStep = true;
  compileOptions.context = options.length;
  auto texts = readTexts(tokenizer, windows, compileOptions.files);
  if (!texts)
    return texts.takeError();
  compileOptions.files.write(windows.output, "-o");
  auto model = openModel(path, compileOptions);
  if (!model)
    return model.takeError();
  auto reader =
      expectFrom(path, text::Reader::open(**model, texts->tokenizer.get(), options.length));
  if (!reader)
    return reader.takeError();
  flags.progress().clear();
  printNotes(reader->notes);
  if (Error error =
          complete(options, path, *reader, (*model)->manifest().language, *texts, windows))
    return error;
  auto begin = std::chrono::steady_clock::now();
  auto tokens = generateAll(path, *reader, options,
                            texts->tokenizer ? text::hashOfVocabulary(*texts->tokenizer) : 0,
                            flags.progress());
  if (!tokens)
    return tokens.takeError();
  std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  if (Error error = writeTokens(windows.output, *tokens))
    return error;
  errs() << formatv("{0} windows of {1} tokens: {2} bytes; {3:F0} tokens per second\n",
                    options.count, options.length, tokens->bytes(),
                    double(tokens->size()) / seconds.count());
  return Error::success();
}
