// retort bench: how fast a model reads and writes.
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Pipeline/OpenModel.h"
#include "lib/Runtime/ThreadPool.h"
#include "lib/Text/Measure.h"
#include "tools/retort/ModelFlags.h"
#include "tools/retort/TextFiles.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace retort;

static Error bench();
static Command command("bench", "measure how fast a model reads and writes tokens", bench);
static ModelFlags flags(command);
static cl::opt<int64_t> prompt("prompt", cl::desc("tokens to read"), cl::value_desc("N"),
                               cl::init(128), cl::sub(command));
static cl::opt<int64_t> generated("generate", cl::desc("tokens to write behind them"),
                                  cl::value_desc("N"), cl::init(64), cl::sub(command));
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
    stream.attribute("prefill_tokens_per_second", speed.prefill);
    stream.attribute("decode_tokens_per_second", speed.decode);
  });
  outs() << "\n";
}

static Error bench() {
  auto path = flags.model();
  if (!path)
    return path.takeError();
  if (prompt < 1 || generated < 1)
    return makeError("expected --" + Twine(prompt < 1 ? "prompt" : "generate") +
                     " of at least 1, found " + Twine(prompt < 1 ? prompt : generated));
  CompileOptions options = flags.options();
  options.decodeStep = true;
  options.context = prompt + generated;
  auto model = openModel(*path, options);
  if (!model)
    return model.takeError();
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
