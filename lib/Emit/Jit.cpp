// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiles a module into this process.
#include "lib/Emit/Objects.h"

#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"

using namespace mlir;
using namespace retort;

namespace {
class OrcModel : public JitModel {
public:
  explicit OrcModel(std::unique_ptr<llvm::orc::LLJIT> jit) : jit(std::move(jit)) {}
  llvm::Expected<void *> lookup(StringRef symbol) override {
    auto address = jit->lookup(symbol);
    if (!address)
      return address.takeError();
    return address->toPtr<void *>();
  }

private:
  std::unique_ptr<llvm::orc::LLJIT> jit;
};
} // namespace

static llvm::Error defineMemory(llvm::orc::LLJIT &jit, const EmitOptions &options) {
  auto symbol = [](auto *function) {
    return llvm::orc::ExecutorSymbolDef(llvm::orc::ExecutorAddr::fromPtr(function),
                                        llvm::JITSymbolFlags::Exported);
  };
  return jit.getMainJITDylib().define(
      llvm::orc::absoluteSymbols({{jit.mangleAndIntern("malloc"), symbol(options.allocate)},
                                  {jit.mangleAndIntern("free"), symbol(options.release)}}));
}

llvm::Expected<std::unique_ptr<JitModel>> retort::jitCompile(ModuleOp module,
                                                             const EmitOptions &options) {
  auto objects = compileToObjects(module, options);
  if (!objects)
    return objects.takeError();
  // Symbols of this process are visible by default: retort_fail, libm, libc.
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  if (options.allocate)
    if (auto error = defineMemory(**jit, options))
      return error;
  for (std::unique_ptr<llvm::MemoryBuffer> &object : *objects)
    if (auto error = (*jit)->addObjectFile(std::move(object)))
      return error;
  return std::make_unique<OrcModel>(std::move(*jit));
}
