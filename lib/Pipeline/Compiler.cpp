// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The compiler as a row of named phases.
#include "lib/Pipeline/Compiler.h"
#include "lib/Analysis/TextLimit.h"
#include "lib/Emit/Emit.h"
#include "lib/Export/RestoreSource.h"
#include "lib/Import/LoadModule.h"
#include "lib/Pipeline/Language.h"
#include "lib/Pipeline/PassText.h"
#include "lib/Pipeline/PlanFiles.h"
#include "lib/Pipeline/Progress.h"
#include "lib/Pipeline/Recipe.h"
#include "lib/Plugin/LoadPlugin.h"
#include "lib/Plugin/RegisterDialects.h"
#include "lib/Raise/OpsetImports.h"
#include "lib/Run/TextReplay.h"
#include "lib/Support/PendingFile.h"
#include "lib/Support/RegisterPass.h"
#include "lib/Target/DescribeTarget.h"
#include "lib/Trainer/ModelTraining.h"
#include "lib/Weights/CollectBlobs.h"
#include "lib/Weights/Ledger.h"
#include "lib/Weights/WrittenWeights.h"

#include "mlir/IR/Verifier.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace retort;

static constexpr StringRef phaseNames[] = {"import", "raise",   "recognize", "compress",
                                           "lower",  "codegen", "emit"};

StringRef retort::nameOf(Phase phase) { return phaseNames[unsigned(phase)]; }

std::optional<Phase> retort::phaseNamed(StringRef name) {
  const StringRef *found = llvm::find(phaseNames, name);
  if (found == std::end(phaseNames))
    return std::nullopt;
  return Phase(found - std::begin(phaseNames));
}

Compiler::Compiler(CompileOptions options) : options(std::move(options)) {}
Compiler::~Compiler() = default;

/// Skips the passes of --disable: the pass manager asks before each.
static void disablePasses(MLIRContext *context, const std::vector<std::string> &arguments) {
  context->registerActionHandler(
      [arguments](function_ref<void()> transform, const tracing::Action &action) {
        auto *execution = dyn_cast<PassExecutionAction>(&action);
        if (!execution || !llvm::is_contained(arguments, execution->getPass().getArgument().str()))
          transform();
      });
}

llvm::Error Compiler::loadPlugins() {
  DialectRegistry registry;
  for (const std::string &path : options.plugins)
    if (llvm::Error error = loadPlugin(path, registry))
      return error;
  ctx->appendDialectRegistry(registry);
  return llvm::Error::success();
}

llvm::Error Compiler::checkOptions() {
  if (!options.stopAfter.empty() && !phaseNamed(options.stopAfter))
    return makeError("unknown phase '" + options.stopAfter + "' in --stop-after: expects one of " +
                     llvm::join(ArrayRef<StringRef>(phaseNames), ", "));
  for (const std::string &argument : options.disabled)
    if (!PassInfo::lookup(argument))
      return makeError("unknown pass '" + argument + "' in --disable");
  return checkTargetCpu(options.targetCpu);
}

llvm::Error Compiler::import(StringRef path) {
  modelPath = path.str();
  if (llvm::Error error = checkFiles(path, options))
    return error;
  DialectRegistry registry;
  registerDialects(registry);
  registerReplay(registry);
  registerTraining(registry, [to = options.progress](const TrainingProgress &progress) {
    if (to && progress.isNews)
      to->say(progress.line());
  });
  ctx = std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  ctx->loadDialect<func::FuncDialect, onnx::OnnxDialect, llm::LlmDialect>();
  // A user sees where and what, not the operation in MLIR's syntax.
  ctx->printOpOnDiagnostic(false);
  registerPasses();
  if (llvm::Error error = loadPlugins())
    return error;
  if (llvm::Error error = checkOptions())
    return error;
  if (!options.disabled.empty())
    disablePasses(ctx.get(), options.disabled);
  if (!options.ledger.empty() || options.dryRun)
    ledger = std::make_unique<Ledger>(ctx.get());
  diagnostics = std::make_unique<DiagnosticCollector>(ctx.get(), modelPath, options.progress);
  beginPhase(Phase::Import);
  owned = loadModule(path, ctx.get());
  if (!owned)
    return diagnostics->take("cannot be read");
  annotateLanguage(*owned, path);
  stopped = options.stopAfter == nameOf(Phase::Import);
  return dump(Phase::Import);
}

void Compiler::beginPhase(Phase phase) const {
  if (options.progress)
    options.progress->begin(nameOf(phase));
}

SmallVector<ModuleOp> Compiler::otherModules() {
  SmallVector<ModuleOp> alive;
  for (OwningOpRef<ModuleOp> *module : {&source, &compressed, &exposed})
    if (*module)
      alive.push_back(**module);
  return alive;
}

llvm::Error Compiler::runPhase(Phase phase, BuildPipeline build) {
  if (stopped)
    return llvm::Error::success();
  PassManager pm(ctx.get());
  if (llvm::Error error = build(pm))
    return error;
  beginPhase(phase);
  if (options.progress)
    watchPasses(pm, *options.progress);
  // Code generation replaces no weights.
  if (phase != Phase::Codegen)
    collectBlobs(pm, [this] { return otherModules(); });
  // What a model or a method may get wrong is verified behind each pass, and what these phases make
  // of it once: a third of the time of a long graph went into that. retort-opt verifies everywhere.
  bool verifiesEach = phase != Phase::Recognize && phase != Phase::Codegen;
  pm.enableVerifier(verifiesEach);
  if (failed(pm.run(*owned)) || (!verifiesEach && failed(mlir::verify(owned->getOperation()))))
    return diagnostics->take("phase '" + nameOf(phase).str() + "' failed");
  stopped = options.stopAfter == nameOf(phase);
  return dump(phase);
}

llvm::Error Compiler::runPhase(Phase phase, const std::string &pipeline) {
  return runPhase(phase, [&](PassManager &pm) { return addPasses(pm, pipeline, ""); });
}

llvm::Error Compiler::addCompression(PassManager &pm) {
  if (!options.recipe.empty()) {
    auto recipe = readRecipe(options.recipe, !options.calibration.empty());
    if (!recipe)
      return recipe.takeError();
    if (llvm::Error error = addPasses(pm, *recipe, "recipe '" + options.recipe + "': "))
      return error;
  }
  return addPasses(pm, options.compress, "--compress: ");
}

/// Expressions are quoted: they may hold spaces and braces.
llvm::Error Compiler::addExposure(PassManager &pm) {
  return addPasses(pm,
                   "expose-activations{include='" + options.exposeInclude + "' exclude='" +
                       options.exposeExclude + "'}",
                   "");
}

llvm::Error Compiler::dump(Phase phase) {
  if (options.dumpPhases.empty())
    return llvm::Error::success();
  if (std::error_code code = llvm::sys::fs::create_directories(options.dumpPhases))
    return makeError("cannot make '" + options.dumpPhases + "': " + code.message());
  SmallString<256> path(options.dumpPhases);
  llvm::sys::path::append(path,
                          "model." + Twine(unsigned(phase) + 1) + "." + nameOf(phase) + ".mlir");
  return writeFile(path, [&](raw_ostream &stream) {
    owned->print(stream, OpPrintingFlags().elideLargeResourceString(0).enableDebugInfo(false));
    return llvm::Error::success();
  });
}

llvm::Error Compiler::deriveDecodeStep() {
  PassManager pm(ctx.get());
  if (llvm::Error error = addPasses(pm, "derive-decode-step", ""))
    return error;
  return failed(pm.run(*owned)) ? diagnostics->take("no decode step can be derived")
                                : llvm::Error::success();
}

llvm::Error Compiler::writeLedger() {
  if (options.dryRun && before)
    planned = CompressionPlan::of(*before, *ledger);
  return options.ledger.empty() ? llvm::Error::success() : ledger->write(options.ledger);
}

/// To linalg, with the step of decoding where it is wanted. For code, the module describes itself
/// before its types are taken away.
llvm::Error Compiler::lower() {
  std::string pipeline;
  if (options.decodeStep) {
    pipeline = "derive-decode-step";
    if (options.context)
      pipeline += "{context=" + std::to_string(options.context) + "}";
    pipeline += ",";
  }
  if (options.upstreamLinalg)
    return runPhase(Phase::Lower, pipeline + "retort-lower{upstream=true weights=" +
                                      (options.referToWeights ? "arguments" : "constants") +
                                      " checks=" + (options.checks ? "true" : "false") + "}");
  if (llvm::Error error = runPhase(Phase::Lower, pipeline + "retort-lower"))
    return error;
  auto text = buildManifest(*owned, emissionOf(options));
  if (!text)
    return text.takeError();
  manifestText = *text;
  return llvm::Error::success();
}

EmitOptions retort::emissionOf(const CompileOptions &options) {
  EmitOptions emission;
  emission.targetCpu = options.targetCpu;
  emission.numerics = options.numerics;
  emission.threads = options.threads;
  emission.optimize = options.optimize.value_or(emission.optimize);
  return emission;
}

llvm::Error Compiler::compile(StringRef path, Phase last) {
  if (llvm::Error error = import(path))
    return error;
  auto target = describeTarget(ctx.get(), options.targetCpu);
  if (!target)
    return target.takeError();
  (*owned)->setAttr(names::target, *target);
  const std::pair<Phase, std::function<llvm::Error()>> phases[] = {
      {Phase::Raise, [&] { return runPhase(Phase::Raise, "retort-raise"); }},
      {Phase::Recognize, [&] { return recognize(); }},
      {Phase::Compress, [&] { return compress(); }},
      {Phase::Lower, [&] { return lower(); }},
      {Phase::Codegen,
       [&] {
         return runPhase(Phase::Codegen, "retort-codegen{target-cpu=" + options.targetCpu +
                                             " numerics=" + options.numerics + " portable-steps=" +
                                             (options.portableSteps ? "true" : "false") + "}");
       }},
  };
  for (auto &[phase, run] : phases)
    if (phase <= last && !stopped)
      if (llvm::Error error = run())
        return error;
  return writeLedger();
}

/// Statistics name the model before any method changes it.
llvm::Error Compiler::recognize() {
  bool needsName = !options.calibration.empty() || options.exposeActivations;
  if (!options.calibration.empty())
    (*owned)->setAttr(names::statistics, StringAttr::get(ctx.get(), options.calibration));
  return runPhase(Phase::Recognize,
                  needsName ? "retort-recognize,identify-model" : "retort-recognize");
}

llvm::Error Compiler::compress() {
  if (compresses() && !stopped)
    before = owned->clone();
  if (options.measuresSize)
    (*owned)->setAttr(names::sizeBeside,
                      options.sizeBeside
                          ? Attribute(Builder(ctx.get()).getI64IntegerAttr(*options.sizeBeside))
                          : Attribute(UnitAttr::get(ctx.get())));
  (*owned)->setAttr(names::modelFile, StringAttr::get(ctx.get(), modelPath));
  if (options.tokenizer)
    (*owned)->setAttr(names::tokenizer,
                      Builder(ctx.get()).getI64IntegerAttr(int64_t(options.tokenizer)));
  if (!options.partialResults.empty())
    (*owned)->setAttr(names::partialResults, StringAttr::get(ctx.get(), options.partialResults));
  llvm::Error error = runPhase(Phase::Compress, [&](PassManager &pm) -> llvm::Error {
    if (llvm::Error error = addCompression(pm))
      return error;
    return options.exposeActivations ? addExposure(pm) : llvm::Error::success();
  });
  goal = SizeGoal::take(*owned);
  if (!error && options.exposeActivations && !stopped)
    exposed = owned->clone();
  // What weights were is for methods alone: nothing that is written carries it.
  (*owned)->removeAttr(names::originals);
  (*owned)->removeAttr(names::partialResults);
  (*owned)->removeAttr(names::modelFile);
  (*owned)->removeAttr(names::tokenizer);
  if (error || !before)
    return error;
  changes = compareWeights(*before, *owned);
  if (ledger)
    ledger->leave(changes->left);
  return error;
}

/// To operations of ONNX, and these to nodes.
llvm::Error Compiler::writeNodes() {
  std::string back = "lower-llm-to-onnx{retention=" + options.onnxRetention +
                     "},lower-compress-to-onnx{weights=" + options.onnxWeights +
                     "},lower-to-onnx-nodes";
  if (options.opset)
    back += "{opset=" + std::to_string(options.opset) + "}";
  return runPhase(Phase::Emit, back);
}

/// ONNX has other forms than the module that methods left: what counts is what is written.
void Compiler::countWritten() {
  WrittenWeights written(*owned);
  changes->bytesAfter = written.bytes();
  if (ledger)
    ledger->setBytesAfter([&](StringRef weight) { return written.bytesOf(weight); });
}

/// Functions of the model's own bring the opset that the model had: where it has another now, or a
/// forced one, they cannot stay.
static bool canKeepFunctions(ModuleOp source, ModuleOp written) {
  auto model = written->getAttrOfType<onnx::MessageAttr>("onnx.model");
  return !model || !model.get("functions") ||
         OpsetImports(source).version("") == OpsetImports(written).version("");
}

/// Writes what changed into the model as it was read; where functions are in the way, into one in
/// which they are inlined.
llvm::Error Compiler::restore() {
  compressed = std::move(owned);
  for (OwnFunctions functions : {OwnFunctions::Keep, OwnFunctions::Inline}) {
    Refusal why;
    owned = restoreSource(*source, *before, *compressed, functions, why);
    if (!owned && functions == OwnFunctions::Keep)
      continue;
    // What recognition took apart holds longer texts than the graph that goes back.
    auto length = (*compressed)->getAttrOfType<IntegerAttr>(extendedLengthAttr);
    if (owned && length && !takesLength(*owned, length.getInt())) {
      if (functions == OwnFunctions::Keep)
        continue;
      owned = nullptr;
      why.reason = "a table of the graph, such as a mask, ends before " +
                   std::to_string(length.getInt()) + " tokens";
    }
    if (!owned) {
      emitWarning(compressed->getLoc())
          << "all of the model is written anew, not only what changed: " << why.reason;
      owned = compressed->clone();
    }
    if (llvm::Error error = writeNodes())
      return error;
    if (canKeepFunctions(*source, *owned))
      break;
  }
  if (!stopped)
    countWritten();
  return llvm::Error::success();
}

llvm::Error Compiler::compressToOnnx() {
  source = owned->clone();
  (*owned)->setAttr(names::emission, StringAttr::get(ctx.get(), "onnx"));
  if (llvm::Error error = runPhase(Phase::Raise, "retort-raise"))
    return error;
  if (llvm::Error error = recognize())
    return error;
  if (llvm::Error error = compress())
    return error;
  return stopped ? llvm::Error::success() : restore();
}

llvm::Error Compiler::rewriteToOnnx() {
  std::string raise =
      options.opset ? "inline-functions,expose-defaults,raise-onnx-nodes" : "raise-onnx-nodes";
  if (llvm::Error error = runPhase(Phase::Raise, raise))
    return error;
  return writeNodes();
}

llvm::Error Compiler::compileToOnnx(StringRef path) {
  if (llvm::Error error = import(path))
    return error;
  if (llvm::Error error = compresses() ? compressToOnnx() : rewriteToOnnx())
    return error;
  return writeLedger();
}
