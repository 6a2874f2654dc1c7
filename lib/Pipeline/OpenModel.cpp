// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A model ready to run, whatever file it comes from.
#include "lib/Pipeline/OpenModel.h"
#include "lib/Pipeline/Compiler.h"
#include "lib/Pipeline/PlanFiles.h"
#include "lib/Run/InProcess.h"
#include "lib/Runtime/ThreadPool.h"

#include "dialects/Retort/Names.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

using namespace mlir;
using namespace retort;

template <typename T> static llvm::Expected<T> toExpected(runtime::Result<T> result) {
  if (!result)
    return makeError(result.error());
  return std::move(*result);
}

/// `look` sees the module before anything is run.
static llvm::Expected<std::unique_ptr<runtime::Model>> compileInMemory(
    StringRef path, const CompileOptions &options,
    function_ref<void(Compiler &)> look = [](Compiler &) {}) {
  auto owner = std::make_shared<Compiler>(options);
  Compiler &compiler = *owner;
  if (llvm::Error error = compiler.compile(path, Phase::Codegen))
    return std::move(error);
  if (compiler.stoppedEarly())
    return makeError("--stop-after=" + options.stopAfter + " leaves nothing to run");
  look(compiler);
  EmitOptions emission = emissionOf(options);
  compiler.beginPhase(Phase::Emit);
  auto model =
      runInProcess(compiler.module(), compiler.manifest(), emission, owner,
                   options.guardMemory ? runtime::guardedMemory() : runtime::MemoryFunctions());
  if (!model)
    return makeError(llvm::toString(model.takeError()));
  return std::move(*model);
}

/// The buffers of a step are freed and needed again by the next: the allocator keeps their pages.
static void keepFreedMemory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
#endif
}

static llvm::Error useThreads(const CompileOptions &options) {
  if (options.threads)
    if (auto set = runtime::ThreadPool::setSharedThreads(options.threads); !set)
      return makeError("--threads: " + set.error());
  return llvm::Error::success();
}

static std::vector<ExposedActivations> exposedIn(ModuleOp module) {
  std::vector<ExposedActivations> result;
  auto list = module->getAttrOfType<ArrayAttr>(names::activations);
  if (!list)
    return result;
  for (auto entry : list.getAsRange<DictionaryAttr>()) {
    ExposedActivations &record = result.emplace_back();
    for (auto name : entry.getAs<ArrayAttr>("weights").getAsRange<StringAttr>())
      record.weights.push_back(name.str());
    llvm::append_range(record.outputs, entry.getAs<DenseI64ArrayAttr>("results").asArrayRef());
  }
  return result;
}

static std::vector<ExposedSegments> segmentsIn(ModuleOp module) {
  std::vector<ExposedSegments> result;
  if (auto list = module->getAttrOfType<ArrayAttr>(names::segments))
    for (auto entry : list.getAsRange<DictionaryAttr>()) {
      auto at = [&](StringRef name) { return entry.getAs<IntegerAttr>(name).getInt(); };
      result.push_back({at("first"), at("count"), at("before"), at("behind")});
    }
  return result;
}

llvm::Expected<ObservedModel> retort::openObserved(StringRef path, CompileOptions options,
                                                   bool findWeights) {
  keepFreedMemory();
  if (llvm::Error error = useThreads(options))
    return std::move(error);
  options.exposeActivations = true;
  ObservedModel result;
  auto model = compileInMemory(path, options, [&](Compiler &compiler) {
    ModuleOp module = compiler.module();
    result.graph = compiler.takeExposed();
    result.activations = exposedIn(module);
    result.segments = segmentsIn(module);
    if (findWeights)
      result.weights = observedWeights(module);
    result.content = module->getAttrOfType<StringAttr>(names::content).str();
  });
  if (!model)
    return model.takeError();
  result.model = std::move(*model);
  return std::move(result);
}

llvm::Expected<std::unique_ptr<runtime::Model>> retort::openModel(StringRef path,
                                                                  const CompileOptions &options) {
  keepFreedMemory();
  if (llvm::Error error = useThreads(options))
    return std::move(error);
  if (path.ends_with(".so")) {
    if (options.guardMemory)
      return makeError(path + ": --guard-memory takes a model that is compiled when it runs");
    if (llvm::Error error = checkFiles(path, options))
      return std::move(error);
    return toExpected(runtime::Model::load(path.str()));
  }
  return compileInMemory(path, options);
}
