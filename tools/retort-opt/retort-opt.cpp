// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// retort-opt: runs passes on MLIR text or bytecode. It is mlir-opt with Retort's dialects and
// passes, and four differences: --plugin=FILE.so loads passes and dialects at once and fails where
// a plugin cannot be loaded, weights are elided in text unless asked for, the output replaces its
// file only when it is complete, and --ledger=FILE.json keeps what the methods report.
#include "lib/Import/ModelFiles.h"
#include "lib/Plugin/LoadPlugin.h"
#include "lib/Plugin/RegisterDialects.h"
#include "lib/Run/TextReplay.h"
#include "lib/Support/ErrorLine.h"
#include "lib/Support/FilePlan.h"
#include "lib/Support/PendingFile.h"
#include "lib/Support/RegisterPass.h"
#include "lib/Trainer/ModelTraining.h"
#include "lib/Weights/CollectBlobs.h"
#include "lib/Weights/Ledger.h"
#include "tools/Version.h"
#include "tools/retort-opt/Weights.h"

#include "mlir/IR/AsmState.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace retort;

static cl::opt<std::string>
    ledgerPath("ledger", cl::desc("file that receives what each method did to each weight"),
               cl::value_desc("FILE.json"));

static int fail(const Twine &message) {
  errs() << errorLine(message.str()) << "\n";
  return 1;
}

/// Takes the flags that load plugins out of `arguments`. They go before the others: the passes of a
/// plugin become flags themselves. MLIR's own flags for plugins only warn where one cannot be
/// loaded.
static Error loadPlugins(std::vector<char *> &arguments, mlir::DialectRegistry &registry) {
  const std::pair<StringRef, PluginKind> flags[] = {{"plugin", PluginKind::Any},
                                                    {"load-pass-plugin", PluginKind::Passes},
                                                    {"load-dialect-plugin", PluginKind::Dialects}};
  std::vector<char *> rest;
  for (size_t i = 0; i < arguments.size(); ++i) {
    StringRef argument = arguments[i];
    auto flag = llvm::find_if(flags, [&](const auto &flag) {
      StringRef name = argument.ltrim('-').split('=').first;
      return argument.starts_with("-") && name == flag.first;
    });
    if (flag == std::end(flags)) {
      rest.push_back(arguments[i]);
      continue;
    }
    bool separate = !argument.contains('=') && i + 1 < arguments.size();
    std::string path = separate ? arguments[++i] : argument.split('=').second.str();
    if (Error error = loadPlugin(path, registry, flag->second))
      return error;
  }
  arguments = std::move(rest);
  return Error::success();
}

/// Prints weights by name alone, as upstream does at its limit 0; the user's own limit comes later
/// and wins. A reproducer has its pipeline among the resources, and needs the weights.
static void elideWeights(std::vector<char *> &arguments) {
  static char elide[] = "--mlir-elide-resource-strings-if-larger=0";
  bool chosen = llvm::any_of(arguments, [](const char *argument) {
    return StringRef(argument).contains("mlir-elide-resource-strings-if-larger") ||
           StringRef(argument).contains("mlir-pass-pipeline-crash-reproducer") ||
           StringRef(argument).contains("mlir-generate-reproducer");
  });
  if (!chosen)
    arguments.insert(arguments.begin() + 1, elide);
}

/// Maps bytecode instead of copying it: MLIR's own way to open files wants a terminating null,
/// which makes it copy those whose size is a multiple of the page's.
static ErrorOr<std::unique_ptr<MemoryBuffer>> openInput(StringRef path) {
  if (path == "-")
    return MemoryBuffer::getSTDIN();
  bool bytecode = path.ends_with(".mlirbc");
  return MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/!bytecode,
                               /*IsVolatile=*/false, Align(64));
}

/// Where the flag stands in `arguments`, its value; else empty.
static StringRef valueOf(const std::vector<char *> &arguments, StringRef flag) {
  for (size_t i = 1; i < arguments.size(); ++i) {
    auto [name, value] = StringRef(arguments[i]).split('=');
    if (name.starts_with("-") && name.ltrim('-') == flag)
      return !value.empty() || i + 1 == arguments.size() ? value : StringRef(arguments[i + 1]);
  }
  return "";
}

/// Nothing that is written may replace what is read.
static Error checkFiles(const std::vector<char *> &arguments, StringRef input, StringRef output) {
  FilePlan files;
  files.write(output, "-o");
  files.write(ledgerPath, "--ledger");
  for (StringRef flag : {"mlir-pass-pipeline-crash-reproducer", "mlir-generate-reproducer"})
    files.write(valueOf(arguments, flag), ("--" + flag).str());
  if (files.writesNothing())
    return Error::success();
  files.read(input, "the input");
  for (const std::string &file : filesOfModel(input, registerDialects))
    files.read(file, "a file that the input refers to");
  return files.check();
}

/// Makes the ledger of the context on which the passes will run.
static void keepLedger(mlir::MlirOptMainConfig &config, std::unique_ptr<Ledger> &ledger) {
  config.setPassPipelineSetupFn([before = config, &ledger](mlir::PassManager &pm) {
    ledger = std::make_unique<Ledger>(pm.getContext());
    return before.setupPassPipeline(pm);
  });
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  setVersion("retort-opt");
  explainBusErrors();
  mlir::DialectRegistry registry;
  registerDialects(registry);
  registerReplay(registry);
  registerTraining(registry);
  mlir::registerAllPasses();
  registerPasses();
  registerWeightChecks();

  std::vector<char *> arguments(argv, argv + argc);
  if (Error error = loadPlugins(arguments, registry))
    return fail(toString(std::move(error)));
  elideWeights(arguments);
  auto [inputPath, outputPath] = mlir::registerAndParseCLIOptions(
      arguments.size(), arguments.data(), "Retort's optimizer driver\n", registry);

  if (Error error = checkFiles(arguments, inputPath, outputPath))
    return fail(toString(std::move(error)));
  auto input = openInput(inputPath);
  if (!input)
    return fail("cannot read '" + inputPath + "': " + input.getError().message());
  mlir::MlirOptMainConfig config = mlir::MlirOptMainConfig::createFromCLOptions();
  resolveWeightsFirst(config);
  if (config.shouldEmitBytecode() && !config.shouldElideResourceDataFromBytecode())
    refuseElidedWeights(config);
  config.setPassPipelineSetupFn([before = config](mlir::PassManager &pm) {
    collectBlobs(pm);
    return before.setupPassPipeline(pm);
  });
  std::unique_ptr<Ledger> ledger;
  if (!ledgerPath.empty())
    keepLedger(config, ledger);

  bool ran = false, ok = false;
  Error error = writeFile(outputPath, [&](raw_ostream &stream) -> Error {
    ran = true;
    ok = succeeded(mlir::MlirOptMain(stream, std::move(*input), registry, config));
    return ok ? Error::success() : createStringError("");
  });
  if (error && ok == ran)
    return fail(toString(std::move(error)));
  consumeError(std::move(error)); // the passes have said what is wrong
  if (!ok)
    return 1;
  if (Error failure = ledger ? ledger->write(ledgerPath) : Error::success())
    return fail(toString(std::move(failure)));
  return 0;
}
