// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// retort tokenize: a text as a file of tokens, for training.
#include "lib/Text/TokenizeText.h"
#include "tools/retort/ProgressBar.h"
#include "tools/retort/TextFiles.h"

#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace retort;

static Error tokenize();
static Command command("tokenize", "write a text as tokens, for training",
                       "retort tokenize --tokenizer=tokenizer.json --text=book.txt -o book.tokens",
                       tokenize);
static TokenizerFlag tokenizerFlag(command);
static TextFlag textFile(command);
static cl::opt<std::string> output("o", cl::desc("file to write"), cl::value_desc("FILE"),
                                   cl::sub(command));
static ParseSpecialFlag parseSpecial(command);
static ProgressBar bar(command);

static Error tokenize() {
  if (textFile.empty())
    return make_error<UsageError>("no text given: expects --text=FILE");
  if (output.empty())
    return make_error<UsageError>("no output given: expects -o FILE");
  FilePlan files;
  auto text = loadText(tokenizerFlag, textFile, files);
  if (!text)
    return text.takeError();
  text->tokenizer->findsControls = parseSpecial;
  files.write(output, "-o");
  if (Error error = files.check())
    return error;
  bar.begin("tokenize");
  auto result = expectFrom(textFile, text::tokenizeText(text->content, *text->tokenizer,
                                                        [&](double part) { bar.advance(part); }));
  bar.finish();
  if (!result)
    return result.takeError();
  if (Error error = writeTokens(output, result->tokens))
    return error;
  errs() << formatv("{0} tokens of {1} documents: {2} bytes of text, {3} of the file\n",
                    result->tokens.size(), result->documents, text->content.size(),
                    result->tokens.bytes());
  return Error::success();
}
