// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// LLVM's side of emission: the target, and the module optimized for it.
#include "lib/Emit/Optimize.h"

#include "lib/Target/DescribeTarget.h"

#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

#include <cstdlib>

using namespace mlir;
using namespace retort;

unsigned retort::usualOptimization() {
  unsigned level;
  StringRef wish = std::getenv("RETORT_OPTIMIZE") ? std::getenv("RETORT_OPTIMIZE") : "";
  return wish.getAsInteger(10, level) || level > 3 ? 2 : level;
}

static void initializeTarget() {
  static bool done = [] {
    return !llvm::InitializeNativeTarget() && !llvm::InitializeNativeTargetAsmPrinter();
  }();
  (void)done;
}

static std::unique_ptr<llvm::TargetMachine> makeMachine(StringRef cpu, StringRef features,
                                                        llvm::CodeGenOptLevel level) {
  initializeTarget();
  llvm::Triple triple(llvm::sys::getDefaultTargetTriple());
  std::string problem;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, problem);
  if (!target)
    return nullptr;
  // What is inlined everywhere can be left out by the linker.
  llvm::TargetOptions options;
  options.FunctionSections = options.DataSections = true;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, cpu, features, options, llvm::Reloc::PIC_, std::nullopt, level));
}

llvm::Error retort::checkTargetCpu(StringRef cpu) {
  MLIRContext context;
  return describeTarget(&context, cpu).takeError();
}

/// What the target has, and (its name may promise more than a hypervisor shows) what it has not.
static std::string featureText(TargetAttr target) {
  llvm::SubtargetFeatures features;
  for (auto &feature : llvm::sys::getHostCPUFeatures())
    features.AddFeature(feature.first(), target.has(feature.first()));
  return features.getString();
}

llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
retort::createTargetMachine(ModuleOp module, const EmitOptions &options) {
  auto target = targetFor(module, options.targetCpu);
  if (!target)
    return target.takeError();
  auto level = options.optimize == 0   ? llvm::CodeGenOptLevel::None
               : options.optimize == 1 ? llvm::CodeGenOptLevel::Less
                                       : llvm::CodeGenOptLevel::Default;
  auto machine = makeMachine(target->getCpu(), featureText(*target), level);
  if (!machine)
    return llvm::createStringError("no code generator for this machine");
  return machine;
}

static llvm::OptimizationLevel optimizationLevel(unsigned level) {
  if (level == 0)
    return llvm::OptimizationLevel::O0;
  return level == 1   ? llvm::OptimizationLevel::O1
         : level == 2 ? llvm::OptimizationLevel::O2
                      : llvm::OptimizationLevel::O3;
}

llvm::Error
retort::withLlvm(ModuleOp module, const EmitOptions &options,
                 llvm::function_ref<llvm::Error(llvm::Module &, llvm::TargetMachine &)> use) {
  auto target = createTargetMachine(module, options);
  if (!target)
    return target.takeError();
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> code = translateModuleToLLVMIR(module, context, "model");
  if (!code)
    return llvm::createStringError("translation to LLVM IR failed");
  code->setDataLayout((*target)->createDataLayout());
  code->setTargetTriple((*target)->getTargetTriple());
  return use(*code, **target);
}

void retort::runPasses(llvm::Module &code, llvm::PassBuilder &builder,
                       llvm::ModulePassManager passes) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager callGraph;
  llvm::ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  passes.run(code, modules);
}

void retort::optimize(llvm::Module &code, llvm::TargetMachine &target, unsigned level) {
  llvm::PassBuilder builder(&target);
  runPasses(code, builder, builder.buildPerModuleDefaultPipeline(optimizationLevel(level)));
  defineRoundToBfloat16(code);
}
