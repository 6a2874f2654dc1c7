// What the vector units of the target hold.
#include "lib/Codegen/VectorTarget.h"

#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"

using namespace retort;

/// Whether the CPU has a feature, by LLVM's name of it.
static std::function<bool(llvm::StringRef)> featuresOf(llvm::StringRef cpu) {
  if (cpu == "native")
    return [host = llvm::sys::getHostCPUFeatures()](llvm::StringRef feature) {
      return host.lookup(feature);
    };
  llvm::InitializeNativeTarget();
  llvm::Triple triple(llvm::sys::getDefaultTargetTriple());
  std::string problem;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, problem);
  std::shared_ptr<llvm::MCSubtargetInfo> info(
      target ? target->createMCSubtargetInfo(triple, cpu, "") : nullptr);
  return
      [info](llvm::StringRef feature) { return info && info->checkFeatures("+" + feature.str()); };
}

VectorTarget retort::vectorTargetFor(llvm::StringRef cpu) {
  if (!llvm::Triple(llvm::sys::getDefaultTargetTriple()).isX86())
    return {4, 32};
  auto has = featuresOf(cpu);
  if (has("avx512f") && has("avx512vl"))
    return {16, 32};
  if (has("avx2") && has("fma"))
    return {8, 16};
  return {4, 16};
}
