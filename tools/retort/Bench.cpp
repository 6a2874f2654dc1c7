// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// retort bench: how fast a model reads and writes.
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Pipeline/OpenModel.h"
#include "lib/Runtime/ThreadPool.h"
#include "lib/Text/Measure.h"
#include "tools/retort/JsonNumber.h"
#include "tools/retort/ModelFlags.h"
#include "tools/retort/TextFiles.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace retort;

static Error bench();
static Command command("bench", "measure how fast a model reads and writes tokens",
                       "retort bench stories.so --prompt=512 --generate=64", bench);
static ModelFlags flags(command);
static NumberFlag<int64_t> prompt(command, "prompt", "tokens to read", "N", 128, {1, mostTokens});
static NumberFlag<int64_t> generated(command, "generate", "tokens to write behind them", "N", 64,
                                     {1, mostTokens});
static cl::opt<bool> asJson("json", cl::desc("print one JSON object"), cl::sub(command));

static void print(unsigned threads, const text::Speed &speed) {
  if (!asJson) {
    outs() << "threads " << threads << "\nprefill " << format("%.1f", speed.prefill)
           << " tokens/s\ndecode  " << format("%.1f", speed.decode) << " tokens/s\n";
    return;
  }
  json::OStream stream(outs());
  stream.object([&] {
    stream.attribute("threads", int64_t(threads));
    stream.attribute("prefill_tokens_per_second", jsonNumber(speed.prefill));
    stream.attribute("decode_tokens_per_second", jsonNumber(speed.decode));
  });
  outs() << "\n";
}

static Error bench() {
  auto path = flags.model();
  if (!path)
    return path.takeError();
  if (Error error = flags.expectWritesNoModel())
    return error;
  CompileOptions options = flags.options();
  options.decodeStep = true;
  options.context = prompt + generated;
  auto model = openModel(*path, options);
  if (!model)
    return model.takeError();
  flags.progress().finish();
  auto decoder = expectFrom(*path, runtime::Decoder::create(**model));
  if (!decoder)
    return decoder.takeError();
  if (const std::string &reason = (*model)->manifest().noDecodeStep; !reason.empty())
    printNotes({"no decode step: " + reason});
  if ((*decoder)->recomputes())
    printNotes(
        {"the model has neither a cache nor a decode step: each token reads the whole text again"});
  auto speed = expectFrom(*path, text::measureSpeed(**decoder, prompt, generated));
  if (!speed)
    return speed.takeError();
  print(runtime::ThreadPool::shared().threads(), *speed);
  return Error::success();
}
