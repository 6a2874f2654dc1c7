// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A module as a model that runs in this process.
#include "lib/Run/InProcess.h"
#include "lib/Emit/WeightLayout.h"
#include "lib/Run/FirstError.h"

#include "dialects/Onnx/Weights.h"
#include "include/retort/Pipeline.h"

#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace retort;

namespace {
/// The code goes before what it reads.
struct CodeInProcess {
  std::shared_ptr<void> owner;
  std::vector<onnx::ConstantView> weights;
  std::unique_ptr<JitModel> code;
};
} // namespace

llvm::Expected<std::unique_ptr<runtime::Model>>
retort::runInProcess(ModuleOp generated, StringRef manifest, EmitOptions options,
                     std::shared_ptr<void> owner, runtime::MemoryFunctions memory) {
  auto result = std::make_shared<CodeInProcess>();
  result->owner = std::move(owner);
  if (memory.allocate != std::malloc) {
    options.allocate = memory.allocate;
    options.release = memory.release;
  }
  auto code = jitCompile(generated, options);
  if (!code)
    return code.takeError();
  result->code = std::move(*code);
  std::vector<runtime::WeightBytes> weights;
  for (const WeightPlace &place : layOutWeights(generated)) {
    auto view = onnx::ConstantView::of(Attribute(place.value));
    if (!view)
      return llvm::createStringError("a weight holds no data of its type");
    result->weights.push_back(*view);
    ArrayRef<char> bytes = result->weights.back().bytes();
    weights.push_back({bytes.data(), bytes.size()});
  }
  auto resolve = [held = result.get()](const std::string &symbol) -> runtime::Result<void *> {
    auto address = held->code->lookup(symbol);
    if (!address)
      return runtime::Error{llvm::toString(address.takeError())};
    return *address;
  };
  auto model = runtime::Model::create(manifest.str(), resolve, weights, result, memory);
  if (!model)
    return llvm::createStringError(model.error());
  return std::move(*model);
}

llvm::Expected<std::unique_ptr<runtime::Model>>
retort::compileInProcess(OwningOpRef<ModuleOp> module, StringRef targetCpu,
                         runtime::MemoryFunctions memory) {
  EmitOptions options;
  options.targetCpu = targetCpu.str();
  FirstError error(module->getContext());
  PassManager lower(module->getContext()), generate(module->getContext());
  buildLowerPipeline(lower);
  if (failed(lower.run(*module)))
    return error.take("lowering fails");
  auto manifest = buildManifest(*module, options);
  if (!manifest)
    return manifest.takeError();
  CodegenOptions codegen;
  codegen.targetCpu = targetCpu.str();
  buildCodegenPipeline(generate, codegen);
  if (failed(generate.run(*module)))
    return error.take("code generation fails");
  return runInProcess(*module, *manifest, options, nullptr, memory);
}
