// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes object files, shared libraries, and LLVM IR as text.
#include "lib/Emit/Optimize.h"
#include "lib/Support/PendingFile.h"

#include "lld/Common/Driver.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/LegacyPassManager.h"
#include <dlfcn.h>

LLD_HAS_DRIVER(elf)

using namespace mlir;
using namespace retort;

/// The manifest as the exported symbol `retort_manifest`.
static void addManifest(llvm::Module &module, StringRef manifest) {
  auto *text = llvm::ConstantDataArray::getString(module.getContext(), manifest);
  new llvm::GlobalVariable(module, text->getType(), /*isConstant=*/true,
                           llvm::GlobalValue::ExternalLinkage, text, "retort_manifest");
}

/// Hands the module as optimized LLVM IR to `write`, with the machine that it is for.
static llvm::Error
withCode(ModuleOp module, const EmitOptions &options,
         llvm::function_ref<llvm::Error(llvm::Module &, llvm::TargetMachine &)> write) {
  auto target = createTargetMachine(module, options);
  if (!target)
    return target.takeError();
  llvm::LLVMContext context;
  auto code = translateAndOptimize(module, context, **target, options.optimize);
  if (!code)
    return code.takeError();
  return write(**code, **target);
}

llvm::Error retort::emitObject(ModuleOp module, StringRef manifest, const EmitOptions &options,
                               llvm::raw_pwrite_stream &stream) {
  return withCode(
      module, options, [&](llvm::Module &code, llvm::TargetMachine &target) -> llvm::Error {
        addManifest(code, manifest);
        llvm::legacy::PassManager passes;
        if (target.addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::ObjectFile))
          return llvm::createStringError("this target writes no object files");
        passes.run(code);
        return llvm::Error::success();
      });
}

llvm::Error retort::emitLlvm(ModuleOp module, const EmitOptions &options, raw_ostream &stream) {
  return withCode(module, options, [&](llvm::Module &code, llvm::TargetMachine &) {
    code.print(stream, nullptr);
    return llvm::Error::success();
  });
}

/// The file that holds `symbol` in this process, for a dependency by its soname; empty where it is
/// the program itself.
static std::string libraryOf(const char *symbol) {
  Dl_info info;
  void *address = dlsym(RTLD_DEFAULT, symbol);
  if (!address || !dladdr(address, &info) || !info.dli_fname ||
      !StringRef(info.dli_fname).contains(".so"))
    return "";
  return info.dli_fname;
}

/// Links one object; what it needs of others is found when it is loaded.
static llvm::Error link(StringRef object, StringRef output) {
  std::vector<std::string> arguments{"ld.lld", "-shared",    "-z",        "now",
                                     "-o",     output.str(), object.str()};
  for (const char *symbol : {"retort_fail", "expf", "malloc"})
    if (std::string library = libraryOf(symbol); !library.empty())
      arguments.push_back(library);
  auto pointers =
      llvm::map_to_vector(arguments, [](const std::string &text) { return text.c_str(); });
  std::string problem;
  llvm::raw_string_ostream stream(problem);
  lld::Result result = lld::lldMain(pointers, llvm::nulls(), stream, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode)
    return llvm::createStringError(StringRef(problem).split('\n').first);
  return llvm::Error::success();
}

/// The object lies beside the library, where there is room for both.
llvm::Error retort::emitSharedLibrary(ModuleOp module, StringRef manifest,
                                      const EmitOptions &options, StringRef path) {
  auto object = PendingFile::create((path + ".o").str());
  if (!object)
    return object.takeError();
  if (llvm::Error error = object->write([&](llvm::raw_pwrite_stream &stream) {
        return emitObject(module, manifest, options, stream);
      }))
    return error;
  return link(object->temporaryPath(), path);
}
