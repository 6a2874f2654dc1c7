// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A CPU by name: its features from LLVM's tables, what follows from them for vectors, and the
// caches of this machine where that is the target.
#include "lib/Target/DescribeTarget.h"

#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"

#include <unistd.h>

using namespace mlir;
using namespace retort;

namespace {
struct Vectors {
  int64_t bits, registers;
};
} // namespace

/// Those that can be asked for at run time, too.
static llvm::Expected<std::vector<std::string>> featuresOf(StringRef cpu) {
  llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
  std::vector<std::string> features;
  if (cpu == "native") {
    for (auto &feature : host)
      if (feature.second)
        features.push_back(feature.first().str());
  } else {
    llvm::InitializeNativeTarget();
    llvm::Triple triple(llvm::sys::getDefaultTargetTriple());
    std::string problem;
    const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, problem);
    std::unique_ptr<llvm::MCSubtargetInfo> any(
        target ? target->createMCSubtargetInfo(triple, "", "") : nullptr);
    if (!any)
      return llvm::createStringError("no code generator for this machine");
    if (!any->isCPUStringValid(cpu))
      return llvm::createStringError("unknown target CPU '" + cpu + "'");
    std::unique_ptr<llvm::MCSubtargetInfo> info(target->createMCSubtargetInfo(triple, cpu, ""));
    for (auto &feature : host)
      if (info->checkFeatures("+" + feature.first().str()))
        features.push_back(feature.first().str());
  }
  llvm::sort(features);
  return features;
}

static Vectors vectorsOf(ArrayRef<std::string> features) {
  auto has = [&](StringRef name) { return llvm::is_contained(features, name); };
  if (!llvm::Triple(llvm::sys::getDefaultTargetTriple()).isX86())
    return {128, 32};
  if (has("avx512f") && has("avx512vl"))
    return {512, 32};
  return {has("avx2") && has("fma") ? 256 : 128, 16};
}

/// Of this machine; levels that the system does not tell are left out.
static SmallVector<int64_t> cachesOfHost() {
  SmallVector<int64_t> caches;
#ifdef _SC_LEVEL1_DCACHE_SIZE
  for (int level : {_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE})
    if (long bytes = sysconf(level); bytes > 0)
      caches.push_back(bytes);
#endif
  return caches;
}

llvm::Expected<TargetAttr> retort::describeTarget(MLIRContext *context, StringRef cpu) {
  auto features = featuresOf(cpu);
  if (!features)
    return features.takeError();
  bool isNative = cpu == "native";
  Vectors vectors = vectorsOf(*features);
  SmallVector<StringAttr> names;
  for (const std::string &feature : *features)
    names.push_back(StringAttr::get(context, feature));
  std::string name = isNative ? llvm::sys::getHostCPUName().str() : cpu.str();
  context->getOrLoadDialect<RetortDialect>();
  return TargetAttr::get(context, name, vectors.bits, vectors.registers, names,
                         isNative ? cachesOfHost() : SmallVector<int64_t>());
}

llvm::Expected<TargetAttr> retort::targetFor(ModuleOp module, StringRef cpu) {
  if (TargetAttr target = targetOf(module))
    return target;
  return describeTarget(module.getContext(), cpu);
}

FailureOr<TargetAttr> retort::requireTarget(ModuleOp module, StringRef cpu) {
  auto target = targetFor(module, cpu);
  if (!target)
    return LogicalResult(module.emitError() << llvm::toString(target.takeError()));
  return *target;
}
