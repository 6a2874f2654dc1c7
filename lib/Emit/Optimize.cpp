// LLVM's side of emission: the target, and the module optimized for it.
#include "lib/Emit/Optimize.h"

#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

using namespace mlir;
using namespace retort;

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
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, cpu, features, llvm::TargetOptions(), llvm::Reloc::PIC_, std::nullopt, level));
}

llvm::Expected<Cpu> retort::resolveCpu(StringRef cpu) {
  Cpu result;
  llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
  result.name = cpu == "native" ? llvm::sys::getHostCPUName().str() : cpu.str();
  if (cpu == "native") {
    for (auto &feature : host)
      if (feature.second)
        result.features.push_back("+" + feature.first().str());
    llvm::sort(result.features);
    return result;
  }
  auto machine = makeMachine("", "", llvm::CodeGenOptLevel::Default);
  if (!machine)
    return llvm::createStringError("no code generator for this machine");
  if (!machine->getMCSubtargetInfo()->isCPUStringValid(cpu))
    return llvm::createStringError("unknown target CPU '" + cpu + "'");
  machine = makeMachine(cpu, "", llvm::CodeGenOptLevel::Default);
  for (auto &feature : host)
    if (machine->getMCSubtargetInfo()->checkFeatures("+" + feature.first().str()))
      result.features.push_back("+" + feature.first().str());
  llvm::sort(result.features);
  return result;
}

llvm::Error retort::checkTargetCpu(StringRef cpu) { return resolveCpu(cpu).takeError(); }

/// What this machine has, and what its CPU's name promises but a hypervisor hides.
static std::string hostFeatures() {
  llvm::SubtargetFeatures features;
  for (auto &feature : llvm::sys::getHostCPUFeatures())
    features.AddFeature(feature.first(), feature.second);
  return features.getString();
}

llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
retort::createTargetMachine(const EmitOptions &options) {
  auto cpu = resolveCpu(options.targetCpu);
  if (!cpu)
    return cpu.takeError();
  std::string features = options.targetCpu == "native" ? hostFeatures() : "";
  auto level = options.optimize == 0   ? llvm::CodeGenOptLevel::None
               : options.optimize == 1 ? llvm::CodeGenOptLevel::Less
                                       : llvm::CodeGenOptLevel::Default;
  auto machine = makeMachine(cpu->name, features, level);
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

llvm::Expected<std::unique_ptr<llvm::Module>>
retort::translateAndOptimize(ModuleOp module, llvm::LLVMContext &context,
                             llvm::TargetMachine &target, unsigned level) {
  auto result = translateModuleToLLVMIR(module, context, "model");
  if (!result)
    return llvm::createStringError("translation to LLVM IR failed");
  result->setDataLayout(target.createDataLayout());
  result->setTargetTriple(target.getTargetTriple());
  llvm::PassBuilder builder(&target);
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager callGraph;
  llvm::ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  builder.buildPerModuleDefaultPipeline(optimizationLevel(level)).run(*result, modules);
  defineRoundToBfloat16(*result);
  return result;
}
