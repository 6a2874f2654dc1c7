// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// retort bench: how fast a model reads and writes.
#include "lib/Pipeline/Diagnostics.h"
#include "lib/Pipeline/OpenModel.h"
#include "lib/Runtime/ThreadPool.h"
#include "lib/Runtime/TilePermission.h"
#include "lib/Support/PendingFile.h"
#include "tools/retort/BenchReport.h"
#include "tools/retort/ModelFlags.h"
#include "tools/retort/TextFiles.h"

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

static cl::opt<std::string> trace("trace",
                                  cl::desc("write when each kernel ran, for Chrome or Perfetto"),
                                  cl::value_desc("FILE"), cl::sub(command));

// Tokens that are watched: kernels are the same for each.
static constexpr int64_t mostWatched = 16;

/// Nothing, and a note, where the code cannot be watched.
static Expected<std::optional<text::WatchedModel>> watch(const runtime::Model &model,
                                                         runtime::Decoder &decoder) {
  auto watched =
      text::watchKernels(model, decoder, prompt, std::min(int64_t(generated), mostWatched));
  if (watched)
    return std::move(*watched);
  if (!trace.empty())
    return makeError("--trace: " + watched.error());
  printNotes({watched.error()});
  return std::nullopt;
}

static Error write(const BenchReport &report) {
  if (asJson)
    report.printJson(outs());
  else
    report.print(outs());
  if (trace.empty())
    return Error::success();
  return writeFile(trace, [&](raw_ostream &stream) {
    report.printTrace(stream);
    return Error::success();
  });
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
  if (!trace.empty())
    options.files.write(trace, "--trace");
  auto model = openModel(*path, options);
  if (!model)
    return model.takeError();
  flags.progress().finish();
  auto decoder = expectFrom(*path, runtime::Decoder::create(**model));
  if (!decoder)
    return decoder.takeError();
  if (const std::string &reason = (*model)->manifest().noDecodeStep; !reason.empty())
    printNotes({"no decode step: " + reason});
  const auto &tiles = runtime::TilePermission::ofProcess();
  if ((*model)->manifest().wantsTiles() && !tiles.isGranted())
    printNotes({"tiles are not used: " + tiles.whyNot()});
  if ((*decoder)->recomputes())
    printNotes(
        {"the model has neither a cache nor a decode step: each token reads the whole text again"});
  auto speed = expectFrom(*path, text::measureSpeed(**decoder, prompt, generated));
  if (!speed)
    return speed.takeError();
  MachineProbes machine = MachineProbes::measure();
  auto watched = watch(**model, **decoder);
  if (!watched)
    return watched.takeError();
  return write({runtime::ThreadPool::shared().threads(), *speed, prompt, generated, machine,
                std::move(*watched)});
}
